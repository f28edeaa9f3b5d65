//! The run-time part of `#[derive(ParamChoice)]`.

/// The rule in the error about a word that names no variant.
pub fn unknown_choice(words: &[&str]) -> String {
    format!("one of {}", words.join(", "))
}
