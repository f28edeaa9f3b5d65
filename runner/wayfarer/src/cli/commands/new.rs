//! `wayfarer new`: a project that builds and passes without changes.

use std::path::PathBuf;

use crate::author::scaffold::{Sdk, create};
use crate::cli::CliError;
use crate::cli::global::Global;
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to create
    dir: PathBuf,
    /// The language to write journeys in
    #[arg(long, value_enum, value_name = "LANG")]
    lang: Language,
    /// The SDK of a checkout (its folder `sdk/rust`); by default a copy of this version's SDK goes to `vendor/`
    #[arg(long, value_name = "PATH")]
    sdk: Option<PathBuf>,
}

/// Languages with a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    Rust,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let console = global.console(&global.user()?);
    let Language::Rust = args.lang;
    let sdk = args.sdk.clone().map_or(Sdk::Vendored, Sdk::At);
    let name = create(&args.dir, &sdk)?;
    let dir = args.dir.display();
    console.say(&format!("created {name} in {dir}; next:\n  cd {dir}\n  wayfarer test"));
    Ok(Exit::Passed)
}
