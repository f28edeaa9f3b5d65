//! "did you mean": the known word nearest to an unknown one.

/// A sentence about an unknown key. It names the nearest known key if one is near, and all known keys otherwise.
pub(crate) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let near = known.iter().map(|candidate| (strsim::levenshtein(word, candidate), candidate)).min();
    match near {
        Some((edits, candidate)) if edits <= 1 + word.len() / 3 => {
            format!("unknown {what} `{word}`; did you mean `{candidate}`?")
        }
        _ => format!("unknown {what} `{word}`; known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::unknown;

    #[test]
    fn a_slip_names_one_key_and_anything_else_names_all() {
        let known = ["schedule", "timezone", "tags"];
        let cases = ["shedule", "tag", "colour"].map(|word| unknown("key", word, &known));
        assert_eq!(
            cases,
            [
                "unknown key `shedule`; did you mean `schedule`?",
                "unknown key `tag`; did you mean `tags`?",
                "unknown key `colour`; known are schedule, timezone, tags",
            ]
        );
    }
}
