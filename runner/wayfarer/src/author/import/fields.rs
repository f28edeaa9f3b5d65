//! The members of a value of which each is taken once. What nobody took is what an importer does not carry over.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::author::check_file::{DraftFile, literal};

static NOTHING: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

#[derive(Debug)]
pub(super) struct Fields<'v> {
    members: &'v Map<String, Value>,
    taken: BTreeSet<&'v str>,
}

impl<'v> Fields<'v> {
    /// Those of an object; nothing of any other value.
    pub(super) fn of(value: &'v Value) -> Self {
        Self { members: value.as_object().unwrap_or(&NOTHING), taken: BTreeSet::new() }
    }

    /// Null is as good as absent.
    pub(super) fn value(&mut self, name: &str) -> Option<&'v Value> {
        let (name, value) = self.members.get_key_value(name)?;
        self.taken.insert(name);
        (!value.is_null()).then_some(value)
    }

    /// A text, a number or a boolean, as text.
    pub(super) fn raw_text(&mut self, name: &str) -> Option<String> {
        self.value(name).and_then(scalar)
    }

    /// The same for a file of checks: what looks like a placeholder there is none.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.raw_text(name).map(|text| literal(&text))
    }

    /// The text, if it says something.
    pub(super) fn filled(&mut self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.trim().is_empty())
    }

    pub(super) fn flag(&mut self, name: &str) -> bool {
        match self.value(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::Number(number)) => number.as_i64() == Some(1),
            Some(Value::String(text)) => text == "true",
            _ => false,
        }
    }

    pub(super) fn number(&mut self, name: &str) -> Option<u64> {
        match self.value(name)? {
            Value::Number(number) => number.as_u64().or_else(|| {
                let float = number.as_f64().filter(|float| (0.0..1e15).contains(float))?;
                Some(float.round() as u64)
            }),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub(super) fn below(&mut self, name: &str) -> Fields<'v> {
        self.value(name).map_or_else(|| Fields { members: &NOTHING, taken: BTreeSet::new() }, Fields::of)
    }

    /// A list; a single value is one of one.
    pub(super) fn list(&mut self, name: &str) -> &'v [Value] {
        match self.value(name) {
            Some(Value::Array(items)) => items,
            Some(one) => std::slice::from_ref(one),
            None => &[],
        }
    }

    /// The texts of a list.
    pub(super) fn texts(&mut self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(scalar).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// What is carried over without a key of its own.
    pub(super) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            let _ = self.value(name);
        }
    }

    /// Lists the members that nobody took. `path` leads to them, with a dot at its end.
    pub(super) fn lose_left(&self, item: &str, path: &str, file: &mut DraftFile) {
        for key in self.left() {
            file.lose(item, format!("`{path}{key}` is not carried over"));
        }
    }

    /// Names of members that say something and that nobody took.
    pub(super) fn left(&self) -> impl Iterator<Item = &'v str> + '_ {
        self.members
            .iter()
            .filter(|(name, value)| !self.taken.contains(name.as_str()) && is_said(value))
            .map(|(name, _)| name.as_str())
    }
}

fn is_said(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Number(_) => true,
    }
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
