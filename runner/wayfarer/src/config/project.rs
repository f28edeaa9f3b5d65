//! A project: a directory with a `journey.toml`, or with a `checks.toml` where it has no code. It is the working directory, one above
//! it, or named by a flag. A file of checks may have any name, if it is named itself.

use std::path::{Path, PathBuf};

use wayfarer_model::ids::JourneyName;

use super::checks_toml::ChecksToml;
use super::http_check::completed;
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
    /// The file of a project without code, beside which no `journey.toml` stands.
    pub(super) const CHECKS_NAME: &str = "checks.toml";

    /// What the file of this project is called, for messages.
    pub(crate) fn file_name(&self) -> &str {
        let name = self.file.as_deref().and_then(Path::file_name).and_then(|name| name.to_str());
        name.unwrap_or(Self::FILE_NAME)
    }

    /// Whether a component may belong to it. To a file of checks none does.
    pub(crate) fn may_have_code(&self) -> bool {
        self.file.is_none() || self.file_name() == Self::FILE_NAME
    }

    /// What tells it from other projects: two files may be in one directory.
    pub(crate) fn place(&self) -> &Path {
        self.file.as_deref().unwrap_or(&self.dir)
    }

    /// The file of the project in a directory, if there is one.
    pub(super) fn file_in(dir: &Path) -> Option<PathBuf> {
        [Self::FILE_NAME, Self::CHECKS_NAME].iter().map(|name| dir.join(name)).find(|file| file.is_file())
    }

    /// The project in a directory that the user named, or of a file.
    pub(crate) fn named(path: &Path) -> Result<Self, ConfigError> {
        if path.extension().is_some_and(|end| end == "toml") && !path.is_dir() {
            let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
            return Self::read(dir, path.to_owned());
        }
        match Self::file_in(path) {
            Some(file) => Self::read(path, file),
            None => Err(ConfigError::NotAProject(path.to_owned())),
        }
    }

    /// The first project in a directory or above it.
    pub(crate) fn around(start: &Path) -> Result<Self, ConfigError> {
        match start.ancestors().find_map(|dir| Some((dir, Self::file_in(dir)?))) {
            Some((dir, file)) => Self::read(dir, file),
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
        let toml = if Self::is_of_code(&file) {
            parse::file(&file)?
        } else {
            JourneyToml::from(parse::file::<ChecksToml>(&file)?)
        };
        Self::of_tables(dir, file, toml)
    }

    fn is_of_code(file: &Path) -> bool {
        file.file_name().is_some_and(|name| name == Self::FILE_NAME)
    }

    fn of_tables(dir: &Path, file: PathBuf, toml: JourneyToml) -> Result<Self, ConfigError> {
        let project = Self { dir: dir.to_owned(), file: Some(file), toml };
        project.check()?;
        project.completed()
    }

    /// What a file with this text would be.
    pub(crate) fn of_text(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let toml = if Self::is_of_code(path) {
            parse::parse(path, text)?
        } else {
            JourneyToml::from(parse::parse::<ChecksToml>(path, text)?)
        };
        Self::of_tables(dir, path.to_owned(), toml)
    }

    /// The same with complete checks: each with the defaults of the file and the content of the files that it names.
    pub(crate) fn completed(mut self) -> Result<Self, ConfigError> {
        let JourneyToml { http_checks, http_check_defaults, .. } = &self.toml;
        let complete = completed(http_checks, http_check_defaults, &self.dir);
        self.toml.http_checks = complete.map_err(|why| self.rule(why))?;
        Ok(self)
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
