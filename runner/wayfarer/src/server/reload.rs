//! SIGHUP: secrets and certificates are read again while the server runs.

use tokio::signal::unix::{SignalKind, signal};

use super::SandboxedRuns;
use super::tenants::Tenants;
use crate::config::RunnerFile;

/// Reads them at each SIGHUP, until the task is aborted. If something is wrong, the log says so and the values from
/// before stay.
pub(crate) async fn reload_on_hangup(file: RunnerFile, runs: SandboxedRuns) {
    let mut hangup = match signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => {
            tracing::warn!(%error, "the server cannot receive SIGHUP: it reads secrets at its start only");
            return;
        }
    };
    while hangup.recv().await.is_some() {
        match Tenants::read(&file) {
            Ok(tenants) => {
                runs.replace_tenants(tenants);
                tracing::info!("secrets and certificates were read again");
            }
            Err(error) => tracing::error!(%error, "secrets were not read again; those from before stay"),
        }
    }
}
