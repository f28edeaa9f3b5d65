//! `wayfarer schema`: the published JSON Schemas.

use std::io::Write as _;

use crate::author::report::SCHEMA;
use crate::config::{checks_toml_schema, journey_toml_schema, wayfarer_toml_schema};
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
    /// A project's journey.toml, for editors
    JourneyToml,
    /// A file of checks without code, for editors
    ChecksToml,
    /// The server's wayfarer.toml, for editors
    WayfarerToml,
}

pub(super) fn run(args: Args) -> Exit {
    let text = match args.which {
        Which::Events => SCHEMA.to_owned(),
        Which::JourneyToml => format!("{:#}\n", journey_toml_schema()),
        Which::ChecksToml => format!("{:#}\n", checks_toml_schema()),
        Which::WayfarerToml => format!("{:#}\n", wayfarer_toml_schema()),
    };
    // The reader may have closed the pipe.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Exit::Passed
}
