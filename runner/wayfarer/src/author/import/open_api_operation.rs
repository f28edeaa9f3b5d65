//! One operation of an OpenAPI document as a check, by the examples that the document gives.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::fields::scalar;
use super::open_api_document::Document;
use super::open_api_security as security;
use crate::author::check_file::{DraftCheck, DraftFile, RawBody, RawRequest, literal, sealed};

/// Kept in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "the field has the word of OpenAPI")]
pub(super) struct Operation<'d> {
    pub(super) document: &'d Document,
    pub(super) base: &'d str,
    pub(super) path: &'d str,
    pub(super) method: &'d str,
    /// The path's own, with parameters for all its operations.
    pub(super) around: &'d Value,
    pub(super) operation: &'d Value,
}

impl Operation<'_> {
    pub(super) fn item(&self) -> String {
        format!("{} {}", self.method.to_ascii_uppercase(), self.path)
    }

    /// The error is the rest of a sentence about the operation.
    pub(super) fn carry(&self, file: &mut DraftFile) -> Result<(), String> {
        let text = |key: &str| self.operation.get(key).and_then(Value::as_str).unwrap_or_default();
        let item = self.item();
        let mut raw = RawRequest { method: Some(self.method.to_ascii_uppercase()), ..RawRequest::default() };
        let path = self.parameters(&mut raw)?;
        let joined = format!("{}{path}", literal(self.base.trim_end_matches('/')));
        // What the parameters have added stands behind `?` already.
        raw.url = joined + &raw.url;
        self.body(&mut raw)?;
        security::add(self.document, self.operation, &mut raw)?;
        let wanted =
            Some(text("operationId")).filter(|id| !id.is_empty()).map_or_else(|| item.clone(), spaced);
        let mut request = sealed(file, &item, &raw)?;
        request.status = Some(self.status()?);
        let tags = self.operation.get("tags").and_then(Value::as_array).into_iter().flatten();
        let name = file.names.next(&wanted);
        file.add(DraftCheck {
            name,
            title: format!("{item}  {}", text("summary")).trim_end().to_owned(),
            requests: vec![request],
            tags: tags.filter_map(Value::as_str).map(str::to_owned).collect(),
            ..DraftCheck::default()
        })
    }

    /// Those of the operation come before those of the path.
    fn all_parameters(&self) -> Result<Vec<&Value>, String> {
        let (mut all, mut known): (Vec<&Value>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
        for owner in [self.operation, self.around] {
            for parameter in owner.get("parameters").and_then(Value::as_array).into_iter().flatten() {
                let parameter = self
                    .document
                    .resolved(parameter)
                    .ok_or("a parameter of it refers to what is not in the document")?;
                let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
                if known.insert(format!("{} {}", text("in"), text("name"))) {
                    all.push(parameter);
                }
            }
        }
        Ok(all)
    }

    /// Puts the examples into the request, and returns the path with them. The query goes to the request's URL.
    fn parameters(&self, raw: &mut RawRequest) -> Result<String, String> {
        let mut path = literal(self.path);
        let mut query: Vec<String> = Vec::new();
        for parameter in self.all_parameters()? {
            let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
            let (name, place) = (text("name"), text("in"));
            let is_required =
                place == "path" || parameter.get("required").and_then(Value::as_bool) == Some(true);
            let Some(example) = self.document.example(parameter).or_else(|| self.of_content(parameter))
            else {
                if is_required {
                    return Err(format!("its {place} parameter `{name}` has no example"));
                }
                continue;
            };
            let values = values(&example)
                .ok_or_else(|| format!("the example of its parameter `{name}` is an object"))?;
            match place {
                "path" => {
                    let encoded = utf8_percent_encode(&values.join(","), SEGMENT).to_string();
                    path = path.replace(&format!("{{{name}}}"), &encoded);
                }
                "query" => query.extend(values.iter().map(|value| {
                    format!("{}={}", utf8_percent_encode(name, SEGMENT), utf8_percent_encode(value, SEGMENT))
                })),
                "header"
                    if !["accept", "content-type", "authorization"]
                        .contains(&name.to_ascii_lowercase().as_str()) =>
                {
                    raw.headers.push((name.to_owned(), literal(&values.join(","))));
                }
                "cookie" => {
                    raw.headers.push(("cookie".to_owned(), literal(&format!("{name}={}", values.join(",")))));
                }
                _ => {}
            }
        }
        if path.contains('{') {
            return Err("its path has a parameter that the document does not describe".to_owned());
        }
        if !query.is_empty() {
            raw.url = format!("?{}", query.join("&"));
        }
        Ok(path)
    }

    fn of_content(&self, owner: &Value) -> Option<Value> {
        self.document.example(owner.get("content")?.as_object()?.values().next()?)
    }

    fn body(&self, raw: &mut RawRequest) -> Result<(), String> {
        let Some(body) = self.operation.get("requestBody") else { return Ok(()) };
        let body = self.document.resolved(body).ok_or("its body refers to what is not in the document")?;
        let is_required = body.get("required").and_then(Value::as_bool) == Some(true);
        let content = body.get("content").and_then(Value::as_object);
        let kinds: Vec<(&String, &Value)> = content.into_iter().flatten().collect();
        let json = kinds.iter().find(|(kind, _)| kind.contains("json"));
        let form = kinds.iter().find(|(kind, _)| kind.contains("x-www-form-urlencoded"));
        let text = kinds.iter().find(|(kind, _)| kind.starts_with("text/") || kind.contains("xml"));
        let Some((kind, media)) = json.or(form).or(text) else {
            let what = kinds.first().map_or("nothing", |(kind, _)| kind.as_str());
            return if is_required {
                Err(format!("its body is `{what}`, which no check sends"))
            } else {
                Ok(())
            };
        };
        let Some(example) = self.document.example(media) else {
            return if is_required { Err("its body has no example".to_owned()) } else { Ok(()) };
        };
        raw.body = Some(match &example {
            _ if kind.contains("json") => RawBody::Json(escaped(example)),
            Value::Object(members) if kind.contains("form") => {
                let field = |(name, value): (&String, &Value)| Some((name.clone(), literal(&scalar(value)?)));
                RawBody::Form(
                    members
                        .iter()
                        .map(field)
                        .collect::<Option<_>>()
                        .ok_or("a field of its form is no text")?,
                )
            }
            Value::String(text) => RawBody::Text(literal(text)),
            _ => return Err("the example of its body is no text".to_owned()),
        });
        let is_own = matches!(&raw.body, Some(RawBody::Text(_)))
            || !["application/json", "application/x-www-form-urlencoded"].contains(&kind.as_str());
        if is_own {
            raw.headers.push(("content-type".to_owned(), literal(kind)));
        }
        Ok(())
    }

    /// The lowest status of success that the operation names.
    fn status(&self) -> Result<String, String> {
        let responses = self.operation.get("responses").and_then(Value::as_object);
        let mut good: Vec<&str> = responses
            .into_iter()
            .flatten()
            .map(|(status, _)| status.as_str())
            .filter(|status| status.starts_with('2'))
            .collect();
        good.sort_unstable();
        match good.first() {
            Some(status) if status.eq_ignore_ascii_case("2xx") => Ok("2xx".to_owned()),
            Some(status) => Ok((*status).to_owned()),
            None if responses.is_some_and(|responses| responses.contains_key("default")) => {
                Ok("2xx".to_owned())
            }
            None => Err("it names no response of success (2xx)".to_owned()),
        }
    }
}

/// An identifier as words: `listAllPets`.
fn spaced(id: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    for letter in id.chars() {
        if letter.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            words.push(' ');
        }
        words.push(letter);
        before = letter;
    }
    words
}

fn values(example: &Value) -> Option<Vec<String>> {
    match example {
        Value::Array(items) => items.iter().map(scalar).collect(),
        one => Some(vec![scalar(one)?]),
    }
}

/// What looks like a placeholder in an example is text.
fn escaped(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(literal(&text)),
        Value::Array(items) => items.into_iter().map(escaped).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, member)| (name, escaped(member))).collect())
        }
        other => other,
    }
}
