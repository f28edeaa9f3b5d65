//! What blackbox modules probe: URLs of the command line, scrape configurations of Prometheus, and files of its service discovery.

use std::time::Duration;

use serde_json::Value;

use super::error::ImportError;
use super::fields::{Fields, scalar};
use super::{document, durations};
use crate::author::check_file::DraftFile;

/// How often Prometheus scrapes unless its file says otherwise.
const INTERVAL: Duration = Duration::from_mins(1);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) url: String,
    /// Every module of HTTP, if none is named.
    pub(super) module: Option<String>,
    pub(super) interval: Duration,
    /// The job, and the values of labels.
    pub(super) tags: Vec<String>,
}

/// Those of the command line.
pub(super) fn named(urls: &[String]) -> Vec<Target> {
    urls.iter().map(|url| target(url, None, INTERVAL, Vec::new())).collect()
}

/// Those of a file: a configuration of Prometheus, or a list of groups.
pub(super) fn of_file(path: &str, text: &str, file: &mut DraftFile) -> Result<Vec<Target>, ImportError> {
    let document = document::read(text).map_err(|error| in_file(path, &error))?;
    if document.is_array() {
        return Ok(groups(&document, None, INTERVAL, None));
    }
    let wrong = || ImportError::Shape {
        line: None,
        what: format!("{path} has neither `scrape_configs` nor a list of groups with `targets`"),
    };
    let jobs = document.get("scrape_configs").and_then(Value::as_array).ok_or_else(wrong)?;
    let interval =
        |value: &Value| value.get("scrape_interval").and_then(Value::as_str).and_then(durations::read);
    let usual = document.get("global").and_then(interval).unwrap_or(INTERVAL);
    let mut targets = Vec::new();
    for job in jobs {
        let mut fields = Fields::of(job);
        let name = fields.raw_text("job_name").unwrap_or_default();
        if fields.raw_text("metrics_path").as_deref() != Some("/probe") {
            continue;
        }
        let module = fields.below("params").texts("module").into_iter().next();
        let every = interval(job).unwrap_or(usual);
        if let Some(list) = fields.value("static_configs") {
            targets.extend(groups(list, module.as_ref(), every, Some(&name)));
        }
        fields.ignore(&[
            "params",
            "scrape_interval",
            "scrape_timeout",
            "relabel_configs",
            "honor_labels",
            "scheme",
        ]);
        let left: Vec<&str> = fields.left().collect();
        for key in left {
            let mend = if key == "file_sd_configs" { ": name its files with `--targets`" } else { "" };
            file.lose(format!("job {name}"), format!("`{key}` is not carried over{mend}"));
        }
    }
    Ok(targets)
}

fn in_file(path: &str, error: &ImportError) -> ImportError {
    let line = error.line().map(|line| format!(":{line}")).unwrap_or_default();
    ImportError::Malformed { line: None, what: format!("{path}{line}: {error}") }
}

fn groups(list: &Value, module: Option<&String>, interval: Duration, job: Option<&str>) -> Vec<Target> {
    let mut targets = Vec::new();
    for group in list.as_array().into_iter().flatten() {
        let mut group = Fields::of(group);
        let labels = group.value("labels").and_then(Value::as_object);
        let labels: Vec<(&String, String)> =
            labels.into_iter().flatten().filter_map(|(name, value)| Some((name, scalar(value)?))).collect();
        let own = labels.iter().find(|(name, _)| *name == "__param_module").map(|(_, value)| value.clone());
        let shown = labels.iter().filter(|(name, _)| !name.starts_with("__"));
        let tags: Vec<String> =
            job.map(str::to_owned).into_iter().chain(shown.map(|(_, value)| value.clone())).collect();
        for url in group.texts("targets") {
            targets.push(target(&url, own.clone().or_else(|| module.cloned()), interval, tags.clone()));
        }
    }
    targets
}

/// The exporter takes a target without a scheme for one of plain HTTP.
fn target(url: &str, module: Option<String>, interval: Duration, tags: Vec<String>) -> Target {
    let has_scheme = url.starts_with("http://") || url.starts_with("https://");
    let url = if has_scheme { url.to_owned() } else { format!("http://{url}") };
    Target { url, module, interval, tags }
}
