//! Names of checks and of their values, from whatever other tools call them.

use std::collections::{HashMap, HashSet};

use super::secret_signs::masked;

/// The longest begin of a name: the rest is for a number that tells it apart.
const LONGEST: usize = 58;

/// Names that a file has so far.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: HashSet<String>,
    /// The next number of each begin.
    numbers: HashMap<String, u32>,
}

impl Names {
    /// A valid name of a journey that no earlier call returned. What looks like a secret is left out.
    pub(crate) fn next(&mut self, wanted: &str) -> String {
        let mut begin = words(&masked(wanted), '-');
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
        while !self.taken.insert(name.clone()) {
            let number = self.numbers.entry(begin.to_owned()).or_insert(1);
            *number += 1;
            name = format!("{begin}{between}{number}");
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
        let hosts = ["a.example", "a.example", "127.0.0.1", "[::1]"].map(|host| names.next(host));
        assert_eq!(hosts, ["a-example", "a-example-2", "n-127-0-0-1", "n-1"]);
        assert_eq!(names.next("a ghp_0123456789abcdefABCD b"), "a-b");
        let many: HashSet<String> = (0..50_000).map(|_| names.next("same")).collect();
        assert_eq!(many.len(), 50_000);
    }
}
