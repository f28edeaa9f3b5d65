//! What the tables' derived schemas are made of: texts with a form, parameters, and lists that may be their only element.
//! `schema` puts the whole together.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::text::Shape;
use super::{FromText, ParamText, Text};

impl<T: FromText> JsonSchema for Text<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        T::WHAT.into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let what = T::WHAT;
        match T::shape() {
            Shape::Free => json_schema!({"type": "string", "description": what}),
            Shape::FreeOrNumber => json_schema!({"type": ["string", "integer"], "description": what}),
            Shape::Number => {
                json_schema!({"type": ["integer", "string"], "minimum": 1, "pattern": "^[0-9]+$", "description": what})
            }
            Shape::OneOf(texts) => json_schema!({"type": "string", "enum": texts, "description": what}),
            Shape::Like(pattern) => json_schema!({"type": "string", "pattern": pattern, "description": what}),
        }
    }
}

impl JsonSchema for ParamText {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "ParamText".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"], "description": "a parameter's value"})
    }
}

/// A list, or its only element.
pub(crate) fn one_or_many_schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let one = generator.subschema_for::<T>();
    json_schema!({"anyOf": [one, {"type": "array", "items": one}]})
}
