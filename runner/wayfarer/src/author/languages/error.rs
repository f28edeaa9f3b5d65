//! Why there is no component. Every one of these ends in exit code 3.

use std::path::PathBuf;

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// Nothing there that could be built.
    #[error(
        "{} has nothing to build: no Cargo.toml, and no `[build]` in journey.toml; write `command` and `output` \
         there to build in a way of your own",
        .0.display()
    )]
    NothingToBuild(PathBuf),
    /// A language that has no way of building yet.
    #[error(
        "building {language} is not there yet: write under [build] in journey.toml `command`, which makes the \
         component, and `output`, the file that it makes"
    )]
    Language {
        /// The language, as found out or written.
        language: String,
    },
    /// A tool is not there.
    #[error("cannot run `{tool}`: {source}; {mend}")]
    Tool {
        /// The program.
        tool: String,
        /// Why.
        source: std::io::Error,
        /// What to do.
        mend: &'static str,
    },
    /// The compilation target is not installed.
    #[error("the target wasm32-wasip2 is not installed: run `rustup target add wasm32-wasip2`")]
    NoTarget,
    /// The compiler said no; its words are above.
    #[error("the build failed: `{command}` ended with {status}")]
    Failed {
        /// What was run.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// No component came of it.
    #[error(
        "the build made no component: add `crate-type = [\"cdylib\", \"rlib\"]` under [lib] in {}",
        .0.display()
    )]
    NoComponent(PathBuf),
    /// Several did.
    #[error("the build made several components ({}): name one package under [build] in journey.toml", .0.join(", "))]
    Several(Vec<String>),
    /// The file that should be there is not.
    #[error("{} is not there or cannot be read: {source}; {mend}", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
        /// What to do.
        mend: &'static str,
    },
}
