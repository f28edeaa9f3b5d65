//! Takes one part out of a packed detail and leaves everything else as it is: for retention.

use serde_json::Value;

/// What can be taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The excerpts of requests.
    Bodies,
    /// The lines of the log.
    Logs,
}

/// Where a request has its excerpt.
const EXCERPT: usize = 17;
/// Values of a request after this one are as good as absent where they are zero.
const PEER: usize = 12;

/// The detail without the part, and how many there were of it; none where there is nothing to take out.
pub(crate) fn strip(text: &str, part: Part) -> Option<(String, u64)> {
    // A detail that cannot be read has no part that could be told from the rest.
    let mut detail: Value = serde_json::from_str(text).ok()?;
    let tables = detail.as_object_mut()?;
    let count = match part {
        Part::Logs => tables.shift_remove("l")?.as_array().map_or(0, Vec::len),
        Part::Bodies => {
            let requests = tables.get_mut("r")?.as_array_mut()?;
            requests.iter_mut().filter_map(Value::as_array_mut).filter_map(without_excerpt).count()
        }
    };
    (count > 0).then(|| (detail.to_string(), count as u64))
}

/// Trailing empty values are left out, as in all that is packed.
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
