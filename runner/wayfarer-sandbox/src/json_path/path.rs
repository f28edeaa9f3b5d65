//! A place in a JSON document: a JSON path (RFC 9535) such as `$.items[0].name`, parsed once.
//!
//! The leading `$` may be left out.
//!
//! Invariant: a query takes time and memory in proportion to the document, however it is nested. Who writes the path and
//! who answers may be one and the same, and nothing interrupts a query.

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
        let refused = |reason: &str| JsonPathError { path: path.to_owned(), reason: reason.to_owned() };
        // First, because the crate panics at a text that ends within an escape.
        if let Some(reason) = unfit(written) {
            return Err(refused(reason));
        }
        let query = match written.chars().next() {
            Some('$') => serde_json_path::JsonPath::parse(written),
            Some('.' | '[') => serde_json_path::JsonPath::parse(&format!("${written}")),
            _ => serde_json_path::JsonPath::parse(&format!("$.{written}")),
        };
        match query {
            Ok(query) => Ok(Self { query, written: written.to_owned() }),
            Err(error) => Err(refused(&error.to_string())),
        }
    }
}

/// Why a path has no end, or could take more than one walk through the document.
fn unfit(written: &str) -> Option<&'static str> {
    let (mut descents, mut filters, mut quote, mut before) = (0, 0, None, ' ');
    let mut open_brackets = Vec::new();
    for letter in written.chars() {
        match quote {
            Some(open) if before != '\\' && open == letter => quote = None,
            Some(_) => {}
            None => match letter {
                '"' | '\'' => quote = Some(letter),
                '.' if before == '.' => descents += 1,
                '?' => filters += 1,
                '[' | '(' => open_brackets.push(letter),
                ']' | ')' => drop(open_brackets.pop()),
                // Each selector of a list multiplies what the next one walks through. A function's arguments do not.
                ',' if open_brackets.last() != Some(&'(') => {
                    return Some("it selects by a list: name one place");
                }
                _ => {}
            },
        }
        // A backslash that is escaped escapes nothing.
        before = if quote.is_some() && before == '\\' { ' ' } else { letter };
    }
    if quote.is_some() {
        return Some("a quotation mark is missing at its end");
    }
    match (descents, filters) {
        (0 | 1, 0) | (0, 1) => None,
        (0, _) => Some("it has more than one filter"),
        (_, 0) => Some("it has more than one `..`"),
        _ => Some("it has a filter together with `..`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_ends_within_a_text_is_refused() {
        for path in ["$[\"a\\u", "$['a", "$['a\\", "$[?@.a == 'b\\u00", "a['b']['\\ud83d\\u"] {
            let refused = path.parse::<JsonPath>().unwrap_err().to_string();
            assert!(refused.contains("a quotation mark is missing"), "{refused}");
        }
    }

    #[test]
    fn a_path_that_multiplies_its_walks_is_refused() {
        for costly in [
            "$..*..*..*",
            "$[?$[?@.a]]",
            "$..[?@.a]",
            "$[*,*][*,*][*,*]",
            "$['a','b']",
            "$[?(@[*,*][*,*])]",
            "$..a..b",
        ] {
            let refused = costly.parse::<JsonPath>().unwrap_err().to_string();
            assert!(refused.contains("is not a JSON path: it "), "{refused}");
        }
        for plain in [
            "$..id",
            "$.items[?@.id == 'a,b'].name",
            "$[\"a..b..c?,\"]",
            "items[0].name",
            "$[0:2]",
            "$[?match(@.a, 'b')]",
        ] {
            assert!(plain.parse::<JsonPath>().is_ok(), "{plain}");
        }
    }
}
