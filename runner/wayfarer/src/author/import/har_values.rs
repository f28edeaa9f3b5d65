//! Values of a recorded walk that one answer gave and a later request sent: they are captured, not written down.

use serde_json::Value;

use crate::author::check_file::words;
use crate::config::json_segment;

/// Shorter values are in answers by chance.
const SHORTEST: usize = 8;
/// The most of an answer that is searched, in bytes.
const LARGEST: usize = 1 << 20;

/// A JSON answer of an earlier request.
#[derive(Debug)]
pub(super) struct Answer {
    /// The position of its request.
    pub(super) request: usize,
    body: Value,
}

impl Answer {
    /// None if the answer is not JSON that was recorded.
    pub(super) fn of(entry: &Value, request: usize) -> Option<Self> {
        let content = entry.pointer("/response/content")?;
        let text = content.get("text")?.as_str().filter(|text| text.len() <= LARGEST)?;
        if content.get("encoding").is_some_and(|encoding| !encoding.is_null()) {
            return None;
        }
        Some(Self {
            request,
            body: serde_json::from_str(text)
                .ok()
                .filter(|body: &Value| body.is_object() || body.is_array())?,
        })
    }

    /// The path to the text, with a name for it.
    pub(super) fn find(&self, value: &str) -> Option<(String, String)> {
        if value.len() < SHORTEST {
            return None;
        }
        let (path, name) = find(&self.body, value, "$", "value", 0)?;
        let name = words(&name, '_');
        Some((path, if name.is_empty() { "value".to_owned() } else { name }))
    }
}

fn find(body: &Value, value: &str, path: &str, name: &str, depth: usize) -> Option<(String, String)> {
    if depth > 20 {
        return None;
    }
    match body {
        Value::String(text) if text == value => Some((path.to_owned(), name.to_owned())),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| find(item, value, &format!("{path}[{index}]"), name, depth + 1))
        }
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            find(member, value, &format!("{path}{}", json_segment(name)), name, depth + 1)
        }),
        _ => None,
    }
}
