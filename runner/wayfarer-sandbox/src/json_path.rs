//! A place in a JSON document: a JSON path (RFC 9535) such as `$.items[0].name`, parsed once.
//!
//! The leading `$` may be left out.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is not a JSON path: {reason}; write it like `$.items[0].name` or `$[\"odd name\"]`")]
pub struct JsonPathError {
    /// As it was written.
    path: String,
    /// Where the parser stopped, and why.
    reason: String,
}

/// A place in a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath {
    query: serde_json_path::JsonPath,
    written: String,
}

impl JsonPath {
    /// The values that the path selects, in the order of the document.
    pub fn find<'a>(&self, document: &'a Value) -> Vec<&'a Value> {
        self.query.query(document).all()
    }

    /// Where these values stand: a JSON pointer (RFC 6901) for each.
    pub(crate) fn pointers(&self, document: &Value) -> Vec<String> {
        self.query
            .query_located(document)
            .locations()
            .map(serde_json_path::NormalizedPath::to_json_pointer)
            .collect()
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl FromStr for JsonPath {
    type Err = JsonPathError;

    fn from_str(path: &str) -> Result<Self, JsonPathError> {
        let written = path.trim();
        let query = match written.chars().next() {
            Some('$') => serde_json_path::JsonPath::parse(written),
            Some('.' | '[') => serde_json_path::JsonPath::parse(&format!("${written}")),
            _ => serde_json_path::JsonPath::parse(&format!("$.{written}")),
        };
        match query {
            Ok(query) => Ok(Self { query, written: written.to_owned() }),
            Err(error) => Err(JsonPathError { path: path.to_owned(), reason: error.to_string() }),
        }
    }
}
