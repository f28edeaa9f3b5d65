//! `blackbox_exporter`'s modules: each that probes HTTP, toward each of its targets, is a check.
//!
//! A module names no URL. Its targets come from the command line, or from Prometheus's own files.

use serde_json::Value;

use super::blackbox_targets::{self as targets, Target};
use super::format::Extras;
use super::{ImportError, blackbox_module};
use crate::author::check_file::DraftFile;

pub(super) fn import(
    text: &str,
    document: &Value,
    extras: &Extras,
    file: &mut DraftFile,
) -> Result<(), ImportError> {
    let modules = match document.get("modules") {
        Some(Value::Object(modules)) => modules,
        Some(_) => return Err(ImportError::at(text, "modules", "`modules` is no table of modules")),
        None => {
            let what = "it has no `modules`: this is no configuration of blackbox_exporter";
            return Err(ImportError::Shape { line: None, what: what.to_owned() });
        }
    };
    let mut all = targets::named(&extras.targets);
    for (path, text) in &extras.target_files {
        all.extend(targets::of_file(path, text, file)?);
    }
    if all.is_empty() {
        file.lose(
            "modules",
            "they name no URLs: add `--target URL`, or `--targets FILE` with Prometheus's scrape configuration or a file of its service \
             discovery",
        );
        return Ok(());
    }
    for (name, module) in modules {
        let prober = module.get("prober").and_then(Value::as_str).unwrap_or_default();
        if prober != "http" {
            file.lose(name, format!("its prober is `{prober}`, and a check sends HTTP requests"));
            continue;
        }
        for target in of_module(name, &all) {
            if let Err(why) = blackbox_module::carry(name, module, target, file) {
                file.lose(name, why);
            }
        }
    }
    for target in &all {
        if let Some(module) = target.module.as_ref().filter(|module| !modules.contains_key(*module)) {
            file.lose(&target.url, format!("its module `{module}` is not in the file"));
        }
    }
    Ok(())
}

/// Targets that name no module are of every one.
fn of_module<'t>(name: &'t str, all: &'t [Target]) -> impl Iterator<Item = &'t Target> {
    all.iter().filter(move |target| target.module.as_ref().is_none_or(|module| module == name))
}
