//! `wayfarer new`: a project that builds and passes without changes.

use std::path::PathBuf;

use crate::author::scaffold::{Sdk, create, create_from_check};
use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::source::project;
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to create
    dir: PathBuf,
    /// The file with the check of `--from-check`, or its folder; by default the nearest checks.toml or journey.toml, from the current
    /// folder upward
    #[arg(requires = "from_check")]
    checks: Option<PathBuf>,
    /// The language to write journeys in
    #[arg(long, value_enum, value_name = "LANG", required_unless_present = "from_check")]
    lang: Option<Language>,
    /// Write a check of a checks.toml or journey.toml as code that does the same
    #[arg(long, value_name = "NAME")]
    from_check: Option<String>,
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
    let Language::Rust = args.lang.unwrap_or(Language::Rust);
    let sdk = args.sdk.clone().map_or(Sdk::Vendored, Sdk::At);
    let name = match &args.from_check {
        None => create(&args.dir, &sdk)?,
        Some(check) => create_from_check(&args.dir, &sdk, &project(args.checks.as_deref())?, check)?,
    };
    let dir = args.dir.display();
    console.say(&format!("created {name} in {dir}; next:\n  cd {dir}\n  wayfarer test"));
    Ok(Exit::Passed)
}
