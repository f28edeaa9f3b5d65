//! `wayfarer completions`: what a shell needs to complete a command line.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Cli;
use crate::exit::Exit;

/// Arguments.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Args {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs it.
pub(super) fn run(args: Args) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "wayfarer", &mut script);
    // Whoever read it has heard enough.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
    Exit::Passed
}
