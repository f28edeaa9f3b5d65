//! Where journeys come from: projects, which are built, and components, which exist already.

use std::path::{Path, PathBuf};

use super::CliError;
use crate::author::languages::{Artefact, build, built};
use crate::author::session::ComponentError;
use crate::config::Project;

/// A project and its component.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) project: Project,
    /// None if the project has HTTP checks only.
    pub(super) artefact: Option<Artefact>,
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
pub(super) fn built_source(project: Project, no_build: bool, quiet: bool) -> Result<Source, CliError> {
    let toml = &project.toml;
    let has_code = toml.build.is_given() || project.dir.join("Cargo.toml").is_file();
    let artefact = match (has_code || toml.http_checks.is_empty(), no_build) {
        (false, _) => None,
        (true, true) => Some(built(&project)?),
        (true, false) => Some(build(&project, quiet)?),
    };
    Ok(Source { project, artefact })
}

/// All named projects and components; the nearest project if none is named.
pub(super) fn sources(
    projects: &[PathBuf],
    components: &[PathBuf],
    no_build: bool,
    quiet: bool,
) -> Result<Vec<Source>, CliError> {
    let mut named = projects.iter().map(|dir| project(Some(dir))).collect::<Result<Vec<_>, _>>()?;
    if projects.is_empty() && components.is_empty() {
        named.push(project(None)?);
    }
    let mut sources = named
        .into_iter()
        .map(|project| built_source(project, no_build, quiet))
        .collect::<Result<Vec<_>, _>>()?;
    for path in components {
        sources.push(component(path)?);
    }
    Ok(sources)
}
