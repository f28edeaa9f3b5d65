//! What a build makes, and the choice between building by cargo and by the project's own command.

use std::path::PathBuf;

use aws_lc_rs::digest::{SHA256, digest};
use wayfarer_model::ids::ComponentDigest;

use super::language::language;
use super::{BuildError, cargo, command};
use crate::config::Project;

/// One component on disk.
#[derive(Debug)]
pub(crate) struct Artefact {
    pub(crate) path: PathBuf,
    pub(crate) wasm: Vec<u8>,
}

impl Artefact {
    /// Reads a component; `mend` says what to do if there is none.
    pub(crate) fn read(path: PathBuf, mend: &'static str) -> Result<Self, BuildError> {
        match std::fs::read(&path) {
            Ok(wasm) => Ok(Self { path, wasm }),
            Err(source) => Err(BuildError::Output { path, source, mend }),
        }
    }

    /// The SHA-256 that names the component.
    pub(crate) fn digest(&self) -> ComponentDigest {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, &self.wasm).as_ref());
        ComponentDigest(bytes)
    }
}

pub(crate) fn build(project: &Project, quiet: bool) -> Result<Artefact, BuildError> {
    let path = if project.toml.build.command.is_empty() {
        require_rust(project)?;
        cargo::build(project, quiet)?
    } else {
        command::run(project)?
    };
    Artefact::read(path, "`output` under [build] names the file that the command makes")
}

/// The component that the last build made.
pub(crate) fn built(project: &Project) -> Result<Artefact, BuildError> {
    let path = if let Some(output) = &project.toml.build.output {
        project.path(output)
    } else {
        require_rust(project)?;
        cargo::expected(project)?
    };
    Artefact::read(path, "build it first, or leave out `--no-build`")
}

/// The folders whose files decide what a build makes: the project's, and those of packages beside it.
pub(crate) fn source_folders(project: &Project) -> Vec<PathBuf> {
    let others = match language(project) {
        Some(language) if language == "rust" => cargo::local_packages(&project.dir),
        _ => Vec::new(),
    };
    std::iter::once(project.dir.clone()).chain(others).collect()
}

fn require_rust(project: &Project) -> Result<(), BuildError> {
    match language(project) {
        Some(language) if language == "rust" => Ok(()),
        Some(language) => Err(BuildError::Language { language }),
        None => Err(BuildError::NothingToBuild(project.dir.clone())),
    }
}
