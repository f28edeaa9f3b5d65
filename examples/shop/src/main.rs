//! The binary `wayfarer-shop`: binds a port, prints the address, and serves until Ctrl-C or SIGTERM.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use wayfarer_shop::{Options, Shop, serve};

/// Exit code for errors that the caller can mend, as in the `wayfarer` binary.
const USAGE: u8 = 2;

/// A small HTTP shop with faults that clients can switch on
#[derive(Parser)]
#[command(name = "wayfarer-shop", version)]
struct Arguments {
    /// Address to listen on; port 0 picks a free port
    #[arg(long, env = "WAYFARER_SHOP_LISTEN", default_value = "127.0.0.1:7301")]
    listen: SocketAddr,

    /// A preset user that replaces ana and ben; can be given several times
    #[arg(long = "user", value_name = "NAME:PASSWORD", env = "WAYFARER_SHOP_USERS", value_delimiter = ',')]
    #[arg(value_parser = preset_user)]
    users: Vec<(String, String)>,
}

#[derive(Debug, Error)]
enum StartError {
    #[error("cannot start: {0}")]
    Runtime(#[source] io::Error),
    #[error(
        "cannot listen on {0}: the port is in use; stop the process that uses it, or choose another port with --listen {ip}:{next}",
        ip = .0.ip(), next = .0.port().saturating_add(1)
    )]
    InUse(SocketAddr),
    #[error("cannot listen on {0}: {1}; choose another address with --listen ADDRESS:PORT")]
    Listen(SocketAddr, #[source] io::Error),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(USAGE)
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), StartError> {
    let mut options = Options::default();
    if !arguments.users.is_empty() {
        options.users = arguments.users;
    }
    let listener = bind(arguments.listen).await?;
    let shutdown = stop_signal().map_err(StartError::Runtime)?;
    announce(listener.local_addr().map_err(StartError::Runtime)?);
    serve(listener, Shop::new(options), shutdown).await;
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => StartError::InUse(address),
        _ => StartError::Listen(address, error),
    })
}

/// Prints the shop's address. The shop serves even if stdout is closed.
fn announce(address: SocketAddr) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "shop listening on http://{address}").and_then(|()| stdout.flush());
}

/// Catches Ctrl-C and SIGTERM from this call on. The future completes on the first of them.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn preset_user(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, password)) if !name.is_empty() && !password.is_empty() => {
            Ok((name.to_owned(), password.to_owned()))
        }
        _ => Err("expected NAME:PASSWORD, for example ana:correct-horse".to_owned()),
    }
}
