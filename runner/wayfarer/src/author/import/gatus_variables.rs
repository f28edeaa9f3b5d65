//! Gatus puts variables of the environment into its file before it reads it: `$NAME`, `${NAME}`, and `$$` for `$`.

use serde_json::Value;

use crate::author::check_file::{literal, variable};

/// A text of the file, as a draft states it.
pub(super) fn text(written: &str) -> String {
    let mut whole = String::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('$') {
        whole.push_str(&literal(before));
        let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        if let Some(after) = after.strip_prefix('$') {
            // What follows is text, also if it looks like a name.
            whole.push_str(if after.starts_with('{') { "$$" } else { "$" });
            rest = after;
        } else if let Some((name, after)) = braced.filter(|(name, _)| is_name(name)) {
            whole.push_str(&variable(name));
            rest = after;
        } else {
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
            let (name, after) = after.split_at_checked(end).unwrap_or(("", after));
            if is_name(name) {
                whole.push_str(&variable(name));
                rest = after;
            } else {
                whole.push_str(if after.starts_with('{') && name.is_empty() { "$$" } else { "$" });
                whole.push_str(name);
                rest = after;
            }
        }
    }
    whole.push_str(&literal(rest));
    whole
}

/// Every text of a value.
pub(super) fn value(written: &Value) -> Value {
    match written {
        Value::String(written) => Value::String(text(written)),
        Value::Array(items) => items.iter().map(value).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, member)| (name.clone(), value(member))).collect())
        }
        other => other.clone(),
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_those_that_gatus_knows() {
        assert_eq!(text("https://$HOST/${PATH_1}"), "https://${env.HOST}/${env.PATH_1}");
        assert_eq!(text("costs $5 and $$HOME"), "costs $5 and $HOME");
        assert_eq!(text("$${X} ${a b} $"), "$${X} $${a b} $");
    }
}
