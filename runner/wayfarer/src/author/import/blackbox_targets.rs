//! What blackbox modules probe: URLs of the command line, scrape configurations of Prometheus, and files of its service discovery.

use std::time::Duration;

use serde_json::Value;
use wayfarer_model::secret_names::is_secret_name;

use super::error::ImportError;
use super::fields::{Fields, scalar};
use super::{document, durations};
use crate::author::check_file::DraftFile;

/// How often Prometheus scrapes unless its file says otherwise.
const INTERVAL: Duration = Duration::from_mins(1);
/// How long it waits then.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy)]
struct Timing {
    interval: Duration,
    timeout: Option<Duration>,
}

/// Of targets that no job has.
const ALONE: Timing = Timing { interval: INTERVAL, timeout: None };

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) url: String,
    /// Every module of HTTP, if none is named.
    pub(super) module: Option<String>,
    pub(super) interval: Duration,
    /// How long Prometheus waits for the exporter.
    pub(super) timeout: Option<Duration>,
    /// The job, and the values of labels.
    pub(super) tags: Vec<String>,
}

/// Those of the command line.
pub(super) fn named(urls: &[String]) -> Vec<Target> {
    urls.iter().map(|url| target(url, None, ALONE, Vec::new())).collect()
}

/// Those of a file: a configuration of Prometheus, or a list of groups.
pub(super) fn of_file(path: &str, text: &str, file: &mut DraftFile) -> Result<Vec<Target>, ImportError> {
    let document = document::read(text).map_err(|error| in_file(path, &error))?;
    if document.is_array() {
        return Ok(groups(&document, None, ALONE, None));
    }
    let wrong = || ImportError::Shape {
        line: None,
        what: format!("{path} has neither `scrape_configs` nor a list of groups with `targets`"),
    };
    let jobs = document.get("scrape_configs").and_then(Value::as_array).ok_or_else(wrong)?;
    let global = document.get("global").unwrap_or(&Value::Null);
    let usual = Timing {
        interval: of(global, "scrape_interval").unwrap_or(INTERVAL),
        timeout: of(global, "scrape_timeout").or(Some(TIMEOUT)),
    };
    let mut targets = Vec::new();
    for job in jobs {
        let name = job.get("job_name").and_then(scalar).unwrap_or_default();
        match of_job(&name, job, usual, file) {
            Ok(found) => targets.extend(found),
            Err(why) => file.lose(format!("job {name}"), why),
        }
    }
    Ok(targets)
}

fn of(value: &Value, name: &str) -> Option<Duration> {
    value.get(name).and_then(Value::as_str).and_then(durations::read)
}

/// The targets of one job. The error is the rest of a sentence about it.
fn of_job(name: &str, job: &Value, usual: Timing, file: &mut DraftFile) -> Result<Vec<Target>, String> {
    let mut fields = Fields::of(job);
    if fields.raw_text("metrics_path").as_deref() != Some("/probe") {
        return Err("its `metrics_path` is not `/probe`: it asks no blackbox_exporter".to_owned());
    }
    let timing = Timing {
        interval: of(job, "scrape_interval").unwrap_or(usual.interval),
        timeout: of(job, "scrape_timeout").or(usual.timeout),
    };
    let mut params = fields.below("params");
    let module = params.texts("module").into_iter().next();
    let named = params.texts("target");
    relabelled(fields.list("relabel_configs"))?;
    let item = format!("job {name}");
    params.lose_left(&item, "params.", file);
    // With a target of its own, the job's other targets are exporters.
    let mut targets: Vec<Target> =
        named.iter().map(|url| target(url, module.clone(), timing, vec![name.to_owned()])).collect();
    if let Some(list) = fields.value("static_configs").filter(|_| targets.is_empty()) {
        targets.extend(groups(list, module.as_ref(), timing, Some(name)));
    }
    fields.ignore(&["job_name", "scrape_interval", "scrape_timeout", "honor_labels", "scheme"]);
    for key in fields.left() {
        let mend = if key == "file_sd_configs" { ": name its files with `--targets`" } else { "" };
        file.lose(&item, format!("`{key}` is not carried over{mend}"));
    }
    Ok(targets)
}

/// Refuses rules that make other targets of those that are written: all but the usual ones, which hand the address to the exporter.
fn relabelled(rules: &[Value]) -> Result<(), String> {
    for rule in rules {
        let mut fields = Fields::of(rule);
        let sources = fields.texts("source_labels");
        let wanted = fields.raw_text("target_label").unwrap_or_default();
        let replacement = fields.raw_text("replacement");
        let is_as_it_is =
            replacement.as_deref().is_none_or(|replacement| matches!(replacement, "$1" | "${1}"));
        let is_usual =
            match (sources.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), wanted.as_str()) {
                (["__address__"], "__param_target") => is_as_it_is,
                (["__param_target" | "__address__"], "instance") => true,
                ([], "__address__") => replacement.is_some(),
                _ => false,
            };
        let is_whole = fields.raw_text("regex").is_none_or(|regex| regex == "(.*)");
        let is_replace = fields.raw_text("action").is_none_or(|action| action == "replace");
        if !(is_usual && is_whole && is_replace && fields.left().next().is_none()) {
            return Err(format!(
                "one of its `relabel_configs`, toward `{wanted}`, makes other targets or labels of those that are written: name its \
                 targets with `--target URL`"
            ));
        }
    }
    Ok(())
}

fn in_file(path: &str, error: &ImportError) -> ImportError {
    let line = error.line().map(|line| format!(":{line}")).unwrap_or_default();
    ImportError::Malformed { line: None, what: format!("{path}{line}: {error}") }
}

fn groups(list: &Value, module: Option<&String>, timing: Timing, job: Option<&str>) -> Vec<Target> {
    let mut targets = Vec::new();
    for group in list.as_array().into_iter().flatten() {
        let mut group = Fields::of(group);
        let labels = group.value("labels").and_then(Value::as_object);
        let labels: Vec<(&String, String)> =
            labels.into_iter().flatten().filter_map(|(name, value)| Some((name, scalar(value)?))).collect();
        let own = labels.iter().find(|(name, _)| *name == "__param_module").map(|(_, value)| value.clone());
        let shown = labels.iter().filter(|(name, _)| !name.starts_with("__") && !is_secret_name(name));
        let tags: Vec<String> =
            job.map(str::to_owned).into_iter().chain(shown.map(|(_, value)| value.clone())).collect();
        for url in group.texts("targets") {
            targets.push(target(&url, own.clone().or_else(|| module.cloned()), timing, tags.clone()));
        }
    }
    targets
}

/// The exporter takes a target without a scheme for one of plain HTTP.
fn target(url: &str, module: Option<String>, timing: Timing, tags: Vec<String>) -> Target {
    let has_scheme = url.starts_with("http://") || url.starts_with("https://");
    let url = if has_scheme { url.to_owned() } else { format!("http://{url}") };
    Target { url, module, interval: timing.interval, timeout: timing.timeout, tags }
}
