//! Why there is no component. Each of these ends in exit code 3, or in 5 where the machine has run out of something.

use std::path::PathBuf;

use crate::config::is_for_want;

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    #[error(
        "{} has nothing to build: it has no Cargo.toml, and its journey.toml has no `[build]` table; add `command` and \
         `output` there to build in another way",
        .0.display()
    )]
    NothingToBuild(PathBuf),
    #[error(
        "wayfarer cannot build {language} by itself: add to [build] in journey.toml a `command` that makes the \
         component, and `output`, the path of the component"
    )]
    Language { language: String },
    #[error("cannot run `{tool}`: {source}; {mend}")]
    Tool { tool: String, source: std::io::Error, mend: &'static str },
    /// Cargo cannot read the project.
    #[error("{0}")]
    Metadata(String),
    #[error("the target wasm32-wasip2 is not installed: run `rustup target add wasm32-wasip2`")]
    NoTarget,
    /// The compiler's errors went to standard error.
    #[error("the build failed: `{command}` ended with {status}")]
    Failed { command: String, status: std::process::ExitStatus },
    #[error(
        "the build made no component: add `crate-type = [\"cdylib\", \"rlib\"]` under [lib] in {}",
        .0.display()
    )]
    NoComponent(PathBuf),
    #[error("the build made several components ({}): name one `package` under [build] in journey.toml", .0.join(", "))]
    Several(Vec<String>),
    /// The path that the build should have written.
    #[error("cannot read the component {}: {source}; {mend}", path.display())]
    Output { path: PathBuf, source: std::io::Error, mend: &'static str },
}

impl BuildError {
    /// Whether the machine is to blame rather than the project.
    pub(crate) fn is_runners_fault(&self) -> bool {
        matches!(self, Self::Tool { source, .. } | Self::Output { source, .. } if is_for_want(source))
    }
}
