//! Bodies without the values of secrets.
//!
//! Tools send JSON and forms under any type, or under none. So a text is read as JSON and as a form whatever its type says. If it has a
//! secret there, the check sends it under the type of what it is: only so the runner knows where to put the secret. A text that is
//! neither, and that has a secret all the same, is refused.

use std::collections::BTreeSet;

use serde_json::Value;
use wayfarer_model::secret_names::{is_secret_name, is_secret_parameter};

use super::address::decoded;
use super::draft::Preset;
use super::draft_check::{DraftBody, DraftRequest};
use super::raw_request::RawBody;
use super::sealing::Sealer;
use super::secret_texts::named_secret;
use super::vault::Place;
use crate::config::json_segment;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

impl Sealer<'_> {
    pub(super) fn body(&mut self, request: &mut DraftRequest) -> Result<(), String> {
        let raw = self.raw;
        let kind = raw.header("content-type").unwrap_or_default().to_ascii_lowercase();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let before = self.count;
        let body = match &raw.body {
            None => return Ok(()),
            Some(RawBody::Json(value)) => DraftBody::Json(self.json(value.clone(), "", false, "$")?),
            Some(RawBody::Form(fields)) => self.form(fields.clone())?,
            Some(RawBody::Text(text)) => self.text_body(text, kind)?,
        };
        let has_secret = self.count > before;
        let usual = match &body {
            DraftBody::Json(_) if !kind.ends_with("json") => Some(JSON),
            DraftBody::Form(_) if kind != FORM => Some(FORM),
            DraftBody::Text(_) if has_secret && kind != FORM => Some(FORM),
            _ => None,
        };
        if let Some(usual) = usual {
            request.headers.retain(|(name, _)| name != "content-type");
            request.headers.push(("content-type".to_owned(), usual.to_owned()));
            if has_secret && matches!(&raw.body, Some(RawBody::Text(_))) {
                let no_longer =
                    if kind.is_empty() { String::new() } else { format!(", and no longer as `{kind}`") };
                self.file.note(format!(
                    "{}: its body has a secret, so the check sends it as `{usual}`, which it is{no_longer}",
                    self.item
                ));
            }
        }
        let is_said = |usual: &str| {
            request.headers.iter().any(|(name, value)| name == "content-type" && value == usual)
        };
        if matches!(&body, DraftBody::Json(_)) && is_said(JSON)
            || matches!(&body, DraftBody::Form(_)) && is_said(FORM)
        {
            request.headers.retain(|(name, _)| name != "content-type");
        }
        request.body = Some(body);
        Ok(())
    }

    fn text_body(&mut self, text: &str, kind: &str) -> Result<DraftBody, String> {
        if let Ok(value @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str::<Value>(text) {
            let before = self.count;
            let sealed = self.json(value, "", false, "$")?;
            // Without a secret, and short, it stays the text that it was; people know it again.
            let is_json = self.count > before || kind.ends_with("json") && sealed.is_object();
            if is_json {
                return Ok(DraftBody::Json(sealed));
            }
            return self.file.with(text, Preset::Environment).map(DraftBody::Text);
        }
        if let Some(pairs) = pairs(text) {
            let names: BTreeSet<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
            let is_table = names.len() == pairs.len() && !text.split('&').any(|pair| !pair.contains('='));
            let is_secret = |(name, value): &(String, String)| {
                !value.is_empty() && is_secret_name(name) || self.is_secret(value)
            };
            if kind == FORM || pairs.iter().any(is_secret) {
                return if is_table {
                    self.form(pairs)
                } else {
                    Ok(DraftBody::Text(self.pairs(text.trim_end_matches(['\r', '\n']), Place::Form)?))
                };
            }
        }
        let named = named_secret(text);
        if named.is_some() || self.is_secret(text) {
            let what = named.map_or_else(String::new, |name| format!(" (`{name}`)"));
            return Err(format!(
                "its body holds what looks like a secret{what}: a secret can stand in a body only as a field of a form or of JSON"
            ));
        }
        Ok(DraftBody::Text(self.file.with(text, Preset::Environment)?))
    }

    fn form(&mut self, fields: Vec<(String, String)>) -> Result<DraftBody, String> {
        let mut sealed = Vec::new();
        for (name, value) in fields {
            let name = self.plain_name(&name)?;
            let value = self.value(&name, &value, is_secret_parameter(&name), &Place::Form(name.clone()))?;
            sealed.push((name, value));
        }
        Ok(DraftBody::Form(sealed))
    }

    /// `name` is that of the member, `path` leads to it. What lies in a secret is one.
    fn json(&mut self, value: Value, name: &str, is_named: bool, path: &str) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => {
                Value::String(self.value(name, &text, is_named, &Place::Json(path.to_owned()))?)
            }
            Value::Array(items) => {
                let items = items.into_iter().enumerate();
                items
                    .map(|(index, item)| self.json(item, name, is_named, &format!("{path}[{index}]")))
                    .collect::<Result<_, _>>()?
            }
            Value::Object(members) => {
                let mut sealed = serde_json::Map::new();
                for (name, member) in members {
                    let name = self.plain_name(&name)?;
                    let below = format!("{path}{}", json_segment(&name));
                    let is_named = is_named || is_secret_name(&name);
                    let member = self.json(member, &name, is_named, &below)?;
                    sealed.insert(name, member);
                }
                Value::Object(sealed)
            }
            Value::Number(_) if is_named => {
                return Err(format!(
                    "`{name}` of its JSON is a number, and by its name a secret, which the runner puts in only as text: write it as text if \
                     the service reads that, or leave it out"
                ));
            }
            other => other,
        })
    }
}

/// The decoded pairs of a form, if the text is one: names and values of the letters that an encoded form has.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let text = text.trim_end_matches(['\r', '\n']);
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.[]%+*${}:".contains(letter);
    let is_of_value = |letter: char| !letter.is_whitespace() && !"<>\"".contains(letter) || letter == ' ';
    let mut pairs = Vec::new();
    if !text.contains('=') {
        return None;
    }
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if name.is_empty() || !name.chars().all(is_of_name) || !value.chars().all(is_of_value) {
            return None;
        }
        pairs.push((decoded(&name.replace('+', " ")), decoded(&value.replace('+', " "))));
    }
    Some(pairs)
}
