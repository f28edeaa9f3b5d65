//! Makes the attempts of a session in this process's sandbox.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use wayfarer_model::context::{AttemptContext, Lane};
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::{LocationName, TenantName};
use wayfarer_model::report::AttemptReport;
use wayfarer_sandbox::{Component, DescribeError, LoadError, Progress, Sandbox, Watcher};

use super::{Event, Order, StepEvent, Walk};
use crate::app::{AppError, sandbox};
use crate::runnable::RunnableJourney;

/// Why a component cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ComponentError {
    /// Not there.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Refused, or not compiled.
    #[error("{}: {source}", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// Why.
        source: LoadError,
    },
    /// Its journeys are not known, or break a rule.
    #[error("{}: {source}", path.display())]
    Describe {
        /// The file.
        path: PathBuf,
        /// Why.
        source: DescribeError,
    },
}

impl ComponentError {
    /// Whether the runner, not the component, is to blame.
    pub(crate) fn is_runners_fault(&self) -> bool {
        match self {
            Self::Unreadable { .. } => false,
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
    /// Starts it, with room for that many attempts at a time.
    pub(crate) fn start(cache_dir: PathBuf, slots: u32) -> Result<Self, AppError> {
        let sandbox = sandbox(cache_dir, slots)?;
        Ok(Self { sandbox, tenant: "local".parse()?, location: "local".parse()? })
    }

    /// Checks and compiles a component and asks it which journeys it holds. `path` is for errors.
    pub(crate) async fn open(
        &self,
        path: &Path,
        wasm: &[u8],
    ) -> Result<(Component, Vec<Descriptor>), ComponentError> {
        let path = || path.to_owned();
        let component =
            self.sandbox.load(wasm).await.map_err(|source| ComponentError::Load { path: path(), source })?;
        let journeys = self.sandbox.describe(&component).await;
        Ok((component, journeys.map_err(|source| ComponentError::Describe { path: path(), source })?))
    }
}

/// Walks journeys in the sandbox.
pub(crate) struct Walker {
    app: App,
    ready: Vec<RunnableJourney>,
}

impl Walker {
    /// Walks these; an order's place is a place among them.
    pub(crate) fn new(app: App, ready: Vec<RunnableJourney>) -> Self {
        Self { app, ready }
    }
}

/// Passes steps on as they begin and end.
fn watcher(order: &Order) -> Watcher {
    let (run, steps) = (order.run, order.steps.clone());
    Arc::new(move |progress| {
        let (name, outcome) = match progress {
            Progress::StepBegan { name, .. } => (name, None),
            Progress::StepEnded { name, outcome } => (name, Some(outcome)),
        };
        // A closed channel means that the session is over; there is nobody left to tell.
        drop(steps.send(Event::Step(StepEvent { run, name, outcome })));
    })
}

impl Walk for Walker {
    async fn walk(&self, mut order: Order) -> Option<AttemptReport> {
        let ready = self.ready.get(order.place)?;
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
        Some(ready.attempt(&self.app.sandbox, context, watcher, &mut order.stop).await)
    }
}
