//! Names and words in a check's table: statuses, a method, a header to send, a capture's name.

use std::ops::RangeInclusive;

use http::{HeaderName, Method};
use wayfarer_sandbox::http::is_runners_own;
use wayfarer_sandbox::http_check::is_capture;

use crate::config::FromText;
use crate::config::text::Shape;

/// The expected statuses: `2xx`, `200-299, 304`, `200`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatusRule(pub(crate) Vec<RangeInclusive<u16>>);

impl FromText for StatusRule {
    const WHAT: &'static str = "statuses such as `200`, `200-299, 304` or `2xx`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.split(',').map(status_range).collect::<Option<_>>().map(Self).ok_or_else(|| {
            format!("`{text}` is not a list of statuses: write `200`, `200-299, 304` or `2xx`, between 100 and 599")
        })
    }
    fn to_text(&self) -> String {
        let written = |range: &RangeInclusive<u16>| match (*range.start(), *range.end()) {
            (from, to) if from == to => from.to_string(),
            (from, to) if from.is_multiple_of(100) && to == from + 99 => format!("{}xx", from / 100),
            (from, to) => format!("{from}-{to}"),
        };
        self.0.iter().map(written).collect::<Vec<_>>().join(", ")
    }
    fn shape() -> Shape {
        Shape::FreeOrNumber
    }
}

fn status_range(part: &str) -> Option<RangeInclusive<u16>> {
    let part = part.trim().to_ascii_lowercase();
    if let Some(class) = part.strip_suffix("xx") {
        let hundreds = class.parse::<u16>().ok().filter(|class| (1..=5).contains(class))? * 100;
        return Some(hundreds..=hundreds + 99);
    }
    let (from, to) = part.split_once('-').unwrap_or((&part, &part));
    let one = |text: &str| text.trim().parse::<u16>().ok().filter(|status| (100..=599).contains(status));
    let (from, to) = (one(from)?, one(to)?);
    (from <= to).then_some(from..=to)
}

/// A method, in upper case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MethodName(pub(crate) String);

impl FromText for MethodName {
    const WHAT: &'static str = "a method such as `GET`";
    fn from_text(text: &str) -> Result<Self, String> {
        let method = text.trim().to_ascii_uppercase();
        if method == Method::CONNECT.as_str() {
            return Err("the method `CONNECT` opens a tunnel, which a check cannot use: call the url itself"
                .to_owned());
        }
        Method::from_bytes(method.as_bytes())
            .map(|method| Self(method.to_string()))
            .map_err(|_| format!("`{text}` is not a method: write one such as `GET` or `POST`"))
    }
    fn to_text(&self) -> String {
        self.0.clone()
    }
}

/// The name of a header to send, as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SentHeader(pub(crate) String);

impl SentHeader {
    /// Whether it is that of this header.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name)
    }
}

impl FromText for SentHeader {
    const WHAT: &'static str = "a header's name such as `accept`";
    fn from_text(text: &str) -> Result<Self, String> {
        let name = HeaderName::from_bytes(text.as_bytes())
            .map_err(|_| format!("`{text}` is not a header's name: write one such as `accept`"))?;
        if name != http::header::HOST && is_runners_own(&name) {
            return Err(format!("the header `{text}` is set by the runner: leave it out"));
        }
        Ok(Self(text.to_owned()))
    }
    fn to_text(&self) -> String {
        self.0.clone()
    }
}

/// The name of a captured value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CaptureName(pub(crate) String);

impl FromText for CaptureName {
    const WHAT: &'static str = "a name such as `token`";
    fn from_text(text: &str) -> Result<Self, String> {
        if is_capture(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "`{text}` is no name for a captured value: write letters, digits, `_` and `-`, such as `token`"
        ))
    }
    fn to_text(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_read_as_written() {
        assert_eq!(StatusRule::from_text("2xx").unwrap().0, [200..=299]);
        assert_eq!(StatusRule::from_text("200, 204").unwrap().0, [200..=200, 204..=204]);
        assert_eq!(StatusRule::from_text("200-299,304").unwrap().to_text(), "2xx, 304");
        assert_eq!(StatusRule::from_text("200-204").unwrap().to_text(), "200-204");
        for bad in ["", "ok", "6xx", "20", "200,", "99", "600", "299-200", "1xxx", "200-"] {
            assert!(StatusRule::from_text(bad).is_err(), "{bad} should be refused");
        }
        insta::assert_snapshot!(StatusRule::from_text("all").unwrap_err(), @"`all` is not a list of statuses: write `200`, `200-299, 304` or `2xx`, between 100 and 599");
    }

    #[test]
    fn names_that_cannot_be_sent_are_refused() {
        assert_eq!(MethodName::from_text("post").unwrap().0, "POST");
        insta::assert_snapshot!(MethodName::from_text("GE T").unwrap_err(), @"`GE T` is not a method: write one such as `GET` or `POST`");
        assert!(MethodName::from_text("connect").unwrap_err().contains("opens a tunnel"));
        assert!(SentHeader::from_text("Host").is_ok() && SentHeader::from_text("X-A").unwrap().is("x-a"));
        insta::assert_snapshot!(SentHeader::from_text("Content-Length").unwrap_err(), @"the header `Content-Length` is set by the runner: leave it out");
        insta::assert_snapshot!(SentHeader::from_text("a b").unwrap_err(), @"`a b` is not a header's name: write one such as `accept`");
        insta::assert_snapshot!(CaptureName::from_text("run.id").unwrap_err(), @"`run.id` is no name for a captured value: write letters, digits, `_` and `-`, such as `token`");
    }
}
