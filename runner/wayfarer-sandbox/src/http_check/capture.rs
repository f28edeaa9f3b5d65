//! What a request keeps of its answer for later requests: the value at a JSON path, a header, or the first group of a regular
//! expression.

use std::fmt;
use std::str::FromStr;

use http::HeaderName;

use super::pattern::{Pattern, PatternError};
use crate::json_path::{JsonPath, JsonPathError};

/// Where a captured value stands in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capture {
    /// The one value at a path of the JSON body: a text as it is, anything else as JSON.
    Json(JsonPath),
    /// The first header of that name.
    Header(HeaderName),
    /// The first group of a regular expression, in the body; without a group, all that it matches.
    Regex(Pattern),
}

/// Why a text names no such place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// It has none of the forms.
    #[error("`{0}` says nothing to capture: write `$.token`, `header:location` or `regex:order ([0-9]+)`")]
    Form(String),
    /// What follows `$` is no path of RFC 9535.
    #[error(transparent)]
    Path(#[from] JsonPathError),
    /// What follows `header:` cannot be a header of an answer.
    #[error("`{0}` is not a header's name: write one such as `header:location`")]
    Header(String),
    /// What follows `regex:` is no regular expression that is accepted.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

impl fmt::Display for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(path) => path.fmt(f),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Regex(pattern) => write!(f, "regex:{pattern}"),
        }
    }
}

impl FromStr for Capture {
    type Err = CaptureError;

    fn from_str(written: &str) -> Result<Self, CaptureError> {
        let written = written.trim();
        if let Some(name) = written.strip_prefix("header:") {
            let name = name.trim();
            return HeaderName::from_bytes(name.as_bytes())
                .map(Self::Header)
                .map_err(|_| CaptureError::Header(name.to_owned()));
        }
        if let Some(pattern) = written.strip_prefix("regex:") {
            return Ok(Self::Regex(pattern.parse()?));
        }
        if !written.starts_with('$') {
            return Err(CaptureError::Form(written.to_owned()));
        }
        Ok(Self::Json(written.parse()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_survives_being_written() {
        for text in ["$.token", "header:location", "regex:order ([0-9]+)"] {
            assert_eq!(text.parse::<Capture>().unwrap().to_string(), text);
        }
        let error = |text: &str| text.parse::<Capture>().unwrap_err().to_string();
        insta::assert_snapshot!(error("token"), @"`token` says nothing to capture: write `$.token`, `header:location` or `regex:order ([0-9]+)`");
        insta::assert_snapshot!(error("header:a b"), @"`a b` is not a header's name: write one such as `header:location`");
        assert!(error("regex:(").contains("unclosed group"));
        assert!(error("$.a[").contains("is not a JSON path"));
    }
}
