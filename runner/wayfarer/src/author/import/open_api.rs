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
    is_version_3(text, &root)?;
    let document = Document::new(root);
    let servers = Servers::of(&document, extras, file)?;
    let paths = document.root().get("paths").and_then(Value::as_object);
    let mut is_changing = false;
    for (path, written) in paths.into_iter().flatten() {
        let Some(around) = document.resolved(written) else {
            file.lose(path, "it refers to what is not in the document");
            continue;
        };
        for method in METHODS {
            let Some(operation) = around.get(method) else { continue };
            let base =
                servers.base(operation, around).map_err(|what| ImportError::at(text, "servers", what))?;
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

fn is_version_3(text: &str, root: &Value) -> Result<(), ImportError> {
    let version = root.get("openapi").and_then(super::fields::scalar).unwrap_or_default();
    if version.starts_with("3.") {
        return Ok(());
    }
    let what = if root.get("swagger").is_some() {
        "it is Swagger 2, and `wayfarer import` reads OpenAPI 3: convert it first, by `npx swagger2openapi`"
    } else {
        "it has no `openapi: 3.…`: this is no document of OpenAPI 3"
    };
    Err(ImportError::at(text, "swagger", what))
}

/// Where the API is: what the command line says, or the nearest list of servers.
struct Servers<'d> {
    target: Option<String>,
    root: &'d Value,
}

impl<'d> Servers<'d> {
    fn of(document: &'d Document, extras: &Extras, file: &mut DraftFile) -> Result<Self, ImportError> {
        for unused in extras.targets.iter().skip(1) {
            file.lose(
                format!("--target {unused}"),
                "an API is at one place, and the first `--target` names it",
            );
        }
        Ok(Self { target: target(extras)?, root: document.root() })
    }

    /// The servers of an operation go before those of its path, and those before the document's.
    fn base(&self, operation: &Value, path: &Value) -> Result<String, String> {
        if let Some(target) = &self.target {
            return Ok(target.clone());
        }
        [operation, path, self.root].into_iter().find_map(base).unwrap_or_else(|| server_url("/"))
    }
}

/// Where the command line says that the API is.
fn target(extras: &Extras) -> Result<Option<String>, ImportError> {
    let Some(target) = extras.targets.first() else { return Ok(None) };
    server_url(target).map(Some).map_err(|_| ImportError::Shape {
        line: None,
        what: "`--target` is no http or https URL: write it in full, such as `https://shop.example.com/v1`"
            .to_owned(),
    })
}

/// The URL of the first server of a document, a path or an operation, if it names one.
fn base(owner: &Value) -> Option<Result<String, String>> {
    let server = owner.pointer("/servers/0")?;
    let mut url = server.get("url").and_then(Value::as_str).unwrap_or("/").to_owned();
    let variables = server.get("variables").and_then(Value::as_object);
    for (name, variable) in variables.into_iter().flatten() {
        let value = variable.get("default").and_then(Value::as_str).unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), value);
    }
    Some(server_url(&url))
}

fn server_url(url: &str) -> Result<String, String> {
    match Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Ok(url.to_owned()),
        _ => {
            Err("its first server is no http or https URL: say where the API is, by `--target URL`"
                .to_owned())
        }
    }
}
