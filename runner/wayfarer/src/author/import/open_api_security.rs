//! OpenAPI's security schemes as secrets of a request.

use serde_json::Value;

use super::open_api_document::Document;
use crate::author::check_file::{RawRequest, Source, literal, words};

/// Adds what the first alternative of an operation's security asks for. The error is the rest of a sentence about the operation.
pub(super) fn add(document: &Document, operation: &Value, raw: &mut RawRequest) -> Result<(), String> {
    let security = operation.get("security").or_else(|| document.root().get("security"));
    let alternatives: Vec<&Value> = security.and_then(Value::as_array).into_iter().flatten().collect();
    if alternatives.iter().any(|one| one.as_object().is_some_and(serde_json::Map::is_empty)) {
        return Ok(());
    }
    let mut why = None;
    for alternative in alternatives {
        let mut with = raw.clone();
        let names = alternative.as_object().into_iter().flatten().map(|(name, _)| name);
        match names.into_iter().try_for_each(|name| scheme(document, name, &mut with)) {
            Ok(()) => {
                *raw = with;
                return Ok(());
            }
            Err(reason) => why = Some(reason),
        }
    }
    why.map_or(Ok(()), Err)
}

fn scheme(document: &Document, name: &str, raw: &mut RawRequest) -> Result<(), String> {
    let schemes = document.root().pointer("/components/securitySchemes");
    let scheme = schemes.and_then(|schemes| schemes.get(name)).and_then(|scheme| document.resolved(scheme));
    let scheme = scheme.ok_or_else(|| format!("its security scheme `{name}` is not in the document"))?;
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
    let variable = words(name, '_').to_ascii_uppercase();
    let secret = |suffix: &str| Source::Variable(format!("{variable}{suffix}"));
    match (text("type"), text("scheme").to_ascii_lowercase().as_str()) {
        ("http", "bearer") | ("oauth2" | "openIdConnect", _) => raw.bearer = Some(secret("")),
        ("http", "basic") => {
            raw.basic =
                Some((crate::author::check_file::variable(&format!("{variable}_USER")), secret("_PASSWORD")));
        }
        ("apiKey", _) => {
            let key = text("name").to_owned();
            let value = crate::author::check_file::variable(&variable);
            match text("in") {
                "header" => raw.headers.push((key.clone(), value)),
                "query" => raw.query.push((key.clone(), value)),
                "cookie" => raw.headers.push(("cookie".to_owned(), format!("{}={value}", literal(&key)))),
                other => return Err(format!("its key is in `{other}`")),
            }
            raw.secrets.push(key);
        }
        (kind, scheme) => {
            let kind = format!("{kind} {scheme}");
            return Err(format!("its security scheme `{name}` is of the kind `{}`", kind.trim_end()));
        }
    }
    Ok(())
}
