//! `wayfarer`, the binary: arguments in, an exit code out.
//!
//! # Layout
//!
//! Three wings on a common ground. A wing imports the ground, never another wing, but that the command line calls all
//! three and an author's commands may call a server.
//!
//! - [`cli`]: one thin file a subcommand; each turns its arguments into calls of what follows.
//! - [`author`]: what a laptop needs. [`client`]: calls of a server. [`server`]: the scheduler, the store's users, the API.
//! - the ground: [`protocol`] (what travels between server and clients), [`runnable`] (what a run is made with),
//!   [`config`] (files and settings), [`channels`] (who is told of incidents, and how), [`shutdown`], [`clock`], [`log_lines`] (how the log is written), [`tzdata`] (the edition of the timezone
//!   database), [`exit`].
//! - [`app`]: the only wiring: where the sandbox is started and handed what it needs.
//!
//! The compile child comes first, before anything is parsed or started: it runs under a memory limit.

mod app;
mod author;
mod channels;
mod cli;
mod client;
mod clock;
mod config;
mod exit;
mod log_lines;
mod protocol;
mod runnable;
mod server;
mod shutdown;
mod tzdata;
mod view;

use std::process::ExitCode;

/// A run is thousands of small allocations on several threads; the figures are in `ARCHITECTURE.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == app::COMPILE_CHILD) {
        return app::compile_child();
    }
    tzdata::provide();
    let cli = cli::Cli::read();
    cli.start_log();
    match cli::dispatch(&cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            cli.global.show_error(&error);
            error.exit().into()
        }
    }
}
