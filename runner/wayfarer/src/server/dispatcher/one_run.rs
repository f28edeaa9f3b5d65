//! One run, from its permit to the commit of its result.
//!
//! The permit is free as soon as the last attempt has ended. The wait for the commit holds none.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::sync::oneshot;
use wayfarer_model::context::Lane;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{Finished, Settled, Store};

use super::{DispatcherHandle, Execute, RunOrder, RunReport, TriggerOutcome};
use crate::clock::WallClock;
use crate::server::RunnerMemory;
use crate::server::metrics::Metrics;

/// What every run needs beside its order.
pub(super) struct RunContext<E> {
    pub(super) execute: E,
    pub(super) store: Store,
    pub(super) clock: WallClock,
    pub(super) metrics: Arc<Metrics>,
    pub(super) memory: RunnerMemory,
    pub(super) dispatcher: DispatcherHandle,
}

/// Makes the run, frees its permit, stores its result, and answers the person who triggered it.
pub(super) async fn one_run<E: Execute>(
    context: Arc<RunContext<E>>,
    order: RunOrder,
    started_at: UnixMillis,
    answer: Option<oneshot::Sender<TriggerOutcome>>,
) {
    let (version, identity, memory) = (Arc::clone(&order.version), order.identity, order.memory.clone());
    // A panic is a fault of the runner. It must cost neither the permit nor the row.
    let made = AssertUnwindSafe(context.execute.execute(order)).catch_unwind().await;
    let report = made.unwrap_or_else(|_| RunReport::without_attempts(Verdict::Inconclusive, Reason::Runner));
    let RunReport { verdict, reason, attempts } = report;
    context.memory.learn(version.journey, memory.peak());
    // Given back before the permit is, so that whoever gets it finds the room.
    drop(memory);
    let finished_at = context.clock.now();
    context.dispatcher.run_ended(Arc::clone(&version));
    let finished = Finished { identity, started_at, finished_at, verdict, reason, attempts };
    match context.store.finish(&finished).await {
        Ok(Settled::Written) => {}
        Ok(Settled::Refused) => {
            tracing::error!(run = %identity.run, "the store has another result for this run, and refused this one");
            return;
        }
        Err(error) => {
            tracing::error!(run = %identity.run, %error, "the result of a run is lost");
            return;
        }
    }
    let owner = &version.owner.name;
    context.metrics.settled(owner, identity.lane, verdict);
    context.metrics.ended(verdict);
    // Alerts that read the metrics must not fire for a muted run.
    if identity.lane == Lane::Scheduled && identity.maintenance.is_none() {
        let last = finished.attempts.last().map(Arc::as_ref);
        context.metrics.probed((owner.clone(), version.name.clone()), verdict, last, finished_at);
    }
    if let Some(answer) = answer {
        // The person may have left.
        let _ = answer.send(TriggerOutcome { verdict, reason });
    }
}
