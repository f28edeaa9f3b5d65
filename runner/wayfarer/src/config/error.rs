//! Errors of configuration files. Each of them ends the command with exit code 2, or with 5 where a file could not be read for want
//! of something that the machine has run out of.

use std::io;
use std::path::PathBuf;

use rustix::io::Errno;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// A key that no table has.
    #[error("{}:{line}:{column}: unknown key `{key}`{}", path.display(), mend(nearest.as_deref(), known))]
    UnknownKey {
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        key: String,
        /// The known key that resembles `key` most.
        nearest: Option<String>,
        /// All keys of the table.
        known: Vec<String>,
    },
    /// Invalid TOML, or an invalid value.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Malformed {
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// The rule, and how to mend it.
        message: String,
    },
    /// A rule about several keys, which concerns no single line.
    #[error("{}: {message}", path.display())]
    Rule {
        path: PathBuf,
        /// The rule, and how to mend it.
        message: String,
    },
    /// Neither the directory nor one above it is a project.
    #[error(
        "no journey.toml or checks.toml in {} or a parent directory: change to a project's directory, name it with `-C DIR`, name \
         a component with `--component FILE.wasm`, or create a project with `wayfarer new DIR --lang rust`",
        .0.display()
    )]
    NoProject(PathBuf),
    /// The directory given with `-C` is not a project.
    #[error("{} has no journey.toml or checks.toml: give `-C` the directory of a project, or a file of checks", .0.display())]
    NotAProject(PathBuf),
}

impl ConfigError {
    /// Whether a file could not be read because the machine has run out of something, whatever the file says.
    pub(crate) fn is_runners_fault(&self) -> bool {
        matches!(self, Self::Unreadable { source, .. } if is_for_want(source))
    }
}

/// Whether the machine has run out of something that reading a file takes. That says nothing of the file.
pub(crate) fn is_for_want(error: &io::Error) -> bool {
    let scarce = [Errno::MFILE, Errno::NFILE, Errno::NOMEM].map(Errno::raw_os_error);
    error.raw_os_error().is_some_and(|code| scarce.contains(&code))
}

fn mend(nearest: Option<&str>, known: &[String]) -> String {
    match (nearest, known) {
        (Some(nearest), _) => format!(": did you mean `{nearest}`?"),
        (None, []) => ": the table has no keys".to_owned(),
        (None, known) => format!(": expected one of `{}`", known.join("`, `")),
    }
}
