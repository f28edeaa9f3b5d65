//! A rule about a place in a JSON body, as it is written: a path, an operator, and what the operator compares with.
//!
//! | written | holds if |
//! |---|---|
//! | `$.status == ok`, `$.n != 3` | the one value there is that text or that JSON; is another one |
//! | `$.n < 3`, `<=`, `>`, `>=` | the one value there is a number, and so |
//! | `$.x exists`, `$.x absent` | something is there, even `null`; nothing is |
//! | `$.items length >= 3` | so many elements, members or characters; every comparison |
//! | `$.x is number` | the one value there is of that type |
//! | `$.x contains text` | the text contains it; the list has it as an element |
//! | `$.x matches regex` | the text matches, or the number, boolean or `null` as JSON |
//!
//! The path ends at the first operator behind which what stands before it can be read: a filter has operators of its own.

use std::fmt;
use std::str::FromStr;

use super::pattern::{Pattern, PatternError};
use super::template::{Template, TemplateError};
use crate::json_path::{JsonPath, JsonPathError};

/// The most bytes of a rule: each operator in it is tried.
const LONGEST: usize = 4 << 10;

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Different,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Comparison {
    const ALL: [Self; 6] =
        [Self::Equal, Self::Different, Self::AtMost, Self::AtLeast, Self::Less, Self::More];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Different => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    /// Whether it holds for two values that can be compared.
    pub(super) fn holds<T: PartialOrd>(self, actual: &T, expected: &T) -> bool {
        match self {
            Self::Equal => actual == expected,
            Self::Different => actual != expected,
            Self::Less => actual < expected,
            Self::AtMost => actual <= expected,
            Self::More => actual > expected,
            Self::AtLeast => actual >= expected,
        }
    }

    /// The operator at the beginning of a text, and what follows it.
    fn read(text: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|one| Some((one, text.strip_prefix(one.as_str())?)))
    }
}

/// A type of JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    /// A text in quotes; numbers in quotes are texts too.
    String,
    /// A number, with a fraction or without.
    Number,
    /// A number without a fraction: `3`, and `3.0` as well.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list, also one without elements.
    Array,
    /// Names with values in braces, also without any.
    Object,
    /// `null`.
    Null,
}

impl JsonKind {
    const ALL: [Self; 7] =
        [Self::String, Self::Number, Self::Integer, Self::Boolean, Self::Array, Self::Object, Self::Null];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
            Self::Null => "null",
        }
    }
}

/// What a place must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonTest {
    /// This text, or this JSON.
    Equals(Template),
    /// The path holds one value, and it is another than this.
    Differs(Template),
    /// A number that compares so.
    Compares(Comparison, Template),
    /// The path holds at least one value.
    Exists,
    /// The path holds no value.
    Absent,
    /// So many elements, members or characters.
    Length(Comparison, u64),
    /// A value of this type.
    Is(JsonKind),
    /// A text with this part, or a list with this element.
    Contains(Template),
    /// A text that this matches.
    Matches(Pattern),
}

/// A place and what it must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonRule {
    /// The place in the document.
    pub path: JsonPath,
    /// What the values at the path have to satisfy.
    pub test: JsonTest,
}

/// Why a text is not a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonRuleError {
    /// It has no operator.
    #[error(
        "`{0}` has no operator behind its path: write it like `$.status == ok`, `$.n >= 3`, `$.x exists`, \
         `$.items length > 0`, `$.x is number`, `$.x contains text` or `$.x matches regex`"
    )]
    NoOperator(String),
    /// The rule compares with `=`, which may mean two things.
    #[error("`{0}` has one `=`: write `==` to compare")]
    OneEquals(String),
    /// The rule begins with what is no path of RFC 9535.
    #[error(transparent)]
    Path(#[from] JsonPathError),
    /// What an order compares with.
    #[error("`{operator}` compares numbers, and `{value}` is none: write a number, or `==` for a text")]
    NoNumber {
        /// `<` and the like.
        operator: &'static str,
        /// What stands behind the operator, as the author wrote it.
        value: String,
    },
    /// What a length compares with.
    #[error("`length {0}` is not a comparison: write it like `length >= 3`")]
    Length(String),
    /// What follows `is` is no type that JSON has.
    #[error("`{0}` is not a type: write string, number, integer, boolean, array, object or null")]
    Kind(String),
    /// Something behind an operator that takes nothing, or nothing behind one that takes something.
    #[error("`{operator}` {what}")]
    Value {
        /// `exists` and the like.
        operator: &'static str,
        /// The rest of the sentence.
        what: String,
    },
    /// The value has a placeholder that is none.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The value of `matches` is refused as a regular expression.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// It is longer than any person writes, in bytes.
    #[error("a rule of {0} bytes is too long: {LONGEST} are allowed")]
    TooLong(usize),
}

impl fmt::Display for JsonTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equals(value) => write!(f, "== {value}"),
            Self::Differs(value) => write!(f, "!= {value}"),
            Self::Compares(how, value) => write!(f, "{} {value}", how.as_str()),
            Self::Exists => f.write_str("exists"),
            Self::Absent => f.write_str("absent"),
            Self::Length(how, count) => write!(f, "length {} {count}", how.as_str()),
            Self::Is(kind) => write!(f, "is {}", kind.as_str()),
            Self::Contains(part) => write!(f, "contains {part}"),
            Self::Matches(pattern) => write!(f, "matches {pattern}"),
        }
    }
}

impl fmt::Display for JsonRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.test)
    }
}

impl FromStr for JsonRule {
    type Err = JsonRuleError;

    fn from_str(written: &str) -> Result<Self, JsonRuleError> {
        let written = written.trim();
        if written.len() > LONGEST {
            return Err(JsonRuleError::TooLong(written.len()));
        }
        let mut wrong_path = None;
        for (at, _) in written.char_indices() {
            let (path, rest) = written.split_at(at);
            let Some(operator) = Operator::read(path, rest) else { continue };
            match path.parse::<JsonPath>() {
                Ok(path) => return Ok(Self { path, test: operator.test(written)? }),
                Err(error) => drop(wrong_path.get_or_insert(error)),
            }
        }
        Err(wrong_path.map_or_else(|| JsonRuleError::NoOperator(written.to_owned()), JsonRuleError::Path))
    }
}

const WORDS: [&str; 6] = ["exists", "absent", "length", "is", "contains", "matches"];

/// An operator and what stands behind it.
enum Operator<'a> {
    Compare(Comparison, &'a str),
    Word(&'static str, &'a str),
    OneEquals,
}

impl<'a> Operator<'a> {
    /// The operator at the beginning of `rest`; a word stands between spaces.
    fn read(before: &str, rest: &'a str) -> Option<Self> {
        if before.is_empty() {
            return None;
        }
        if let Some((how, value)) = Comparison::read(rest) {
            return Some(Self::Compare(how, value.trim()));
        }
        if rest.starts_with('=') {
            return Some(Self::OneEquals);
        }
        if !before.ends_with(char::is_whitespace) {
            return None;
        }
        WORDS.into_iter().find_map(|word| {
            let value = rest.strip_prefix(word)?;
            (value.is_empty() || value.starts_with(char::is_whitespace))
                .then(|| Self::Word(word, value.trim()))
        })
    }

    fn test(self, written: &str) -> Result<JsonTest, JsonRuleError> {
        match self {
            Self::OneEquals => Err(JsonRuleError::OneEquals(written.to_owned())),
            Self::Compare(Comparison::Equal, value) => Ok(JsonTest::Equals(value.parse()?)),
            Self::Compare(Comparison::Different, value) => Ok(JsonTest::Differs(value.parse()?)),
            Self::Compare(how, value) => {
                let template: Template = value.parse()?;
                let is_number =
                    template.as_literal().is_none_or(|text| text.parse::<f64>().is_ok_and(f64::is_finite));
                let (operator, value) = (how.as_str(), value.to_owned());
                if is_number {
                    Ok(JsonTest::Compares(how, template))
                } else {
                    Err(JsonRuleError::NoNumber { operator, value })
                }
            }
            Self::Word(operator @ ("exists" | "absent"), value) if !value.is_empty() => {
                let what = format!("takes nothing behind it: leave out `{value}`");
                Err(JsonRuleError::Value { operator, what })
            }
            Self::Word("exists", _) => Ok(JsonTest::Exists),
            Self::Word("absent", _) => Ok(JsonTest::Absent),
            Self::Word(operator, "") => {
                let what = "says nothing: write behind it what must be there".to_owned();
                Err(JsonRuleError::Value { operator, what })
            }
            Self::Word("length", value) => {
                let wrong = || JsonRuleError::Length(value.to_owned());
                let (how, count) = Comparison::read(value).ok_or_else(wrong)?;
                Ok(JsonTest::Length(how, count.trim().parse().map_err(|_| wrong())?))
            }
            Self::Word("is", value) => {
                let kind = JsonKind::ALL.into_iter().find(|kind| kind.as_str() == value);
                Ok(JsonTest::Is(kind.ok_or_else(|| JsonRuleError::Kind(value.to_owned()))?))
            }
            Self::Word("contains", value) => Ok(JsonTest::Contains(value.parse()?)),
            Self::Word(_, value) => Ok(JsonTest::Matches(value.parse()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_survives_being_written() {
        for text in [
            "$.status == ok",
            "$.n != 3",
            "$.n < 3",
            "$.n <= -3.5",
            "$.n > 1e3",
            "$.n >= ${least}",
            "$.x exists",
            "$.x absent",
            "$.items length >= 3",
            "$.x is null",
            "$.x contains a == b",
            "$.x matches ^a[0-9]+ == $",
            r#"$.items[?@.name == "tea"].price == 4.5"#,
            r#"$["a is b"] is string"#,
            "$.a == {\"b\": 1}",
        ] {
            let rule: JsonRule = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(rule.to_string(), text);
        }
        let tight: JsonRule = "$.n>=3".parse().unwrap();
        assert_eq!(tight.to_string(), "$.n >= 3");
    }

    #[test]
    fn what_is_no_rule_says_how_to_write_one() {
        let error = |text: &str| text.parse::<JsonRule>().unwrap_err().to_string();
        insta::assert_snapshot!(error("$.status"), @"`$.status` has no operator behind its path: write it like `$.status == ok`, `$.n >= 3`, `$.x exists`, `$.items length > 0`, `$.x is number`, `$.x contains text` or `$.x matches regex`");
        insta::assert_snapshot!(error("$.status=ok"), @"`$.status=ok` has one `=`: write `==` to compare");
        insta::assert_snapshot!(error("$.n < many"), @"`<` compares numbers, and `many` is none: write a number, or `==` for a text");
        insta::assert_snapshot!(error("$.n length 3"), @"`length 3` is not a comparison: write it like `length >= 3`");
        insta::assert_snapshot!(error("$.n is float"), @"`float` is not a type: write string, number, integer, boolean, array, object or null");
        insta::assert_snapshot!(error("$.n exists == 3"), @"`exists` takes nothing behind it: leave out `== 3`");
        insta::assert_snapshot!(error("$.n contains"), @"`contains` says nothing: write behind it what must be there");
        insta::assert_snapshot!(error("$.n matches (a"), @"`(a` is not a regular expression: unclosed group");
        assert!(error("$.a[ == 1").contains("is not a JSON path"));
        assert!(error(&"$.a ".repeat(2_000)).contains("too long"));
    }
}
