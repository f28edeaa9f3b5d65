//! Where journeys come from: projects, which are built, and components, which exist already.
//!
//! Everything that was named is looked for before anything is built.

use std::path::{Path, PathBuf};
use std::time::Duration;

use wayfarer_model::units::Micros;

use super::CliError;
use super::global::Console;
use crate::author::languages::{Artefact, build, built};
use crate::author::report::Detail;
use crate::author::session::ComponentError;
use crate::clock::Stopwatch;
use crate::config::Project;

/// A build that took less is no news.
const QUICK: Duration = Duration::from_secs(2);

/// A project and its component.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) project: Project,
    /// None if the project has HTTP checks only.
    pub(super) artefact: Option<Artefact>,
}

/// What was named, before it is built.
#[derive(Debug)]
pub(super) enum Found {
    Project(Project),
    Component(Source),
}

impl Found {
    pub(super) fn project(&self) -> &Project {
        match self {
            Self::Project(project) | Self::Component(Source { project, .. }) => project,
        }
    }

    pub(super) fn built(self, no_build: bool, console: Console) -> Result<Source, CliError> {
        match self {
            Self::Project(project) => built_source(project, no_build, console),
            Self::Component(source) => Ok(source),
        }
    }
}

/// Whether an argument names a project by its file, such as `checks.toml`.
pub(super) fn is_project_file(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "toml")
}

/// The named project; the nearest one from the current folder upward if none is named.
pub(super) fn project(named: Option<&Path>) -> Result<Project, CliError> {
    if let Some(dir) = named {
        return Ok(Project::named(dir)?);
    }
    let here = std::env::current_dir().map_err(anyhow::Error::from)?;
    Ok(Project::around(&here)?)
}

/// A built component, and the `journey.toml` beside it if there is one.
pub(super) fn component(path: &Path) -> Result<Source, CliError> {
    let project = Project::beside(path)?;
    let wasm =
        std::fs::read(path).map_err(|source| ComponentError::Unreadable { path: path.to_owned(), source })?;
    Ok(Source { project, artefact: Some(Artefact { path: path.to_owned(), wasm }) })
}

/// Builds a project, unless it has HTTP checks and no code.
pub(super) fn built_source(project: Project, no_build: bool, console: Console) -> Result<Source, CliError> {
    let toml = &project.toml;
    let has_code =
        project.may_have_code() && (toml.build.is_given() || project.dir.join("Cargo.toml").is_file());
    let artefact = match (has_code || project.may_have_code() && toml.http_checks.is_empty(), no_build) {
        (false, _) => None,
        (true, true) => Some(built(&project)?),
        (true, false) => Some(build_aloud(&project, console)?),
    };
    Ok(Source { project, artefact })
}

/// Says what is built, and how long it took if a person had to wait.
fn build_aloud(project: &Project, console: Console) -> Result<Artefact, CliError> {
    let watch = Stopwatch::start();
    console.say(&format!("building {}", project.dir.display()));
    let artefact = build(project, console.detail == Detail::Quiet)?;
    if watch.elapsed() > QUICK {
        console.say(&format!("built in {}", Micros::from_duration(watch.elapsed())));
    }
    Ok(artefact)
}

/// All named projects and components; the nearest project if none is named.
pub(super) fn found(projects: &[PathBuf], components: &[PathBuf]) -> Result<Vec<Found>, CliError> {
    let mut found =
        projects.iter().map(|dir| project(Some(dir)).map(Found::Project)).collect::<Result<Vec<_>, _>>()?;
    if projects.is_empty() && components.is_empty() {
        found.push(Found::Project(project(None)?));
    }
    for path in components {
        found.push(Found::Component(component(path)?));
    }
    Ok(found)
}

pub(super) fn sources(
    projects: &[PathBuf],
    components: &[PathBuf],
    no_build: bool,
    console: Console,
) -> Result<Vec<Source>, CliError> {
    found(projects, components)?.into_iter().map(|found| found.built(no_build, console)).collect()
}
