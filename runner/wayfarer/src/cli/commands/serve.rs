//! `wayfarer serve`: scheduler, store, API and one runner, until interrupted.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::json;
use tokio::net::TcpListener;
use wayfarer_model::cancel::CancelCause;

use crate::app::{ServeError, ServeSettings, serve};
use crate::author::report::Detail;
use crate::cli::CliError;
use crate::cli::global::{Console, Global};
use crate::cli::walk::runtime;
use crate::clock::{WallClock, now};
use crate::config::{FromText as _, RunnerFile, Text};
use crate::exit::Exit;
use crate::log_lines::LogFormat;
use crate::server::{CheckedConfiguration, check_configuration};
use crate::shutdown::Signals;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The address of API and metrics, by default that of wayfarer.toml or 127.0.0.1:7300; port 0 takes any free port
    #[arg(long, value_name = "ADDRESS:PORT", env = "WAYFARER_LISTEN", value_parser = SocketAddr::from_text)]
    listen: Option<SocketAddr>,
    /// Where /healthz and /readyz are answered without TLS, whatever the API is busy with; by default as wayfarer.toml says, or nowhere
    #[arg(long, value_name = "ADDRESS:PORT", env = "WAYFARER_HEALTH", value_parser = SocketAddr::from_text)]
    health: Option<SocketAddr>,
    /// Without a wayfarer.toml: a project whose journey.toml says which secrets the tenant `local` has, may be repeated; by default the
    /// current directory, if it is one
    #[arg(short = 'C', long, value_name = "DIR")]
    project: Vec<PathBuf>,
    /// Write the log as lines for people, or as JSON
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        env = "WAYFARER_LOG_FORMAT",
        default_value = "text",
        hide_possible_values = true
    )]
    pub(super) log_format: LogFormat,
    /// Check the configuration and exit: with 0 if a server would start with it, else with 2
    #[arg(long)]
    check: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let here = std::env::current_dir().map_err(anyhow::Error::from)?;
    let mut file = global.runner()?.with_secrets_of(&args.project, &here)?;
    if let Some(health) = args.health {
        file.toml.server.health = Some(Text(health));
    }
    if args.check {
        return check(console, &file);
    }
    let data_dir = file.data_dir(global.data_dir.as_deref(), user.data_dir.as_deref());
    let listen = args.listen.unwrap_or_else(|| file.toml.server.listen());
    runtime()?.block_on(async {
        let (signals, stop) = Signals::listen(CancelCause::Shutdown).map_err(anyhow::Error::from)?;
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            let mend = "stop the program that listens there, or choose another address with `--listen`";
            ServeError::Machine(format!("cannot listen on {listen}: {error}; {mend}"))
        })?;
        let say = |line: &str| say(args.log_format, line);
        if console.detail > Detail::Quiet {
            say(&format!("configuration: {}", configuration(&file)));
            say(&format!("data: {}", data_dir.join("wayfarer.db").display()));
        }
        let settings = ServeSettings { file, data_dir, clock: WallClock::system() };
        tokio::select! {
            ended = serve(listener, settings, stop, say) => ended.map(|()| Exit::Passed).map_err(CliError::from),
            // The next start settles the runs that are in flight now.
            () = signals.second() => Ok(Exit::Interrupted),
        }
    })
}

/// The file, or what holds without one.
fn configuration(file: &RunnerFile) -> String {
    if let Some(file) = file.file() {
        return file.display().to_string();
    }
    let secrets: Vec<String> = file.project_secrets().map(|name| format!("`{name}`")).collect();
    match secrets.as_slice() {
        [] => "no wayfarer.toml: one tenant, `local`".to_owned(),
        names => format!(
            "no wayfarer.toml: one tenant, `local`, with the secrets of journey.toml: {}",
            names.join(", ")
        ),
    }
}

/// Reads everything that a start reads, and opens nothing. A value that a start goes on without is told of and no error.
fn check(console: Console, file: &RunnerFile) -> Result<Exit, CliError> {
    let checked = check_configuration(file, now()).map_err(ServeError::from)?;
    for secret in &checked.without_value {
        console.say(&format!("note: {secret}"));
    }
    if console.json {
        let CheckedConfiguration { tenants, channels, without_value } = checked;
        console.print_json(&json!({
            "configuration": file.file(), "tenants": tenants, "channels": channels, "secrets_without_value": without_value
        }));
        return Ok(Exit::Passed);
    }
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let (tenants, channels) = (count(checked.tenants, "tenant"), count(checked.channels, "channel"));
    console.print(&format!("{}: valid, {tenants}, {channels}\n", configuration(file)));
    Ok(Exit::Passed)
}

/// In JSON every line of standard error is an object.
fn say(format: LogFormat, line: &str) {
    match format {
        LogFormat::Json => tracing::info!("{line}"),
        // Nothing can be done if standard error is closed.
        LogFormat::Text => drop(writeln!(std::io::stderr(), "{line}")),
    }
}
