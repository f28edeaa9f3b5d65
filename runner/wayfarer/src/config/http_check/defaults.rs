//! `[http-check-defaults]`, and what the tables of a file become when it has been read: complete, without `body_file`.
//!
//! A check's own keys go before the defaults. Credentials of a request's own leave out those of the defaults, whichever key says them; bodies the defaults cannot have.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use data_encoding::BASE64;
use wayfarer_model::units::Bytes as Size;
use wayfarer_sandbox::http_check::{Template, TemplateError};

use super::table::{HttpCheckTable, RequestTable};
use crate::config::Text;

/// Keys that one check has for itself.
const OWN: [&str; 9] =
    ["name", "url", "request", "capture", "body", "body_json", "body_form", "body_file", "body_base64"];

/// The most bytes of a `body_file`: a deployment carries it.
const LARGEST_FILE: u64 = 512 << 10;

/// The tables of a file, complete.
///
/// # Errors
/// What is wrong, with the name of its table.
pub(crate) fn completed(
    checks: &BTreeMap<String, HttpCheckTable>,
    defaults: &HttpCheckTable,
    folder: &Path,
) -> Result<BTreeMap<String, HttpCheckTable>, String> {
    let misplaced: Vec<&str> = defaults.written().into_iter().filter(|key| OWN.contains(key)).collect();
    if !misplaced.is_empty() {
        let keys = misplaced.join("`, `");
        return Err(format!(
            "[http-check-defaults] has `{keys}`, which each check has for itself: write it there"
        ));
    }
    let complete = |(name, table): (&String, &HttpCheckTable)| {
        let table = table.clone().completed(name, defaults, folder);
        let table = table.and_then(|table| table.check().map(|_| table));
        table.map(|table| (name.clone(), table)).map_err(|why| format!("[http-check.{name}]: {why}"))
    };
    checks.iter().map(complete).collect()
}

impl HttpCheckTable {
    fn completed(self, name: &str, defaults: &Self, folder: &Path) -> Result<Self, String> {
        let of_requests = defaults.own_request();
        let mut defaults = defaults.clone().with_own_request(RequestTable::default());
        // A check that all depend on does not depend on itself.
        if let Some(needed) = &mut defaults.depends_on {
            needed.0.retain(|needed| needed.0.as_str() != name);
        }
        let own = self.own_request();
        if self.request.is_none() {
            let own = own.completed(&of_requests, folder)?;
            return Ok(self.or(&defaults).with_own_request(own));
        }
        let table = self.or(&defaults);
        let requests = table.request.clone().unwrap_or_default().into_iter();
        let requests = requests.map(|request| request.completed(&of_requests, folder));
        Ok(Self { request: Some(requests.collect::<Result<_, _>>()?), ..table })
    }
}

impl RequestTable {
    fn completed(self, defaults: &Self, folder: &Path) -> Result<Self, String> {
        let mut defaults = defaults.clone();
        let has_header = self.headers.iter().flatten().any(|(name, _)| name.0.is("authorization"));
        if self.basic.is_some() || self.bearer.is_some() || has_header {
            (defaults.basic, defaults.bearer) = (None, None);
            if let Some(headers) = &mut defaults.headers {
                headers.retain(|name, _| !name.0.is("authorization"));
            }
        }
        self.or(&defaults).with_file(folder)
    }

    /// The same with the content of its `body_file`.
    fn with_file(mut self, folder: &Path) -> Result<Self, String> {
        if self.body.is_some()
            || self.body_json.is_some()
            || self.body_form.is_some()
            || self.body_base64.is_some()
        {
            // With two bodies there is an error that names both.
            return Ok(self);
        }
        let Some(file) = self.body_file.take() else { return Ok(self) };
        let path = folder.join(&file);
        let failed = |why: String| format!("its `body_file` {} {why}", path.display());
        let content = content(&path).map_err(failed)?;
        match String::from_utf8(content) {
            Ok(text) => {
                let template = text.parse::<Template>();
                self.body = Some(Text(
                    template.map_err(|error: TemplateError| failed(format!("cannot be used: {error}")))?,
                ));
            }
            Err(error) => self.body_base64 = Some(BASE64.encode(error.as_bytes())),
        }
        Ok(self)
    }
}

/// The content of a regular file: reading of a pipe, or of a device, may never end. The error is the rest of a sentence.
fn content(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("cannot be read: {error}");
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err("is no regular file: write the path of one".to_owned());
    }
    let mut content = Vec::new();
    // One byte more tells that there is more.
    std::fs::File::open(path)
        .map_err(failed)?
        .take(LARGEST_FILE + 1)
        .read_to_end(&mut content)
        .map_err(failed)?;
    if content.len() as u64 > LARGEST_FILE {
        return Err(format!(
            "has more than {}, which is the most that a deployment carries: send a smaller one",
            Size(LARGEST_FILE)
        ));
    }
    Ok(content)
}
