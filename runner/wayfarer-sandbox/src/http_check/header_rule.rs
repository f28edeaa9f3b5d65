//! A rule about a header of the answer, as it is written: a name, an operator, and what the operator compares with.
//!
//! A header may come several times. One value that fits is enough for `==`, `contains` and `matches`; for `!=` none may be equal.

use std::fmt;
use std::str::FromStr;

use http::HeaderName;

use super::pattern::{Pattern, PatternError};
use super::template::{Template, TemplateError};

/// What a header must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderTest {
    /// This, to the letter.
    Equals(Template),
    /// Something else, or nothing.
    Differs(Template),
    /// A text with this part, in any case of letters.
    Contains(Template),
    /// A text that this matches.
    Matches(Pattern),
    /// The answer has the header, whatever its value.
    Exists,
    /// The header is not there.
    Absent,
}

/// A header and what it must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderRule {
    /// The header of the answer, in lower case.
    pub name: HeaderName,
    /// What its values have to satisfy; the module says how several of them count.
    pub test: HeaderTest,
}

/// Why a text is not a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderRuleError {
    /// It has no operator.
    #[error(
        "`{0}` is not a rule for a header: write it like `content-type contains text/html`, with `==`, `!=`, `contains`, \
         `matches`, `exists` or `absent`"
    )]
    NoOperator(String),
    /// The rule begins with what cannot be a header of an answer.
    #[error("`{0}` is not a header's name: write one such as `content-type`")]
    Name(String),
    /// Something behind an operator that takes nothing, or nothing behind one that takes something.
    #[error("`{operator}` {what}")]
    Value {
        /// The second word of the rule, as the author wrote it.
        operator: String,
        /// The rest of the sentence.
        what: String,
    },
    /// The value has a placeholder that is none.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The value of `matches` is refused as a regular expression.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

impl fmt::Display for HeaderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equals(value) => write!(f, "== {value}"),
            Self::Differs(value) => write!(f, "!= {value}"),
            Self::Contains(part) => write!(f, "contains {part}"),
            Self::Matches(pattern) => write!(f, "matches {pattern}"),
            Self::Exists => f.write_str("exists"),
            Self::Absent => f.write_str("absent"),
        }
    }
}

impl fmt::Display for HeaderRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.test)
    }
}

impl FromStr for HeaderRule {
    type Err = HeaderRuleError;

    fn from_str(written: &str) -> Result<Self, HeaderRuleError> {
        let written = written.trim();
        let no_operator = || HeaderRuleError::NoOperator(written.to_owned());
        let (name, rest) = written.split_once(char::is_whitespace).ok_or_else(no_operator)?;
        let (operator, value) =
            rest.trim_start().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        let value = value.trim();
        let name =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| HeaderRuleError::Name(name.to_owned()))?;
        let wrong = |what: String| Err(HeaderRuleError::Value { operator: operator.to_owned(), what });
        let test = match (operator, value) {
            ("exists", "") => HeaderTest::Exists,
            ("absent", "") => HeaderTest::Absent,
            ("exists" | "absent", more) => {
                return wrong(format!("takes nothing behind it: leave out `{more}`"));
            }
            ("contains" | "matches", "") => {
                return wrong("says nothing: write behind it what must be there".to_owned());
            }
            ("==", value) => HeaderTest::Equals(value.parse()?),
            ("!=", value) => HeaderTest::Differs(value.parse()?),
            ("contains", value) => HeaderTest::Contains(value.parse()?),
            ("matches", value) => HeaderTest::Matches(value.parse()?),
            _ => return Err(no_operator()),
        };
        Ok(Self { name, test })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_survives_being_written() {
        for text in [
            "content-type == text/html; charset=utf-8",
            "x-cache != MISS",
            "content-type contains html",
            "etag matches ^W/",
            "x-request-id exists",
            "server absent",
            "x-order == ${id}",
        ] {
            assert_eq!(text.parse::<HeaderRule>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_rule_says_how_to_write_one() {
        let error = |text: &str| text.parse::<HeaderRule>().unwrap_err().to_string();
        insta::assert_snapshot!(error("content-type"), @"`content-type` is not a rule for a header: write it like `content-type contains text/html`, with `==`, `!=`, `contains`, `matches`, `exists` or `absent`");
        insta::assert_snapshot!(error("content-type: text/html"), @"`content-type:` is not a header's name: write one such as `content-type`");
        insta::assert_snapshot!(error("server absent please"), @"`absent` takes nothing behind it: leave out `please`");
        insta::assert_snapshot!(error("server contains"), @"`contains` says nothing: write behind it what must be there");
        assert!(error("server > 3").contains("is not a rule"));
    }
}
