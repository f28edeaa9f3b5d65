//! SIGHUP: secrets and certificates are read again while the server runs.

use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};

use wayfarer_model::audit::{AuditAction, AuditOutcome};

use super::SandboxedRuns;
use super::alert::{Alerting, AlertingHandle};
use super::audit::AuditTrail;
use super::otlp::{OtlpHandle, OtlpSettings};
use super::tenants::Tenants;
use super::tls::Tls;
use crate::config::RunnerFile;

/// Reads them at each SIGHUP, until the task is aborted. If something is wrong, the log says so and the values from
/// before stay.
pub(crate) async fn reload_on_hangup(
    file: RunnerFile,
    runs: SandboxedRuns,
    (alerting, otlp): (AlertingHandle, OtlpHandle),
    tls: Option<Tls>,
    trail: AuditTrail,
) {
    let mut hangup = match signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => {
            tracing::warn!(%error, "the server cannot receive SIGHUP: it reads secrets at its start only");
            return;
        }
    };
    while hangup.recv().await.is_some() {
        let outcome = match read(&file) {
            Ok((tenants, channels, receiver)) => {
                runs.replace_tenants(tenants);
                alerting.replace(channels);
                otlp.replace(receiver);
                tracing::info!("secrets and certificates were read again");
                AuditOutcome::Done
            }
            Err(error) => {
                tracing::error!(%error, "secrets were not read again; those from before stay");
                AuditOutcome::Failed
            }
        };
        let object = format!("secrets and certificates of {}", source(&file));
        trail.record_own(AuditAction::ConfigurationRead, object, outcome).await;
        if let Some(tls) = &tls {
            reload_own(tls, &trail).await;
        }
    }
}

/// The server's own certificate stands beside the rest: neither holds the other up.
async fn reload_own(tls: &Tls, trail: &AuditTrail) {
    let file = tls.files().certificate.display().to_string();
    let outcome = match tls.reload(trail.now()) {
        Ok(()) => {
            tracing::info!("the server's certificate was read again from {file}");
            AuditOutcome::Done
        }
        Err(error) => {
            tracing::error!(%error, "the server's certificate was not read again; the one from before stays");
            AuditOutcome::Failed
        }
    };
    let object = format!("the server's certificate in {file}");
    trail.record_own(AuditAction::ConfigurationRead, object, outcome).await;
}

/// All or nothing: a half of it would be a configuration that nobody wrote.
fn read(file: &RunnerFile) -> Result<(Tenants, Alerting, Option<OtlpSettings>), String> {
    let tenants = Tenants::read(file).map_err(|error| error.to_string())?;
    let alerting = Alerting::read(file, &tenants).map_err(|error| error.to_string())?;
    let receiver = OtlpSettings::read(file).map_err(|error| error.to_string())?;
    Ok((tenants, alerting, receiver))
}

/// Which configuration it is, for people.
pub(crate) fn source(file: &RunnerFile) -> String {
    file.file().map_or_else(|| "no wayfarer.toml".to_owned(), |path: &Path| path.display().to_string())
}
