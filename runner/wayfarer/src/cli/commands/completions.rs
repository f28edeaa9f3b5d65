//! `wayfarer completions`: a completion script for a shell.

use clap::Command;
use clap_complete::Shell;

use crate::exit::Exit;

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: Args, mut of: Command) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut of, "wayfarer", &mut script);
    // The reader may have closed the pipe.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
    Exit::Passed
}
