//! The formats, how each is known by its content, and the one match that leads to its importer.

use serde_json::Value;

use super::error::ImportError;
use super::{blackbox, curl, document, gatus, har, open_api, uptime_kuma};
use crate::author::check_file::DraftFile;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Gatus,
    Blackbox,
    UptimeKuma,
    Har,
    OpenApi,
    Curl,
}

/// What the command line adds to a file.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// URLs: what blackbox modules probe, or where an API of an OpenAPI document is.
    pub(crate) targets: Vec<String>,
    /// The texts of Prometheus's files with targets, by the paths that errors name.
    pub(crate) target_files: Vec<(String, String)>,
}

impl Format {
    pub(crate) const ALL: [Self; 6] =
        [Self::Gatus, Self::Blackbox, Self::UptimeKuma, Self::Har, Self::OpenApi, Self::Curl];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gatus => "gatus",
            Self::Blackbox => "blackbox",
            Self::UptimeKuma => "uptime-kuma",
            Self::Har => "har",
            Self::OpenApi => "openapi",
            Self::Curl => "curl",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    pub(crate) fn names() -> String {
        Self::ALL.map(|format| format!("`{}`", format.name())).join(", ")
    }

    /// The format that the content has.
    fn of(text: &str) -> Result<Self, ImportError> {
        if is_shell(text) {
            return Ok(Self::Curl);
        }
        let read = document::read(text);
        if calls_curl(text) && !read.as_ref().is_ok_and(|value| value.is_object() || value.is_array()) {
            return Ok(Self::Curl);
        }
        let value = read?;
        let has = |name: &str| value.get(name).is_some();
        let of_log = value.get("log").is_some_and(|log| log.get("entries").is_some());
        let format = if has("openapi") || has("swagger") {
            Self::OpenApi
        } else if of_log {
            Self::Har
        } else if has("monitorList") {
            Self::UptimeKuma
        } else if has("modules") {
            Self::Blackbox
        } else if has("endpoints") || has("services") || has("suites") {
            Self::Gatus
        } else {
            return Err(ImportError::Unknown { known: Self::names() });
        };
        Ok(format)
    }
}

/// Whether the file says that a shell runs it, or the first line that is no comment calls curl.
fn is_shell(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let is_script = first.starts_with("#!") && first.trim_end().ends_with("sh");
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    is_script || lines.next().is_some_and(is_call)
}

fn calls_curl(text: &str) -> bool {
    text.lines().map(str::trim).any(is_call)
}

fn is_call(line: &str) -> bool {
    let first = line.trim_start_matches("$ ").split_whitespace().next().unwrap_or_default();
    first.rsplit('/').next().is_some_and(|name| matches!(name, "curl" | "curl.exe"))
}

/// Adds everything that a text states to the draft, and lists what it cannot add. Returns the format.
pub(crate) fn import(
    format: Option<Format>,
    text: &str,
    extras: &Extras,
    file: &mut DraftFile,
) -> Result<Format, ImportError> {
    let size = text.len() as u64;
    if size > document::LARGEST {
        return Err(ImportError::TooLarge { size, most: document::LARGEST });
    }
    let format = format.map_or_else(|| Format::of(text), Ok)?;
    let wants_target = matches!(format, Format::Blackbox | Format::OpenApi);
    let wants_files = format == Format::Blackbox;
    let unused = [
        ("--target", !extras.targets.is_empty() && !wants_target),
        ("--targets", !extras.target_files.is_empty() && !wants_files),
    ];
    if let Some((option, _)) = unused.into_iter().find(|(_, is_unused)| *is_unused) {
        let what = format!(
            "it is a file of the format `{}`, which has its URLs itself: leave `{option}` out",
            format.name()
        );
        return Err(ImportError::Shape { line: None, what });
    }
    let document = || -> Result<Value, ImportError> { document::read(text) };
    match format {
        Format::Gatus => gatus::import(text, &document()?, file)?,
        Format::Blackbox => blackbox::import(text, &document()?, extras, file)?,
        Format::UptimeKuma => uptime_kuma::import(text, &document()?, file)?,
        Format::Har => har::import(text, &document()?, file)?,
        Format::OpenApi => open_api::import(text, document()?, extras, file)?,
        Format::Curl => curl::import(text, file)?,
    }
    Ok(format)
}
