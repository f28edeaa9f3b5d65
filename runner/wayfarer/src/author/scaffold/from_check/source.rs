//! The file `src/lib.rs`: one journey with a step for each request.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use wayfarer_model::ids::JourneyName;
use wayfarer_sandbox::http_check::{CheckBody, HttpCheck};

use super::expressions::{Scope, quoted};
use super::identifiers::{Fields, identifier};
use super::requests::calls;
use super::rules::{captured, checks};
use super::support::Support;
use crate::config::{FromText as _, HttpCheckTable, ScheduleChoice, Text, needs};

/// What `new --from-check` writes beside the manifest.
#[derive(Debug)]
pub(in crate::author::scaffold) struct Source {
    pub(in crate::author::scaffold) text: String,
    /// Bodies that are no text, by their names beside it.
    pub(in crate::author::scaffold) bodies: Vec<(String, Vec<u8>)>,
    pub(in crate::author::scaffold) has_patterns: bool,
    pub(in crate::author::scaffold) fields: Fields,
}

/// The journey that does what the check does.
pub(in crate::author::scaffold) fn source(
    name: &JourneyName,
    table: &HttpCheckTable,
    check: &HttpCheck,
) -> Source {
    let needed = needs(check);
    let fields = Fields::new(needed.params.iter(), needed.secrets.keys());
    let mut scope = Scope { fields: &fields, captured: BTreeMap::new() };
    let mut support = Support::default();
    let mut bodies = Vec::new();
    let mut steps = String::new();
    for (request, number) in check.requests.iter().zip(1..) {
        let file = format!("body_{number}.bin");
        if let CheckBody::Bytes(bytes) = &request.body {
            bodies.push((file.clone(), bytes.to_vec()));
        }
        let names: Vec<String> = request.captures.iter().map(|(name, _)| identifier(name)).collect();
        let pattern = tuple(&names);
        let begin = if names.is_empty() { String::new() } else { format!("let {pattern} = ") };
        // Writing to a string does not fail.
        let _ = writeln!(steps, "    {begin}j.step({}, || {{", quoted(&request.name));
        let _ = writeln!(steps, "        let answer = http");
        for call in calls(request, &scope, &file) {
            let _ = writeln!(steps, "            {call}");
        }
        steps.truncate(steps.trim_end().len());
        steps.push_str(";\n");
        for line in checks(&request.rules, &scope, &mut support).iter().flat_map(|line| line.lines()) {
            let _ = writeln!(steps, "        {line}");
        }
        let values: Vec<String> =
            request.captures.iter().map(|(_, capture)| captured(capture, &scope, &mut support)).collect();
        let _ = writeln!(
            steps,
            "        Ok({})",
            if values.is_empty() { "()".to_owned() } else { tuple(&values) }
        );
        let _ = writeln!(steps, "    }})?;");
        for ((name, _), identifier) in request.captures.iter().zip(names) {
            scope.captured.insert(name.clone(), identifier);
        }
    }
    let has_patterns = support.has_patterns();
    let text = whole(name, table, &Parts { steps: &steps, fields: &fields, support: &support });
    Source { text, bodies, has_patterns, fields }
}

fn tuple(parts: &[String]) -> String {
    if let [one] = parts { one.clone() } else { format!("({})", parts.join(", ")) }
}

struct Parts<'p> {
    steps: &'p str,
    fields: &'p Fields,
    support: &'p Support,
}

fn whole(name: &JourneyName, table: &HttpCheckTable, parts: &Parts<'_>) -> String {
    let mut text =
        format!("//! The check `{name}` as a journey, written by `wayfarer new --from-check`.\n\n");
    if parts.support.has_values() {
        text.push_str("use wayfarer_sdk::Value;\n");
    }
    let options: Vec<&str> = [("Redirects::", "Redirects"), ("Timeouts::", "Timeouts")]
        .into_iter()
        .filter_map(|(call, name)| parts.steps.contains(call).then_some(name))
        .collect();
    if !options.is_empty() {
        let _ = writeln!(text, "use wayfarer_sdk::http::{{{}}};", options.join(", "));
    }
    text.push_str("use wayfarer_sdk::prelude::*;\n\n");
    let has_fields = !parts.fields.params.is_empty() || !parts.fields.secrets.is_empty();
    if has_fields {
        text.push_str("/// What the journey is given.\n#[derive(Params)]\nstruct Given {\n");
        text.extend(parts.fields.params.values().map(|field| format!("    {field}: String,\n")));
        text.extend(
            parts.fields.secrets.values().map(|field| format!("    #[secret]\n    {field}: Secret,\n")),
        );
        text.push_str("}\n\n");
    }
    let function = identifier(name.as_str());
    let given = if has_fields { ", given: Given" } else { "" };
    let _ = write!(
        text,
        "#[journey({})]\nfn {function}(j: &Journey{given}) -> Outcome {{\n    let http = j.http();\n{}    Ok(())\n}}\n\njourneys![{function}];\n",
        settings(name, table).join(", "),
        parts.steps
    );
    text + &parts.support.text()
}

/// The journey's settings that stand in the code.
fn settings(name: &JourneyName, table: &HttpCheckTable) -> Vec<String> {
    let mut settings = vec![format!("name = {}", quoted(name.as_str()))];
    if let Some(Text(ScheduleChoice::On(schedule))) = &table.schedule {
        settings.push(format!("schedule = {}", quoted(&schedule.to_string())));
    }
    if let Some(Text(timezone)) = table.timezone {
        settings.push(format!("timezone = {}", quoted(&timezone.to_string())));
    }
    if let Some(Text(timeout)) = table.timeout {
        settings.push(format!("timeout = {}", quoted(&Duration::to_text(&timeout))));
    }
    if let Some(retries) = table.retries {
        settings.push(format!("retries = {retries}"));
    }
    for (key, value) in [("owner", &table.owner), ("runbook", &table.runbook)] {
        settings.extend(value.as_ref().map(|value| format!("{key} = {}", quoted(value))));
    }
    let tags: Vec<String> = table.tags.iter().flatten().map(|tag| quoted(tag)).collect();
    if !tags.is_empty() {
        settings.push(format!("tags = [{}]", tags.join(", ")));
    }
    settings
}
