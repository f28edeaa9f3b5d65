//! `wayfarer man`: manual pages for packages. They are made of what `--help` says, so neither can be staler than the other.

use std::path::PathBuf;

use clap::Command;

use crate::cli::CliError;
use crate::exit::Exit;

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    /// The folder for the pages, which is made if it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// One page a command: `wayfarer.1`, `wayfarer-serve.1`.
pub(super) fn run(args: &Args, of: Command) -> Result<Exit, CliError> {
    let written =
        std::fs::create_dir_all(&args.folder).and_then(|()| clap_mangen::generate_to(of, &args.folder));
    written.map_err(|error| {
        let folder = args.folder.display();
        CliError::Usage(format!(
            "cannot write manual pages to {folder}: {error}; name a folder that you may write to"
        ))
    })?;
    Ok(Exit::Passed)
}
