//! An OpenAPI document: references within it, and the examples that it gives.

use serde_json::{Map, Value};

/// References that lead to references, and values that lie in values.
const DEEPEST: usize = 24;
/// The most values that are made for one example.
const MOST: usize = 2_000;

#[derive(Debug)]
pub(super) struct Document {
    root: Value,
}

impl Document {
    pub(super) fn new(root: Value) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &Value {
        &self.root
    }

    /// What a value stands for, if it is a reference. None for one that leads nowhere, in a circle or out of the document.
    pub(super) fn resolved<'a>(&'a self, value: &'a Value) -> Option<&'a Value> {
        let mut value = value;
        for _ in 0..DEEPEST {
            match value.get("$ref").and_then(Value::as_str) {
                None => return Some(value),
                Some(reference) => value = self.root.pointer(reference.strip_prefix('#')?)?,
            }
        }
        None
    }

    /// The example of a parameter or of a body's media type: its own, one of its list, or its schema's.
    pub(super) fn example(&self, owner: &Value) -> Option<Value> {
        let listed = || {
            let first = owner.get("examples")?.as_object()?.values().next()?;
            self.resolved(first)?.get("value").cloned()
        };
        let of_schema = || {
            let mut left = MOST;
            self.of_schema(owner.get("schema")?, 0, &mut left)
        };
        owner.get("example").cloned().or_else(listed).or_else(of_schema)
    }

    /// The example that a schema states. That of an object may come from those of its members; those that are required must have one.
    fn of_schema(&self, schema: &Value, depth: usize, left: &mut usize) -> Option<Value> {
        *left = left.checked_sub(1)?;
        if depth > DEEPEST {
            return None;
        }
        let schema = self.resolved(schema)?;
        let first =
            |key: &str| schema.get(key).and_then(Value::as_array).and_then(|list| list.first()).cloned();
        let stated = schema
            .get("example")
            .cloned()
            .or_else(|| first("examples"))
            .or_else(|| schema.get("const").cloned());
        let stated = stated.or_else(|| schema.get("default").cloned()).or_else(|| first("enum"));
        if stated.is_some() {
            return stated;
        }
        for key in ["oneOf", "anyOf"] {
            let options = schema.get(key).and_then(Value::as_array).into_iter().flatten();
            for option in options {
                if let Some(found) = self.of_schema(option, depth + 1, left) {
                    return Some(found);
                }
            }
        }
        if let Some(items) = schema.get("items") {
            return Some(Value::Array(vec![self.of_schema(items, depth + 1, left)?]));
        }
        self.object(schema, depth, left)
    }

    fn object(&self, schema: &Value, depth: usize, left: &mut usize) -> Option<Value> {
        let mut members = Map::new();
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            if let Value::Object(more) = self.of_schema(part, depth + 1, left)? {
                members.extend(more);
            }
        }
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let is_read_only =
                self.resolved(property).and_then(|one| one.get("readOnly")).and_then(Value::as_bool)
                    == Some(true);
            if is_read_only {
                continue;
            }
            match self.of_schema(property, depth + 1, left) {
                Some(value) => drop(members.insert(name.clone(), value)),
                None if required.contains(&name.as_str()) => return None,
                None => {}
            }
        }
        (!members.is_empty()).then_some(Value::Object(members))
    }
}
