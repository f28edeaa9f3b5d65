//! A place in a JSON document: `$.items[0].name`, parsed once.
//!
//! Members by `.name` or `["any name"]`, elements by `[0]`, from the end by `[-1]`; the leading `$` may be
//! left out. No wildcards and no filters: a place is one value or none.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a JSON path: write it like `$.items[0].name` or `$[\"odd name\"]`")]
pub struct JsonPathError(String);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Member(String),
    Element(i64),
}

/// A place in a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath {
    parts: Vec<Part>,
    written: String,
}

impl JsonPath {
    /// What is there.
    pub fn find<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.parts.iter().try_fold(document, |value, part| match part {
            Part::Member(name) => value.get(name),
            Part::Element(index) => {
                let elements = value.as_array()?;
                let from_end = usize::try_from(index.unsigned_abs()).ok()?;
                let place = if *index < 0 { elements.len().checked_sub(from_end)? } else { from_end };
                elements.get(place)
            }
        })
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl FromStr for JsonPath {
    type Err = JsonPathError;

    fn from_str(written: &str) -> Result<Self, JsonPathError> {
        let odd = || JsonPathError(written.to_owned());
        let text = written.trim();
        let bare = !text.starts_with(['$', '[']);
        let with_dot = if bare { format!(".{text}") } else { text.trim_start_matches('$').to_owned() };
        let mut rest = with_dot.as_str();
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let (part, after) = next(rest).ok_or_else(odd)?;
            parts.push(part);
            rest = after;
        }
        if text.is_empty() { Err(odd()) } else { Ok(Self { parts, written: text.to_owned() }) }
    }
}

fn next(text: &str) -> Option<(Part, &str)> {
    if let Some(text) = text.strip_prefix('.') {
        let end = text.find(['.', '[']).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        return (!name.is_empty()).then(|| (Part::Member(name.to_owned()), rest));
    }
    let inner = text.strip_prefix('[')?;
    for quote in ['"', '\''] {
        if let Some(inner) = inner.strip_prefix(quote) {
            let (name, rest) = inner.split_once(quote)?;
            return Some((Part::Member(name.to_owned()), rest.strip_prefix(']')?));
        }
    }
    let (index, rest) = inner.split_once(']')?;
    Some((Part::Element(index.trim().parse().ok()?), rest))
}
