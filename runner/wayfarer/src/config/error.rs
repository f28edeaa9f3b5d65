//! What can be wrong with configuration. Every one of these ends in exit code 2.

use std::path::PathBuf;

/// Why a file of configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// Not there, or not readable.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A key that nothing reads.
    #[error("{}:{line}:{column}: unknown key `{key}`{}", path.display(), mend(nearest.as_deref(), known))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// As written.
        key: String,
        /// What was most likely meant.
        nearest: Option<String>,
        /// All that may stand there.
        known: Vec<String>,
    },
    /// No TOML, or a value that breaks its rule.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// The rule and the mend.
        message: String,
    },
    /// Two things that do not go together, or one missing.
    #[error("{}: {message}", path.display())]
    Rule {
        /// The file.
        path: PathBuf,
        /// The rule and the mend.
        message: String,
    },
    /// No project here.
    #[error(
        "no journey.toml in {} or above it: go to a project's folder, name one with `-C DIR`, name a \
         component with `--component FILE.wasm`, or begin with `wayfarer new DIR --lang rust`",
        .0.display()
    )]
    NoProject(PathBuf),
    /// A folder was named that is no project.
    #[error("{} has no journey.toml: `-C` takes the folder of a project", .0.display())]
    NotAProject(PathBuf),
}

fn mend(nearest: Option<&str>, known: &[String]) -> String {
    match (nearest, known) {
        (Some(nearest), _) => format!(": did you mean `{nearest}`?"),
        (None, []) => ": no key belongs there".to_owned(),
        (None, known) => format!(": known there are `{}`", known.join("`, `")),
    }
}
