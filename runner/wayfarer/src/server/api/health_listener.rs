//! `/healthz` and `/readyz` on a listener and a thread of their own: whatever the API and the runs are busy with, and however
//! many connections others hold, a supervisor gets its answer. The operator names its address and keeps others from it.

use std::net::TcpListener;
use std::sync::Arc;

use super::connections::ConnectionLimits;
use super::listener::answer;
use super::routes::health_routes;
use super::state::ApiSettings;
use crate::shutdown::Cancellation;

/// A supervisor has one connection; some have several.
const CONNECTIONS: usize = 32;

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
