//! What can go wrong between a guest's source and its component.

use std::io;
use std::path::PathBuf;

/// Why a guest was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A program that the machine must bring along is not there.
    #[error("`{program}` is not on PATH; it {purpose}; {mend}")]
    MissingProgram {
        /// Its name on `PATH`.
        program: &'static str,
        /// What it is needed for.
        purpose: &'static str,
        /// How to get it.
        mend: &'static str,
    },

    /// A program ran and did not succeed.
    #[error("cannot {action}: `{command}` ended with {status}; {mend}\n{output}")]
    Command {
        /// What it was to do.
        action: &'static str,
        /// The command line.
        command: String,
        /// How it ended.
        status: String,
        /// What to look at first.
        mend: &'static str,
        /// The end of what it wrote.
        output: String,
    },

    /// A file or folder could not be read or written.
    #[error("cannot {action} {path}: {source}", path = .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },

    /// Nowhere to install tools.
    #[error(
        "no folder for the guest tools: neither WAYFARER_TOOLS nor XDG_CACHE_HOME nor HOME is set; set WAYFARER_TOOLS"
    )]
    NoToolsFolder,

    /// The WIT does not parse, or has no world `journey`.
    #[error("the interface in {path} cannot be used: {reason}", path = .path.display())]
    Interface {
        /// The WIT folder.
        path: PathBuf,
        /// Why not.
        reason: String,
    },

    /// A generator did not cope with the WIT.
    #[error("cannot generate {language} bindings: {reason}; the WIT has a shape that the generator lacks")]
    Bindings {
        /// For which language.
        language: &'static str,
        /// Why not.
        reason: String,
    },

    /// A core module could not be turned into a component.
    #[error("cannot make a component of {path}: {reason}", path = .path.display())]
    Encode {
        /// The core module.
        path: PathBuf,
        /// Why not.
        reason: String,
    },

    /// A file is not a component.
    #[error("{path} is not a component: {reason}", path = .path.display())]
    NotAComponent {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

impl BuildError {
    /// For `map_err` on an operation on a file.
    pub(super) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}
