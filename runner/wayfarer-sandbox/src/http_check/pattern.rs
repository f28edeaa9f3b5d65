//! A regular expression of a rule, with placeholders: what they stand for is matched as text.
//!
//! Time is in proportion to the text (the crate `regex` never goes back), times the size of the expression. Nothing interrupts a search,
//! so the product of both is bounded: the larger an expression, the less of a text is looked through. [`compare`](super::compare) charges the time to
//! the attempt when all rules are compared.

use std::fmt;
use std::str::FromStr;

use regex::{Regex, RegexBuilder};

use super::template::{Piece, Template, TemplateError};

/// The most that an expression may take, in bytes: compiled, and the same again while it searches.
pub(super) const SIZE: usize = 256 << 10;

/// An expression of at most this size looks through the most of a text, in bytes; one of twice the size through half of that.
const USUAL: usize = 32 << 10;

/// The most of a text that is looked through, in bytes.
const SEARCHED: usize = 1 << 20;

/// Why a text is not a regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A placeholder stands for nothing.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// It cannot be read.
    #[error("`{0}` is not a regular expression: {1}")]
    Syntax(String, String),
    /// It would take too much memory and time.
    #[error("`{0}` is too large a regular expression: write smaller repetitions, such as `{{1,20}}`")]
    TooLarge(String),
}

/// An expression, compiled if it has no placeholder.
#[derive(Debug, Clone)]
pub struct Pattern {
    written: Template,
    compiled: Option<Compiled>,
}

/// An expression that can search.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) regex: Regex,
    most: usize,
}

impl Compiled {
    /// As much of a text as is looked through.
    pub(super) fn part<'t>(&self, text: &'t str) -> &'t str {
        text.get(..text.floor_char_boundary(self.most)).unwrap_or_default()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// As it was written.
    pub fn template(&self) -> &Template {
        &self.written
    }

    /// The expression with what placeholders stand for. None if one stands for nothing.
    pub(super) fn filled(
        &self,
        mut value: impl FnMut(&Piece) -> Option<String>,
    ) -> Option<Result<Compiled, PatternError>> {
        if let Some(compiled) = &self.compiled {
            return Some(Ok(compiled.clone()));
        }
        let text = self.written.filled(|piece| value(piece).map(|value| regex::escape(&value)))?;
        Some(compile(&text))
    }
}

fn compile(text: &str) -> Result<Compiled, PatternError> {
    let mut size = USUAL;
    loop {
        match RegexBuilder::new(text).size_limit(size).dfa_size_limit(SIZE).build() {
            Ok(regex) => return Ok(Compiled { regex, most: SEARCHED / (size / USUAL) }),
            Err(regex::Error::CompiledTooBig(_)) if size < SIZE => size *= 2,
            Err(regex::Error::CompiledTooBig(_)) => return Err(PatternError::TooLarge(text.to_owned())),
            Err(error) => {
                // The last line of several says why.
                let words = error.to_string();
                let why = words.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                return Err(PatternError::Syntax(text.to_owned(), why));
            }
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(f)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let written: Template = text.parse()?;
        let compiled = if let Some(plain) = written.as_literal() {
            Some(compile(plain)?)
        } else {
            let probe = written.filled(|_| Some("x".to_owned())).unwrap_or_default();
            compile(&probe)?;
            None
        };
        Ok(Self { written, compiled })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_matched_as_text() {
        let pattern: Pattern = "^order ${id}[0-9]$".parse().unwrap();
        let filled = pattern.filled(|_| Some("a.c".to_owned())).unwrap().unwrap();
        assert!(filled.regex.is_match("order a.c7") && !filled.regex.is_match("order abc7"));
        assert!(pattern.filled(|_| None).is_none());
        assert_eq!(pattern.to_string(), "^order ${id}[0-9]$");
    }

    #[test]
    fn a_large_expression_looks_through_less() {
        let text = "a".repeat(2 << 20);
        let part = |pattern: &str| compile(pattern).unwrap().part(&text).len();
        assert_eq!(part("a+b"), 1 << 20);
        let large = part("(ab|c){300}");
        assert!((128 << 10..1 << 20).contains(&large), "{large}");
    }

    #[test]
    fn what_is_no_expression_or_too_large_is_refused() {
        let error = |text: &str| text.parse::<Pattern>().unwrap_err().to_string();
        insta::assert_snapshot!(error("(a"), @"`(a` is not a regular expression: unclosed group");
        insta::assert_snapshot!(error("a{3000}{3000}"), @"`a{3000}{3000}` is too large a regular expression: write smaller repetitions, such as `{1,20}`");
        assert!(error("${TO KEN}").contains("stands for nothing"));
        for plain in [r"^\w+@\w+\.\w{2,}$", r"(?i)order\s+#?\d{4,12}\b", r"<title>[^<]{1,200}</title>"] {
            assert!(plain.parse::<Pattern>().is_ok(), "{plain}");
        }
    }
}
