//! Errors of building a guest.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("`{program}` is not on PATH; it {purpose}; {mend}")]
    MissingProgram { program: &'static str, purpose: &'static str, mend: &'static str },

    #[error("cannot {action}: `{command}` ended with {status}; {mend}\n{output}")]
    Command {
        action: &'static str,
        command: String,
        status: String,
        mend: &'static str,
        /// The last lines of the program's output.
        output: String,
    },

    #[error("cannot {action} {path}: {source}", path = .path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },

    #[error(
        "no directory for the guest tools: set WAYFARER_TOOLS, because neither XDG_CACHE_HOME nor HOME is set"
    )]
    NoToolsFolder,

    /// The WIT does not parse, or does not have the world.
    #[error("cannot use the interface in {path}: {reason}", path = .path.display())]
    Interface { path: PathBuf, reason: String },

    #[error(
        "cannot generate {language} bindings: {reason}; the generator does not support a shape of the WIT"
    )]
    Bindings { language: &'static str, reason: String },

    #[error("cannot create a component from {path}: {reason}", path = .path.display())]
    Encode { path: PathBuf, reason: String },

    #[error("{path} is not a component: {reason}", path = .path.display())]
    NotAComponent { path: PathBuf, reason: String },
}

impl BuildError {
    /// For `map_err` of a file operation.
    pub(super) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}
