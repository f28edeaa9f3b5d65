//! Gatus puts variables of the environment into its file before it reads it: `$NAME`, `${NAME}`, and `$$` for `$`.

use serde_json::Value;

use crate::author::check_file::{DraftText, is_name};

/// A text of the file, as a draft states it. The error is the rest of a sentence about what has it.
pub(super) fn text(written: &str) -> Result<String, &'static str> {
    let mut whole = DraftText::default();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('$') {
        whole.push_str(before);
        let letters = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let inner = after.strip_prefix('{').unwrap_or_default();
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let braced =
            inner.split_at_checked(end).and_then(|(name, rest)| Some((name, rest.strip_prefix('}')?)));
        let bare = after.split_at_checked(letters);
        if let Some(after) = after.strip_prefix('$') {
            // What follows is text, also if it looks like a name.
            whole.push('$');
            rest = after;
        } else if let Some((name, after)) = braced.or(bare).filter(|(name, _)| is_name(name)) {
            whole.push_variable(name);
            rest = after;
        } else {
            whole.push('$');
            rest = after;
        }
    }
    whole.push_str(rest);
    whole.finish()
}

/// Every text of a value.
pub(super) fn value(written: &Value) -> Result<Value, &'static str> {
    Ok(match written {
        Value::String(written) => Value::String(text(written)?),
        Value::Array(items) => items.iter().map(value).collect::<Result<_, _>>()?,
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| Ok((name.clone(), value(member)?)))
            .collect::<Result<_, &'static str>>()?,
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_those_that_gatus_knows() {
        let text = |written: &str| text(written).unwrap();
        assert_eq!(text("https://$HOST/${PATH_1}"), "https://${env.HOST}/${env.PATH_1}");
        assert_eq!(text("costs $5 and $$HOME"), "costs $5 and $HOME");
        assert_eq!(text("$${X} ${a b} $"), "$${X} $${a b} $");
        assert_eq!(text("$$$${X}"), "$$${X}");
        assert!(super::text("$$$HOME").is_err());
    }
}
