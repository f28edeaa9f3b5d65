//! `wayfarer`, the binary: arguments in, an exit code out.
//!
//! # Layout
//!
//! - [`cli`]: one file a subcommand; each turns its arguments into calls of what follows.
//! - [`config`]: `journey.toml`, `wayfarer.toml`, the user's settings, environment files.
//! - [`build`]: from a project's source to one `.wasm` file.
//! - [`deploy`]: from a project to versions of journeys, for the API to take.
//! - [`session`]: what `test` does: select, prepare, run, retry, and what it all amounts to.
//! - [`tenants`]: for whom `serve` works: what their journeys may do, and everything that an attempt needs.
//! - [`report`]: one file a reporter, over one stream of events.
//! - [`scaffold`]: what `new` writes.
//! - [`planner`]: which slots are due, and the thread that hands them out at their instant.
//! - [`dispatcher`]: fair turns among tenants, and the runs.
//! - [`janitor`]: removes results whose time is over.
//! - [`metrics`]: what `/metrics` shows.
//! - [`serve`]: what `serve` is made of.
//! - [`api`]: the HTTP API of `serve`. [`client`]: the command line's side of it.
//! - [`doctor`]: whether a machine is fit for the work.
//! - [`app`]: the only wiring: where the sandbox is started and handed what it needs.
//! - [`exit`], [`clock`]: exit codes, and the one place that reads a clock.
//!
//! The compile child comes first, before anything is parsed or started: it runs under a memory limit.

mod api;
mod app;
mod build;
mod cli;
mod client;
mod clock;
mod config;
mod deploy;
mod dispatcher;
mod doctor;
mod exit;
mod janitor;
mod metrics;
mod planner;
mod report;
mod scaffold;
mod serve;
mod session;
mod tenants;

use std::process::ExitCode;

/// A run is thousands of small allocations on several threads; the figures are in `ARCHITECTURE.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == app::COMPILE_CHILD) {
        return app::compile_child();
    }
    let cli = cli::Cli::read();
    cli.global.start_log();
    match cli::dispatch(&cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            cli.global.show_error(&error);
            error.exit().into()
        }
    }
}
