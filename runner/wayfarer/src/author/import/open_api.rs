//! OpenAPI 3.0 and 3.1: each operation whose parameters and body have examples is a check.

use serde_json::Value;
use url::Url;

use super::ImportError;
use super::format::Extras;
use super::open_api_document::Document;
use super::open_api_operation::Operation;
use crate::author::check_file::DraftFile;

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/// Operations of these methods change what they are about.
const CHANGING: [&str; 4] = ["put", "post", "delete", "patch"];

pub(super) fn import(
    text: &str,
    root: Value,
    extras: &Extras,
    file: &mut DraftFile,
) -> Result<(), ImportError> {
    let version = root.get("openapi").and_then(super::fields::scalar).unwrap_or_default();
    if !version.starts_with("3.") {
        let what = if root.get("swagger").is_some() {
            "it is Swagger 2, and `wayfarer import` reads OpenAPI 3: convert it first, by `npx swagger2openapi`"
        } else {
            "it has no `openapi: 3.…`: this is no document of OpenAPI 3"
        };
        return Err(ImportError::at(text, "swagger", what));
    }
    let document = Document::new(root);
    let base = base(&document, extras).map_err(|what| ImportError::at(text, "servers", what))?;
    let paths = document.root().get("paths").and_then(Value::as_object);
    let mut is_changing = false;
    for (path, written) in paths.into_iter().flatten() {
        let Some(around) = document.resolved(written) else {
            file.lose(path, "it refers to what is not in the document");
            continue;
        };
        for method in METHODS {
            let Some(operation) = around.get(method) else { continue };
            let operation = Operation { document: &document, base: &base, path, method, around, operation };
            match operation.carry(file) {
                Ok(()) => is_changing |= CHANGING.contains(&method),
                Err(why) => file.lose(operation.item(), why),
            }
        }
    }
    if document.root().get("webhooks").is_some() {
        file.lose("webhooks", "they are requests that the API sends");
    }
    if !file.checks.is_empty() {
        file.note("the document does not say how often: write `schedule`");
    }
    if is_changing {
        file.note("checks of POST, PUT, PATCH and DELETE change what they are about each time that they run");
    }
    Ok(())
}

/// The URL that paths follow: that of the command line, or the first server's.
fn base(document: &Document, extras: &Extras) -> Result<String, String> {
    if let Some(target) = extras.targets.first() {
        return Ok(target.clone());
    }
    let server = document.root().pointer("/servers/0");
    let mut url =
        server.and_then(|server| server.get("url")).and_then(Value::as_str).unwrap_or("/").to_owned();
    let variables = server.and_then(|server| server.get("variables")).and_then(Value::as_object);
    for (name, variable) in variables.into_iter().flatten() {
        let value = variable.get("default").and_then(Value::as_str).unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), value);
    }
    match Url::parse(&url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Ok(url),
        _ => {
            Err("its first server is no http or https URL: say where the API is, by `--target URL`"
                .to_owned())
        }
    }
}
