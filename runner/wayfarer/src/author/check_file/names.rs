//! Names of checks and of their values, from whatever other tools call them.

use std::collections::BTreeSet;

/// The longest begin of a name: the rest is for a number that tells it apart.
const LONGEST: usize = 58;

/// Names that a file has so far.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// A valid name of a journey that no earlier call returned.
    pub(crate) fn next(&mut self, wanted: &str) -> String {
        let mut begin = words(wanted, '-');
        begin.truncate(LONGEST);
        let begin = begin.trim_end_matches('-').to_owned();
        let begin = if begin.is_empty() { "check".to_owned() } else { begin };
        self.free(&begin, '-')
    }

    pub(super) fn take(&mut self, name: &str) {
        self.taken.insert(name.to_owned());
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    /// The begin itself, or with the next free number.
    pub(super) fn free(&mut self, begin: &str, between: char) -> String {
        let mut name = begin.to_owned();
        let mut number = 2_u32;
        while !self.taken.insert(name.clone()) {
            name = format!("{begin}{between}{number}");
            number += 1;
        }
        name
    }
}

/// The text's letters and digits in lower case, with one `between` for all else. It begins with a letter.
pub(crate) fn words(text: &str, between: char) -> String {
    let mut name = String::new();
    for letter in text.chars().take(400) {
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with(between) {
            name.push(between);
        }
    }
    let name = name.trim_end_matches(between);
    match name.chars().next() {
        Some(first) if first.is_ascii_digit() => format!("n{between}{name}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::ids::JourneyName;

    use super::*;

    #[test]
    fn names_are_valid_and_different() {
        let mut names = Names::default();
        let texts = ["Front End", "front-end", "2nd", "", "Ä/ö", &"x".repeat(100), &"x".repeat(99)];
        let found = texts.map(|text| names.next(text));
        assert_eq!(found[..5], ["front-end", "front-end-2", "n-2nd", "check", "check-2"]);
        assert!(found.iter().all(|name| name.parse::<JourneyName>().is_ok()), "{found:?}");
        assert_eq!(words("X-Api-Key", '_'), "x_api_key");
    }
}
