//! `wayfarer schema`: the JSON Schemas that this version keeps to.

use std::io::Write as _;

use crate::author::report::SCHEMA;
use crate::exit::Exit;

/// Arguments.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Args {
    /// Which one
    #[arg(value_enum)]
    which: Which,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Which {
    /// The lines of `--reporter json`
    Events,
}

/// Runs it.
pub(super) fn run(args: Args) -> Exit {
    let text = match args.which {
        Which::Events => SCHEMA,
    };
    // Whoever read it has heard enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Exit::Passed
}
