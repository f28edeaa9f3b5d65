//! Texts with placeholders as expressions of Rust.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use wayfarer_sandbox::http_check::{Piece, Template};

use super::identifiers::{Fields, identifier};

/// What placeholders are called in the generated function.
#[derive(Debug)]
pub(super) struct Scope<'f> {
    pub(super) fields: &'f Fields,
    /// Captured values by their names in the check.
    pub(super) captured: BTreeMap<String, String>,
}

impl Scope<'_> {
    /// An expression with the type `&str` or `String`.
    pub(super) fn text(&self, template: &Template) -> String {
        if let Some(text) = template.as_literal() {
            return quoted(text);
        }
        let (mut format, mut arguments) = (String::new(), String::new());
        for piece in template.pieces() {
            match piece {
                Piece::Text(text) => format.push_str(&text.replace('{', "{{").replace('}', "}}")),
                other => {
                    format.push_str("{}");
                    // Writing to a string does not fail.
                    let _ = write!(arguments, ", {}", self.value(other));
                }
            }
        }
        format!("format!({}{arguments})", quoted(&format))
    }

    /// A regular expression, in which placeholders stand for themselves.
    pub(super) fn pattern(&self, template: &Template) -> String {
        if let Some(text) = template.as_literal() {
            return quoted(text);
        }
        let (mut format, mut arguments) = (String::new(), String::new());
        for piece in template.pieces() {
            match piece {
                Piece::Text(text) => format.push_str(&text.replace('{', "{{").replace('}', "}}")),
                other => {
                    format.push_str("{}");
                    let _ = write!(arguments, ", regex::escape(&{}.to_string())", self.value(other));
                }
            }
        }
        format!("&format!({}{arguments})", quoted(&format))
    }

    fn value(&self, piece: &Piece) -> String {
        let of = |names: &BTreeMap<String, String>, name: &String| {
            names.get(name).cloned().unwrap_or_else(|| identifier(name))
        };
        match piece {
            Piece::Text(text) => quoted(text),
            Piece::Param(name) => format!("given.{}", of(&self.fields.params, name)),
            Piece::Secret(name) => format!("given.{}", of(&self.fields.secrets, name)),
            Piece::Captured(name) => of(&self.captured, name),
            Piece::RunId => "j.context().run_id()".to_owned(),
        }
    }

    /// The inside of `json!(…)`.
    pub(super) fn json(&self, value: &Value) -> String {
        match value {
            Value::String(text) => match text.parse::<Template>() {
                Ok(template) => self.text(&template),
                Err(_) => quoted(text),
            },
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.json(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Object(members) => {
                let member =
                    |(name, member): (&String, &Value)| format!("{}: {}", quoted(name), self.json(member));
                let members: Vec<String> = members.iter().map(member).collect();
                format!("{{{}}}", members.join(", "))
            }
            // A number beyond 64 bits is a text of digits in no literal.
            other => other.to_string(),
        }
    }
}

/// A literal of Rust.
pub(super) fn quoted(text: &str) -> String {
    format!("{text:?}")
}
