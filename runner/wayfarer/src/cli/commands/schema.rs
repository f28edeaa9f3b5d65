//! `wayfarer schema`: the published JSON Schemas.

use std::io::Write as _;

use crate::author::report::SCHEMA;
use crate::exit::Exit;

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Args {
    /// The schema
    #[arg(value_enum)]
    which: Which,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Which {
    /// The lines of `--reporter json`
    Events,
}

pub(super) fn run(args: Args) -> Exit {
    let text = match args.which {
        Which::Events => SCHEMA,
    };
    // The reader may have closed the pipe.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Exit::Passed
}
