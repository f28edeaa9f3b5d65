//! The nearest known word to an unknown one, for errors that name the mend.

/// The known word that a person most likely meant, if any is near enough to be worth naming.
///
/// Damerau-Levenshtein distance (crate `strsim`), at most a third of the longer word's letters.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| distance * 3 <= word.chars().count().max(candidate.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn names_a_slip_and_nothing_far_off() {
        let known = ["schedule", "timeout", "retries"];
        assert_eq!(nearest("shcedule", known), Some("schedule"));
        assert_eq!(nearest("time-out", known), Some("timeout"));
        assert_eq!(nearest("colour", known), None);
    }
}
