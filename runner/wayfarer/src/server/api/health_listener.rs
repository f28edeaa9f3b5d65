//! `/healthz` and `/readyz` on a listener and a thread of their own: whatever the API and the runs are busy with, and however
//! many connections others hold, a supervisor gets its answer. The operator names its address and keeps others from it.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use super::connections::ConnectionLimits;
use super::listener::answer;
use super::routes::health_routes;
use super::state::ApiSettings;
use crate::shutdown::Cancellation;

/// A supervisor has one connection; some have several.
const CONNECTIONS: usize = 32;

/// A listener, and where it is.
///
/// # Errors
/// What is wrong with the address, and how to mend it.
pub(crate) fn listen_for_health(address: SocketAddr) -> Result<(TcpListener, SocketAddr), String> {
    let listener = TcpListener::bind(address);
    listener.and_then(|listener| listener.local_addr().map(|address| (listener, address))).map_err(|error| {
        let mend = "choose another address for `health` under [server] in wayfarer.toml, or for `--health`";
        format!("cannot listen on {address} for health: {error}; {mend}")
    })
}

/// Answers until `stop` is set.
///
/// # Errors
/// The system gives no thread, or the listener cannot be used.
pub(crate) fn serve_health(
    listener: TcpListener,
    settings: ApiSettings,
    stop: Cancellation,
) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let router = health_routes().with_state(Arc::new(settings));
    let limits = ConnectionLimits::of(CONNECTIONS, CONNECTIONS);
    std::thread::Builder::new().name("health".to_owned()).spawn(move || {
        runtime.block_on(async move {
            match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => answer(listener, None, router, limits, stop).await,
                Err(error) => tracing::error!(%error, "nothing answers on the listener for health"),
            }
        });
    })?;
    Ok(())
}
