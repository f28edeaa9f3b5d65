//! All journeys of all sources, and a check that the project's file names only journeys and parameters that exist.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::{JourneyName, NameError};
use wayfarer_model::units::Bytes;
use wayfarer_sandbox::Component;

use super::CliError;
use super::global::Console;
use super::source::Source;
use crate::author::deployable::JourneyIn;
use crate::author::languages::Artefact;
use crate::author::session::App;
use crate::author::session::unknown_names;
use crate::config::Project;
use crate::runnable::{JourneyCode, ResolveErrors};

/// Opening a component that was compiled before takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// One journey of a source.
pub(super) struct Entry<'a> {
    pub(super) of: JourneyIn<'a>,
    pub(super) code: Arc<JourneyCode>,
}

/// Loads every source and lists its journeys.
pub(super) async fn catalogue<'a>(
    app: &App,
    sources: &'a [Source],
    console: Console,
) -> Result<Vec<Entry<'a>>, CliError> {
    let mut entries: Vec<Entry<'a>> = Vec::new();
    for source in sources {
        let project = &source.project;
        let first = entries.len();
        if let Some(artefact) = &source.artefact {
            let (component, journeys) = open(app, artefact, console).await?;
            let code = Arc::new(JourneyCode::Guest(component));
            check_journeys(project, &journeys)?;
            entries.extend(
                journeys
                    .into_iter()
                    .map(|journey| Entry { of: JourneyIn::new(project, journey), code: Arc::clone(&code) }),
            );
        } else {
            check_journeys(project, &[])?;
        }
        let own = entries.get(first..).unwrap_or_default();
        let names: BTreeSet<String> = own.iter().map(|entry| entry.of.journey.name.to_string()).collect();
        entries.extend(checks(project, &names)?);
        let all: Vec<&Descriptor> = entries.iter().skip(first).map(|entry| &*entry.of.journey).collect();
        check_params(project, &all)?;
    }
    Ok(entries)
}

/// Opens a component, and says so if that takes long: a component that this machine has not compiled yet.
async fn open(
    app: &App,
    artefact: &Artefact,
    console: Console,
) -> Result<(Component, Vec<Descriptor>), CliError> {
    let mut opening = std::pin::pin!(app.open(&artefact.path, &artefact.wasm));
    if let Ok(opened) = timeout(PATIENCE, &mut opening).await {
        return Ok(opened?);
    }
    let size = Bytes(artefact.wasm.len() as u64);
    let name = artefact.path.display();
    console.say(&format!("compiling {name} ({size}) for this machine; the next time it is there already"));
    Ok(opening.await?)
}

/// The checks without code of one project.
fn checks<'a>(project: &'a Project, taken: &BTreeSet<String>) -> Result<Vec<Entry<'a>>, CliError> {
    let mut entries = Vec::new();
    for (name, table) in &project.toml.http_checks {
        if taken.contains(name) {
            let rule =
                format!("[http-check.{name}]: the component has a journey of that name; use another one");
            return Err(project.rule(rule).into());
        }
        let name: JourneyName = name.parse().map_err(|error: NameError| project.rule(error.to_string()))?;
        let wrong = |why: String| project.rule(format!("[http-check.{name}]: {why}"));
        let of = JourneyIn::without_code(project, name.clone(), table).map_err(wrong)?;
        let check = table.check().map_err(wrong)?;
        entries.push(Entry { of, code: Arc::new(JourneyCode::HttpCheck(Box::new(check))) });
    }
    Ok(entries)
}

/// Every `[journeys.NAME]` must be one of the component's.
fn check_journeys(project: &Project, journeys: &[Descriptor]) -> Result<(), ResolveErrors> {
    let (toml, file) = (&project.toml, project.file_name());
    let names: Vec<&str> = journeys.iter().map(|journey| journey.name.as_str()).collect();
    let wrong = unknown_names(toml.journeys.keys().map(String::as_str), &names, |name| {
        format!("[journeys.{name}] in {file}: the component has no journey `{name}`")
    });
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into_iter().collect()) }
}

/// Every parameter in the file must be one of a journey, with or without code.
fn check_params(project: &Project, journeys: &[&Descriptor]) -> Result<(), ResolveErrors> {
    let (toml, file) = (&project.toml, project.file_name());
    let parameters: Vec<&str> = parameter_names(journeys);
    let mut wrong = Vec::new();
    let mut check = |place: &str, keys: Vec<&str>, known: &[&str]| {
        wrong.extend(unknown_names(keys, known, |key| {
            format!("{place} in {file}: no journey there has a parameter `{key}`")
        }));
    };
    check("[params]", toml.params.keys().map(String::as_str).collect(), &parameters);
    for (name, profile) in &toml.profiles {
        let keys = profile.params.keys().map(String::as_str).collect();
        check(&format!("[profiles.{name}.params]"), keys, &parameters);
    }
    for journey in journeys {
        let (name, known) = (journey.name.as_str(), parameter_names(&[*journey]));
        if let Some(table) = toml.journeys.get(name) {
            let keys = table.params.keys().map(String::as_str).collect();
            check(&format!("[journeys.{name}.params]"), keys, &known);
        } else if let Some(params) = toml.http_checks.get(name).and_then(|table| table.params.as_ref()) {
            // Defaults are for all checks: each takes what it has a placeholder for.
            let shared = toml.http_check_defaults.params.as_ref();
            let own = params.keys().filter(|key| shared.is_none_or(|shared| !shared.contains_key(*key)));
            check(&format!("[http-check.{name}.params]"), own.map(String::as_str).collect(), &known);
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into_iter().collect()) }
}

fn parameter_names<'a>(journeys: &[&'a Descriptor]) -> Vec<&'a str> {
    let names: BTreeSet<&str> = journeys
        .iter()
        .flat_map(|journey| &journey.parameters)
        .map(|parameter| parameter.name.as_str())
        .collect();
    names.into_iter().collect()
}
