//! `wayfarer check`: whether a component can be run, and which journeys it has.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;
use wayfarer_model::descriptor::{Descriptor, SecretNeed};
use wayfarer_model::parameter::{Parameter, ParameterKind};
use wayfarer_model::text::{printable, printable_lines};
use wayfarer_model::units::{Bytes, Micros};
use wayfarer_sandbox::Component;

use crate::app;
use crate::author::report::Detail;
use crate::cli::CliError;
use crate::cli::catalogue::catalogue;
use crate::cli::global::{Console, Global};
use crate::cli::source::{Source, built_source, component, project};
use crate::cli::walk::runtime;
use crate::exit::Exit;
use crate::runnable::JourneyCode;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The component to check; by default the project's, which is built first
    file: Option<PathBuf>,
    /// The project's folder; by default the nearest one with a journey.toml, from the current folder upward
    #[arg(short = 'C', long, value_name = "DIR", conflicts_with = "file")]
    project: Option<PathBuf>,
    /// Also exit with code 3 if no journey can record a check, because the component does not import `wayfarer:journey/checks`.
    /// Only a run shows whether a journey that can record one does: `wayfarer test --strict`
    #[arg(long, env = "WAYFARER_STRICT")]
    strict: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let source = match &args.file {
        Some(file) => component(file)?,
        None => built_source(project(args.project.as_deref())?, false, console.detail == Detail::Quiet)?,
    };
    let sources = [source];
    runtime()?.block_on(async {
        let app = app::author(global.cache_dir(&user), 1)?;
        let entries = catalogue(&app, &sources).await?;
        let journeys: Vec<&Descriptor> = entries.iter().map(|entry| &*entry.of.journey).collect();
        let component = entries.iter().find_map(|entry| match &*entry.code {
            JourneyCode::Guest(component) => Some(component),
            JourneyCode::HttpCheck(_) => None,
        });
        let [source] = &sources;
        print(console, source, component, &journeys);
        let is_unchecked = component.is_some_and(|component| !component.imports_checks());
        if is_unchecked {
            console.say(
                "no journey of this component records a check: the component does not import `wayfarer:journey/checks`. A run that \
                 returns without a failure is good, whatever the target answers: check a status or a value",
            );
        }
        Ok(if is_unchecked && args.strict { Exit::Broken } else { Exit::Passed })
    })
}

fn print(console: Console, source: &Source, component: Option<&Component>, journeys: &[&Descriptor]) {
    let path = source.artefact.as_ref().map(|artefact| artefact.path.display().to_string());
    if console.json {
        console.print_json(&json!({
            "component": path,
            "size": component.map(Component::size),
            "digest": component.map(Component::digest),
            "imports": component.map(Component::imports),
            "imports_checks": component.map(Component::imports_checks),
            "journeys": journeys,
        }));
        return;
    }
    if let (Some(path), Some(component)) = (path, component) {
        console.print(&format!("component  {}\nsize       {}\n", printable(&path), Bytes(component.size())));
        console.print(&format!("digest     {}\n", component.digest()));
        let imports = printable_lines(&component.imports().join("\n           ")).into_owned();
        console.print(&format!("imports    {imports}\n"));
    }
    for journey in journeys {
        console.print(&format!("\n{}", shown(console, journey)));
    }
}

fn shown(console: Console, journey: &Descriptor) -> String {
    let mut text = format!("{}  {}", console.out.bold(journey.name.as_str()), printable(&journey.title))
        .trim_end()
        .to_owned();
    text.push('\n');
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {name:<11}{}", printable(&value));
        }
    };
    row("owner", journey.owner.clone());
    row("runbook", journey.runbook.clone());
    let timezone = journey.timezone.as_deref().unwrap_or("UTC");
    row(
        "schedule",
        journey.schedule.as_ref().map_or_else(String::new, |schedule| format!("{schedule}  {timezone}")),
    );
    row(
        "timeout",
        journey.timeout.map_or_else(String::new, |limit| Micros::from_duration(limit).to_string()),
    );
    row("retries", journey.retries.map_or_else(String::new, |retries| retries.to_string()));
    row("tags", journey.tags.join(", "));
    row("steps", journey.steps.join(", "));
    for (position, parameter) in journey.parameters.iter().enumerate() {
        row(if position == 0 { "parameters" } else { "" }, described(parameter));
    }
    for (position, secret) in journey.secrets.iter().enumerate() {
        row(if position == 0 { "secrets" } else { "" }, needed(secret));
    }
    row("hosts", journey.hosts.join(", "));
    row("cleanups", journey.cleanups.join(", "));
    text
}

fn needed(secret: &SecretNeed) -> String {
    let place = secret.place.as_ref().map_or_else(String::new, |place| format!("  at {place}"));
    let presence = if secret.required { "" } else { "  optional" };
    let title = if secret.title.is_empty() { String::new() } else { format!("  {}", secret.title) };
    format!("{}{place}{presence}{title}", secret.name)
}

fn described(parameter: &Parameter) -> String {
    let kind = match &parameter.kind {
        ParameterKind::Text => "text".to_owned(),
        ParameterKind::Integer => "integer".to_owned(),
        ParameterKind::Number => "number".to_owned(),
        ParameterKind::Boolean => "boolean".to_owned(),
        ParameterKind::Url => "url".to_owned(),
        ParameterKind::Duration => "duration".to_owned(),
        ParameterKind::Choice(words) => format!("one of {}", words.join(", ")),
    };
    let presence = match (&parameter.preset, parameter.required) {
        (Some(preset), _) => format!(", `{preset}` if not given"),
        (None, true) => ", required".to_owned(),
        (None, false) => String::new(),
    };
    let title = if parameter.title.is_empty() { String::new() } else { format!("  {}", parameter.title) };
    format!("{}  {kind}{presence}{title}", parameter.name)
}
