//! `wayfarer new`: a project that builds and passes as it is.

use std::path::PathBuf;

use super::CliError;
use super::global::Global;
use crate::author::scaffold::{Sdk, create};
use crate::exit::Exit;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to make
    dir: PathBuf,
    /// The language to write journeys in
    #[arg(long, value_enum, value_name = "LANG")]
    lang: Language,
    /// Use the SDK of a checkout (its folder `sdk/rust`) instead of a copy in `vendor/`
    #[arg(long, value_name = "PATH")]
    sdk: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    /// Ready.
    Rust,
    /// Not there yet.
    Typescript,
    /// Not there yet.
    Python,
    /// Not there yet.
    Go,
}

/// Runs it.
pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let console = global.console(&global.user()?);
    let language = match args.lang {
        Language::Rust => None,
        Language::Typescript => Some("typescript"),
        Language::Python => Some("python"),
        Language::Go => Some("go"),
    };
    if let Some(language) = language {
        return Err(CliError::Usage(format!(
            "`--lang {language}` is not there yet: use `--lang rust`, or any language that makes a component, \
             with [build] command in journey.toml"
        )));
    }
    let sdk = args.sdk.clone().map_or(Sdk::Vendored, Sdk::At);
    let name = create(&args.dir, &sdk)?;
    let dir = args.dir.display();
    console.say(&format!("made {name} in {dir}; next:\n  cd {dir}\n  wayfarer test"));
    Ok(Exit::Passed)
}
