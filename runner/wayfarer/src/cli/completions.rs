//! `wayfarer completions`: a completion script for a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Cli;
use crate::exit::Exit;

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: Args) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "wayfarer", &mut script);
    // The reader may have closed the pipe.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
    Exit::Passed
}
