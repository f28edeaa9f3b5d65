//! Form bodies.

use serde::Serialize;
use serde_json::Value;

use crate::percent::{self, Space};

/// Encodes a flat object. A list repeats its key, and `null` omits it.
pub(super) fn form(value: &impl Serialize) -> Result<String, String> {
    let value = serde_json::to_value(value).map_err(|error| format!("cannot encode the form: {error}"))?;
    let Value::Object(fields) = value else {
        return Err("the form is not an object: pass a flat struct or a `json!` object".to_owned());
    };
    let mut pairs = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Array(items) => {
                for item in items {
                    push(&mut pairs, &name, item)?;
                }
            }
            value => push(&mut pairs, &name, value)?,
        }
    }
    Ok(percent::pairs(&pairs, Space::Plus))
}

fn push(pairs: &mut Vec<(String, String)>, name: &str, value: Value) -> Result<(), String> {
    let text = match value {
        Value::Null => return Ok(()),
        Value::String(text) => text,
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => {
            return Err(format!(
                "the form's field `{name}` is nested: a form field is text, a number or a boolean"
            ));
        }
    };
    pairs.push((name.to_owned(), text));
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn writes_flat_values_and_refuses_nested_ones() {
        let form = super::form(&json!({"q": "tea & pot", "n": 2, "tag": ["a", "b"], "none": null}));
        assert_eq!(form.as_deref(), Ok("q=tea+%26+pot&n=2&tag=a&tag=b"));
        assert!(super::form(&json!({"a": {"b": 1}})).unwrap_err().contains("`a`"));
        assert!(super::form(&json!(1)).is_err());
    }
}
