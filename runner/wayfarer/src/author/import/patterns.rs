//! Patterns of other tools as regular expressions, and as the plainest key that says the same.

use regex::Regex;

/// A regular expression that the file's reader can read, by the same crate.
pub(super) fn is_regex(pattern: &str) -> bool {
    regex::RegexBuilder::new(pattern).size_limit(256 << 10).build().is_ok()
}

/// A pattern in which `*` stands for any text, over the whole of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Glob {
    /// `*text*`.
    Contains(String),
    /// Anything else, as a regular expression.
    Regex(String),
}

impl Glob {
    pub(super) fn read(pattern: &str) -> Self {
        let inner = pattern.strip_prefix('*').and_then(|rest| rest.strip_suffix('*'));
        match inner {
            Some(inner) if !inner.is_empty() && !inner.contains(['*', '?', '[', '\\']) => {
                Self::Contains(inner.to_owned())
            }
            _ => Self::Regex(Self::regex(pattern)),
        }
    }

    fn regex(pattern: &str) -> String {
        let mut regex = r"(?s)\A".to_owned();
        for letter in pattern.chars() {
            match letter {
                '*' => regex.push_str(".*"),
                '?' => regex.push('.'),
                letter => regex.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4]))),
            }
        }
        regex + r"\z"
    }

    pub(super) fn matches(pattern: &str, text: &str) -> bool {
        Regex::new(&Self::regex(pattern)).is_ok_and(|regex| regex.is_match(text))
    }
}

/// One of these texts as a whole.
pub(super) fn any_of(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| regex::escape(text)).collect();
    format!(r"\A(?:{})\z", texts.join("|"))
}
