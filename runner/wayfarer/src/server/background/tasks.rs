//! The list of background tasks.

use std::sync::Arc;

use tokio::sync::watch;
use wayfarer_store::Store;

use super::alert_deliveries::AlertDeliveries;
use super::alert_routing::AlertRouting;
use super::certificates::Certificates;
use super::clock_steps::ClockSteps;
use super::confirmations::Confirmations;
use super::control_probe::ControlProbe;
use super::deployed_versions::DeployedVersions;
use super::domains::Domains;
use super::driver::{BackgroundTasks, Driver, Reconcile as _};
use super::incidents::{IncidentPolicies, Incidents};
use super::retention::{Periods, Retention};
use super::self_monitoring::SelfMonitoring;
use super::store_health::StoreHealth;
use super::suspensions::SuspensionsTask;
use super::trace_export::TraceExport;
use super::unused_components::UnusedComponents;
use super::unwell_incident::{Crowd, UnwellIncident};
use super::{Acknowledge, Applied};
use crate::server::alert::AlertingHandle;
use crate::server::deployed::Deployed;
use crate::server::otlp::OtlpHandle;
use crate::server::{SandboxedRuns, ServerContext, Unready};
use crate::shutdown::Cancellation;

/// What single tasks need beside the [`ServerContext`].
pub(crate) struct BackgroundSettings {
    pub(crate) deployed: Arc<Deployed>,
    pub(crate) runs: SandboxedRuns,
    pub(crate) periods: Periods,
    pub(crate) incidents: IncidentPolicies,
    pub(crate) health: watch::Sender<Result<(), Unready>>,
    pub(crate) alerting: AlertingHandle,
    pub(crate) domains: Domains,
    pub(crate) otlp: OtlpHandle,
}

/// Both ends of the acknowledgements of those tasks that follow the configuration.
pub(crate) fn acknowledgements(store: &Store) -> (Acknowledge, Applied) {
    Acknowledge::new(store, &[SuspensionsTask::NAME, DeployedVersions::NAME])
}

/// Starts every task. They run until `stop` is cancelled.
pub(crate) fn start(
    context: ServerContext,
    settings: BackgroundSettings,
    acknowledge: Acknowledge,
    stop: Cancellation,
) -> BackgroundTasks {
    let BackgroundSettings { deployed, runs, periods, incidents, health, alerting, domains, otlp } = settings;
    let mut driver = Driver::new(context, acknowledge, stop);
    driver.start(StoreHealth::new(health));
    driver.start(ControlProbe::new(runs.clone()));
    driver.start(SelfMonitoring::new(runs.clone()));
    driver.start(SuspensionsTask);
    driver.start(ClockSteps::new(Arc::clone(&deployed)));
    driver.start(DeployedVersions::new(deployed, runs.clone()));
    let (crowd, seen) = watch::channel(Crowd::default());
    driver.start(UnwellIncident::new(runs.clone(), seen));
    driver.start(UnusedComponents::new(runs.clone(), periods.clone()));
    driver.start(Incidents::new(incidents, crowd));
    driver.start(Confirmations::new(runs));
    driver.start(Certificates);
    driver.start(domains);
    driver.start(Retention::new(periods));
    driver.start(AlertRouting::new(alerting.clone()));
    driver.start(AlertDeliveries::new(alerting));
    driver.start(TraceExport::new(otlp));
    driver.running()
}
