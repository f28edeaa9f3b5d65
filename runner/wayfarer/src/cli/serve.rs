//! `wayfarer serve`: scheduler, store, API and one worker, until it is told to stop.

use std::io::Write as _;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use wayfarer_model::cancel::CancelCause;

use super::CliError;
use super::global::Global;
use super::walk::runtime;
use crate::author::report::Detail;
use crate::clock::WallClock;
use crate::config::{FromText as _, RunnerFile, UserSettings};
use crate::exit::Exit;
use crate::server::{ServeError, ServeSettings, run as serve};
use crate::shutdown::Signals;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where API and metrics listen; port 0 is any free one
    #[arg(long, value_name = "ADDRESS:PORT", env = "WAYFARER_LISTEN", value_parser = SocketAddr::from_text)]
    listen: Option<SocketAddr>,
}

/// Runs it.
pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    // `--config` names the runner's file here, so the user's is the usual one.
    let user = UserSettings::read(None)?;
    let console = global.console(&user);
    let here = std::env::current_dir().map_err(anyhow::Error::from)?;
    let file = RunnerFile::find(global.config.as_deref(), &here)?;
    let data_dir = file.data_dir(global.data_dir.as_deref(), user.data_dir.as_deref());
    let listen = args.listen.unwrap_or_else(|| file.toml.server.listen());
    runtime()?.block_on(async {
        let (signals, stop) = Signals::listen(CancelCause::Shutdown).map_err(anyhow::Error::from)?;
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            let mend = "stop what listens there, or give another one with `--listen`";
            ServeError::Machine(format!("cannot listen on {listen}: {error}; {mend}"))
        })?;
        if console.detail > Detail::Quiet {
            let source = file.file().map_or("no wayfarer.toml: one tenant, `local`".into(), |file| file.display().to_string());
            say(&format!("configuration: {source}"));
            say(&format!("data: {}", data_dir.join("wayfarer.db").display()));
        }
        let settings = ServeSettings { file, data_dir, clock: WallClock::system() };
        tokio::select! {
            ended = serve(listener, settings, stop, say) => ended.map(|()| Exit::Passed).map_err(CliError::from),
            // What is under way then is settled by the next start.
            () = signals.second() => Ok(Exit::Interrupted),
        }
    })
}

fn say(line: &str) {
    // Nobody is left to tell if standard error is gone.
    let _ = writeln!(std::io::stderr(), "{line}");
}
