//! A project: a folder with a `journey.toml`, found from where one stands or named.

use std::path::{Path, PathBuf};

use wayfarer_model::ids::JourneyName;

use super::journey_toml::Params;
use super::{ConfigError, JourneyToml, parse};

/// The file's name.
const FILE_NAME: &str = "journey.toml";

/// A folder and what its file says; or a component without one.
#[derive(Debug)]
pub(crate) struct Project {
    /// Paths in the file are relative to it.
    pub(crate) dir: PathBuf,
    /// The file itself; none where a component came without one.
    pub(crate) file: Option<PathBuf>,
    /// What it says.
    pub(crate) toml: JourneyToml,
}

impl Project {
    /// The project of a folder that was named.
    pub(crate) fn named(dir: &Path) -> Result<Self, ConfigError> {
        let file = dir.join(FILE_NAME);
        if file.is_file() { Self::read(dir, file) } else { Err(ConfigError::NotAProject(dir.to_owned())) }
    }

    /// The project around a folder: the first at or above it.
    pub(crate) fn around(start: &Path) -> Result<Self, ConfigError> {
        match start.ancestors().find(|dir| dir.join(FILE_NAME).is_file()) {
            Some(dir) => Self::read(dir, dir.join(FILE_NAME)),
            None => Err(ConfigError::NoProject(start.to_owned())),
        }
    }

    /// The file beside a component, if there is one.
    pub(crate) fn beside(component: &Path) -> Result<Self, ConfigError> {
        let dir = component.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = dir.join(FILE_NAME);
        if file.is_file() {
            Self::read(dir, file)
        } else {
            Ok(Self { dir: dir.to_owned(), file: None, toml: JourneyToml::default() })
        }
    }

    fn read(dir: &Path, file: PathBuf) -> Result<Self, ConfigError> {
        let toml = parse::file(&file)?;
        let project = Self { dir: dir.to_owned(), file: Some(file), toml };
        project.check()?;
        Ok(project)
    }

    /// A path as written in the file.
    pub(crate) fn path(&self, written: &Path) -> PathBuf {
        self.dir.join(written)
    }

    /// An error of this file that concerns no single line.
    pub(crate) fn rule(&self, message: String) -> ConfigError {
        let path = self.file.clone().unwrap_or_else(|| self.dir.join(FILE_NAME));
        ConfigError::Rule { path, message }
    }

    /// What a single table cannot say about itself.
    fn check(&self) -> Result<(), ConfigError> {
        let toml = &self.toml;
        for (name, secret) in &toml.secrets {
            if secret.env.is_some() == secret.file.is_some() {
                let message =
                    format!("[secrets.{name}] needs either `env = \"VARIABLE\"` or `file = \"PATH\"`");
                return Err(self.rule(message));
            }
        }
        for name in toml.http_checks.keys() {
            if let Err(error) = name.parse::<JourneyName>() {
                return Err(self.rule(format!("[http-check.{name}]: {error}")));
            }
        }
        if toml.build.command.is_empty() != toml.build.output.is_none() {
            let rule =
                "[build] `command` and `output` go together: the command to run and the file that it makes";
            return Err(self.rule(rule.to_owned()));
        }
        Ok(())
    }

    /// Values of a named profile.
    pub(crate) fn profile(&self, name: &str) -> Option<&Params> {
        self.toml.profiles.get(name).map(|profile| &profile.params)
    }
}
