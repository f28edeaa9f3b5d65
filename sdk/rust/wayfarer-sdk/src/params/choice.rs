//! What `#[derive(ParamChoice)]` needs at run time.

/// The rule that a word broke which names no variant.
pub fn unknown_choice(words: &[&str]) -> String {
    format!("one of {}", words.join(", "))
}
