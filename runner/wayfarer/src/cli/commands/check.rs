//! `wayfarer check`: whether a component can be run, and which journeys it has.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;
use wayfarer_model::deployment::AlertSettings;
use wayfarer_model::descriptor::{Descriptor, SecretNeed};
use wayfarer_model::ids::JourneyName;
use wayfarer_model::incident::{Dependencies, DependencyError, Plain};
use wayfarer_model::nearest::nearest;
use wayfarer_model::parameter::{Parameter, ParameterKind};
use wayfarer_model::text::{printable, printable_lines};
use wayfarer_model::units::{Bytes, Micros};
use wayfarer_sandbox::Component;

use crate::app;
use crate::cli::CliError;
use crate::cli::catalogue::{Entry, catalogue};
use crate::cli::global::{Console, Global};
use crate::cli::source::{Source, built_source, component, is_project_file, project};
use crate::cli::walk::runtime;
use crate::exit::Exit;
use crate::runnable::{JourneyCode, ResolveError, ResolveErrors};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The component to check, or a file of checks without code; by default the project's, which is built first
    file: Option<PathBuf>,
    /// The project's folder; by default the nearest one with a journey.toml or checks.toml, from the current folder upward
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
        Some(file) if is_project_file(file) => built_source(project(Some(file))?, false, console)?,
        Some(file) => component(file)?,
        None => built_source(project(args.project.as_deref())?, false, console)?,
    };
    let sources = [source];
    runtime()?.block_on(async {
        let app = app::author(global.cache_dir(&user), 1)?;
        let entries = catalogue(&app, &sources, console).await?;
        let journeys: Vec<&Descriptor> = entries.iter().map(|entry| &*entry.of.journey).collect();
        let component = entries.iter().find_map(|entry| match &*entry.code {
            JourneyCode::Guest(component) => Some(component),
            JourneyCode::HttpCheck(_) => None,
        });
        let [source] = &sources;
        let alerts = alerts(&entries)?;
        print(console, source, component, &journeys, &alerts);
        for note in elsewhere(&alerts) {
            console.say(&note);
        }
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

/// When people are told of each journey. Refuses a circle of `depends_on`, which no tenant can mend.
fn alerts(entries: &[Entry<'_>]) -> Result<BTreeMap<JourneyName, AlertSettings>, CliError> {
    let mut errors = Vec::new();
    let mut alerts = BTreeMap::new();
    for Entry { of, .. } in entries {
        let journey = of.journey.name.clone();
        match of.alert() {
            Ok(alert) => drop(alerts.insert(journey, alert)),
            Err(rule) => errors.push(ResolveError::Rule { journey, rule }),
        }
    }
    errors.extend(wrong_dependencies(&alerts).into_iter().filter_map(|error| match &error {
        DependencyError::Unknown { .. } => None,
        DependencyError::Circle(_) => {
            Some(ResolveError::Rule { journey: error.journey()?.clone(), rule: error.to_string() })
        }
    }));
    if errors.is_empty() { Ok(alerts) } else { Err(ResolveErrors(errors).into()) }
}

fn wrong_dependencies(alerts: &BTreeMap<JourneyName, AlertSettings>) -> Vec<DependencyError> {
    let of = alerts.iter().map(|(name, alert)| (name.clone(), alert.depends_on.clone())).collect();
    Dependencies::new(of).errors(&alerts.keys().cloned().collect())
}

/// Names in `depends_on` that only the tenant may know.
fn elsewhere(alerts: &BTreeMap<JourneyName, AlertSettings>) -> Vec<String> {
    let unknown = wrong_dependencies(alerts).into_iter().filter_map(|error| match error {
        DependencyError::Unknown { journey, needs, .. } => {
            let near = nearest(needs.as_str(), alerts.keys().map(JourneyName::as_str));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            Some(format!(
                "`{journey}` depends on `{needs}`, which is no journey here: a deployment is refused unless its tenant has it{near}"
            ))
        }
        DependencyError::Circle(_) => None,
    });
    unknown.collect()
}

fn print(
    console: Console,
    source: &Source,
    component: Option<&Component>,
    journeys: &[&Descriptor],
    alerts: &BTreeMap<JourneyName, AlertSettings>,
) {
    let path = source.artefact.as_ref().map(|artefact| artefact.path.display().to_string());
    if console.json {
        console.print_json(&json!({
            "component": path,
            "size": component.map(Component::size),
            "digest": component.map(Component::digest),
            "imports": component.map(Component::imports),
            "imports_checks": component.map(Component::imports_checks),
            "journeys": journeys,
            "alerts": alerts.iter().map(|(name, alert)| (name.as_str(), shown_in_json(alert))).collect::<BTreeMap<_, _>>(),
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
        let alert = alerts.get(&journey.name).cloned().unwrap_or_default();
        console.print(&format!("\n{}", shown(console, journey, &alert)));
    }
}

/// A look of a journey of which nothing is known fails so often by chance, and so often after a failed one.
const ASSUMED: (f64, f64) = (0.01, 0.3);

fn assumed_looks(rule: Plain) -> f64 {
    rule.mean_looks_to_false_alarm(ASSUMED.0, ASSUMED.1)
}

fn shown_in_json(AlertSettings { depends_on, rule }: &AlertSettings) -> serde_json::Value {
    let looks = rule.map(assumed_looks);
    json!({ "depends_on": depends_on, "rule": rule, "looks_between_false_alarms": looks })
}

fn rule_in_words(rule: Plain) -> String {
    format!(
        "{rule}: a false alarm every {:.0} looks, if 1 % of looks fail by chance and 30 % right after a failed one; `wayfarer \
         journeys` says it for a deployed journey's own history",
        assumed_looks(rule)
    )
}

fn shown(console: Console, journey: &Descriptor, alert: &AlertSettings) -> String {
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
    let needs: Vec<&str> = alert.depends_on.iter().map(JourneyName::as_str).collect();
    row("depends on", needs.join(", "));
    row("alert", alert.rule.map(rule_in_words).unwrap_or_default());
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
