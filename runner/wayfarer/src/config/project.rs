//! A project: a directory with a `journey.toml`. It is the working directory, one above it, or named by a flag.

use std::path::{Path, PathBuf};

use wayfarer_model::ids::JourneyName;

use super::journey_toml::Params;
use super::{ConfigError, JourneyToml, parse};

/// A directory and its file, or a component without a file.
#[derive(Debug)]
pub(crate) struct Project {
    /// Paths in the file are relative to this directory.
    pub(crate) dir: PathBuf,
    /// None for a component without a file.
    pub(crate) file: Option<PathBuf>,
    pub(crate) toml: JourneyToml,
}

impl Project {
    pub(super) const FILE_NAME: &str = "journey.toml";

    /// The project in a directory that the user named.
    pub(crate) fn named(dir: &Path) -> Result<Self, ConfigError> {
        let file = dir.join(Self::FILE_NAME);
        if file.is_file() { Self::read(dir, file) } else { Err(ConfigError::NotAProject(dir.to_owned())) }
    }

    /// The first project in a directory or above it.
    pub(crate) fn around(start: &Path) -> Result<Self, ConfigError> {
        match start.ancestors().find(|dir| dir.join(Self::FILE_NAME).is_file()) {
            Some(dir) => Self::read(dir, dir.join(Self::FILE_NAME)),
            None => Err(ConfigError::NoProject(start.to_owned())),
        }
    }

    /// The file beside a component, if there is one.
    pub(crate) fn beside(component: &Path) -> Result<Self, ConfigError> {
        let dir = component.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = dir.join(Self::FILE_NAME);
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

    pub(crate) fn path(&self, written: &Path) -> PathBuf {
        self.dir.join(written)
    }

    pub(crate) fn rule(&self, message: String) -> ConfigError {
        let path = self.file.clone().unwrap_or_else(|| self.dir.join(Self::FILE_NAME));
        ConfigError::Rule { path, message }
    }

    /// Checks the rules that concern several keys or tables.
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
                "[build] needs both `command` and `output`: the command to run and the file that it creates";
            return Err(self.rule(rule.to_owned()));
        }
        Ok(())
    }

    pub(crate) fn profile(&self, name: &str) -> Option<&Params> {
        self.toml.profiles.get(name).map(|profile| &profile.params)
    }
}
