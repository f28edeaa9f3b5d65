//! Removes one part of a packed detail and leaves everything else as it is: for retention.

use serde_json::Value;

use super::layout::{EXCERPT, EXCHANGES, LOGS, PEER, REQUESTS};

/// A part that can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The excerpts of requests, and the heads of exchanges.
    Bodies,
    /// The lines of the log.
    Logs,
}

/// The detail without the part, and how many excerpts and exchanges, or lines, that removes. None if there is nothing to remove.
pub(crate) fn strip(text: &str, part: Part) -> Option<(String, u64)> {
    // A detail that is not JSON has no parts.
    let mut detail: Value = serde_json::from_str(text).ok()?;
    let tables = detail.as_object_mut()?;
    let count = match part {
        Part::Logs => tables.shift_remove(LOGS.key)?.as_array().map_or(0, Vec::len),
        Part::Bodies => {
            let exchanges = tables.shift_remove(EXCHANGES.key);
            let exchanges = exchanges.as_ref().and_then(Value::as_array).map_or(0, Vec::len);
            let requests = tables.get_mut(REQUESTS.key).and_then(Value::as_array_mut);
            let requests = requests.into_iter().flatten().filter_map(Value::as_array_mut);
            exchanges + requests.filter_map(without_excerpt).count()
        }
    };
    (count > 0).then(|| (detail.to_string(), count as u64))
}

/// Leaves out trailing empty values, as the writer does.
fn without_excerpt(request: &mut Vec<Value>) -> Option<()> {
    request.get(EXCERPT).filter(|excerpt| !excerpt.is_null())?;
    request.truncate(EXCERPT);
    while let Some(last) = request.last() {
        let is_empty = last.is_null() || (request.len() > PEER + 1 && last.as_u64() == Some(0));
        if !is_empty {
            break;
        }
        request.pop();
    }
    Some(())
}
