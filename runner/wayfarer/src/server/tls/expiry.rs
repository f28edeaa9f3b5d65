//! Warns of the server's own certificate before nobody can reach the server any more.

use std::time::Duration;

use wayfarer_model::incident::expires_soon;

use super::Tls;
use crate::clock::WallClock;

/// How often it is looked at. Each look at one that expires is a line of the log.
const EACH: Duration = Duration::from_hours(12);

/// Looks at it until the task is aborted.
pub(crate) async fn warn_of_expiry(tls: Tls, clock: WallClock) {
    loop {
        if let Some(when) = expires_soon(tls.expires(), clock.now()) {
            let file = tls.files().certificate.display();
            tracing::warn!("the server's certificate in {file} expires {when}: renew it and send SIGHUP");
        }
        tokio::time::sleep(EACH).await;
    }
}
