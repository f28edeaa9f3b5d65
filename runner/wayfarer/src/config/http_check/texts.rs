//! Texts of a check: with placeholders, alone or in a list, and JSON with such texts in it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use wayfarer_sandbox::http_check::{Template, TemplateError};

use crate::config::{FromText, Text};

impl FromText for Template {
    const WHAT: &'static str = "a text, with placeholders such as `${param.NAME}`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: TemplateError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

/// A text with placeholders or several; a number or a boolean counts as its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Texts(pub(crate) Vec<Template>);

impl Texts {
    /// One text that is sent as it is.
    pub(crate) fn literal(text: impl Into<String>) -> Self {
        Self(vec![Template::literal(text)])
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a list of texts")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
        Template::from_text(text).map(|one| Texts(vec![one])).map_err(E::custom)
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<Texts, E> {
        Ok(Texts::literal(number.to_string()))
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<Texts, E> {
        Ok(Texts::literal(number.to_string()))
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<Texts, E> {
        Ok(Texts::literal(number.to_string()))
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Texts, E> {
        Ok(Texts::literal(value.to_string()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
        let mut all = Vec::new();
        while let Some(Texts(more)) = list.next_element()? {
            all.extend(more);
        }
        Ok(Texts(all))
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let [one] = self.0.as_slice() {
            return serializer.collect_str(one);
        }
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for one in &self.0 {
            list.serialize_element(&one.to_string())?;
        }
        list.end()
    }
}

impl JsonSchema for Texts {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Texts".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = ["string", "number", "boolean"];
        json_schema!({"type": ["string", "number", "boolean", "array"], "items": {"type": one}})
    }
}

/// One element, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OneOrMany<T>(pub(crate) Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::config::one_or_many(deserializer).map(Self)
    }
}

impl<T: Serialize> Serialize for OneOrMany<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let [one] = self.0.as_slice() { one.serialize(serializer) } else { self.0.serialize(serializer) }
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        crate::config::one_or_many_schema::<T>(generator)
    }
}

/// Any value of TOML as JSON, in the texts of which placeholders may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonText(pub(crate) Value);

/// What the crate `toml` hands a date over as.
const DATE: &str = "$__toml_private_datetime";

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        checked(&mut value).map_err(D::Error::custom)?;
        Ok(Self(value))
    }
}

/// Reads each text once, and makes texts of dates.
fn checked(value: &mut Value) -> Result<(), TemplateError> {
    match value {
        Value::String(text) => text.parse::<Template>().map(drop),
        Value::Array(items) => items.iter_mut().try_for_each(checked),
        Value::Object(members) => {
            let date = members.get(DATE).and_then(Value::as_str).map(str::to_owned);
            if let Some(date) = date {
                *value = Value::String(date);
                return Ok(());
            }
            members.iter_mut().try_for_each(|(_, member)| checked(member))
        }
        _ => Ok(()),
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl JsonSchema for JsonText {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "JsonText".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}

/// A text with placeholders.
pub(crate) type TemplateText = Text<Template>;
