//! Makes the attempts of a session in this process's sandbox.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use wayfarer_model::context::{AttemptContext, Lane};
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::{LocationName, NameError, TenantName};
use wayfarer_model::report::AttemptReport;
use wayfarer_sandbox::{Component, DescribeError, LoadError, MemoryAccount, Progress, Sandbox, Watcher};

use super::{AttemptOrder, Event, StepEvent, Walk};
use crate::config::is_for_want;
use crate::runnable::RunnableJourney;

/// Why a component cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ComponentError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}: {source}", path.display())]
    Load { path: PathBuf, source: LoadError },
    /// It does not say which journeys it holds, or they break a rule.
    #[error("{}: {source}", path.display())]
    Describe { path: PathBuf, source: DescribeError },
}

impl ComponentError {
    /// Whether the runner is to blame rather than the component.
    pub(crate) fn is_runners_fault(&self) -> bool {
        match self {
            Self::Unreadable { source, .. } => is_for_want(source),
            Self::Load { source, .. } => source.is_runners_fault(),
            Self::Describe { source, .. } => matches!(source, DescribeError::Runner(_)),
        }
    }
}

/// The sandbox of this process.
pub(crate) struct App {
    sandbox: Sandbox,
    tenant: TenantName,
    location: LocationName,
}

impl App {
    /// Makes attempts in a sandbox that was started.
    pub(crate) fn new(sandbox: Sandbox) -> Result<Self, NameError> {
        Ok(Self { sandbox, tenant: "local".parse()?, location: "local".parse()? })
    }

    /// Checks and compiles a component and asks it which journeys it holds. `path` is for errors.
    pub(crate) async fn open(
        &self,
        path: &Path,
        wasm: &[u8],
    ) -> Result<(Component, Vec<Descriptor>), ComponentError> {
        let path = || path.to_owned();
        let component = self
            .sandbox
            .load(Bytes::copy_from_slice(wasm))
            .await
            .map_err(|source| ComponentError::Load { path: path(), source })?;
        let journeys = self.sandbox.describe(&component).await;
        Ok((component, journeys.map_err(|source| ComponentError::Describe { path: path(), source })?))
    }
}

/// Makes attempts in the sandbox.
pub(crate) struct Walker {
    app: App,
    ready: Vec<RunnableJourney>,
    /// Whether heads and bodies of good runs are kept too.
    keeps_all: bool,
}

impl Walker {
    /// Makes attempts of these. An order names one of them by its index.
    pub(crate) fn new(app: App, ready: Vec<RunnableJourney>, keeps_all: bool) -> Self {
        Self { app, ready, keeps_all }
    }
}

/// Sends steps as they begin and end.
fn watcher(order: &AttemptOrder) -> Watcher {
    let (run, events) = (order.run, order.events.clone());
    Arc::new(move |progress| {
        let (name, outcome) = match progress {
            Progress::StepBegan { name, .. } => (name, None),
            Progress::StepEnded { name, outcome } => (name, Some(outcome)),
        };
        // A closed channel means that the session has ended and nobody reads any more.
        drop(events.send(Event::Step(StepEvent { run, name, outcome })));
    })
}

impl Walk for Walker {
    async fn walk(&self, order: AttemptOrder) -> Option<AttemptReport> {
        let ready = self.ready.get(order.index)?;
        let context = AttemptContext {
            run_id: order.run,
            tenant: self.app.tenant.clone(),
            journey: ready.journey.name.clone(),
            slot: order.slot,
            number: order.number,
            location: self.app.location.clone(),
            lane: Lane::Manual,
        };
        let watcher = Some(watcher(&order));
        // What a laptop has is its owner's to give.
        let memory = MemoryAccount::unlimited();
        let evidence = (watcher, self.keeps_all);
        Some(ready.attempt(&self.app.sandbox, context, evidence, (order.cancellation, memory)).await)
    }
}
