//! One run, from the place that it was given to the commit of its result.
//!
//! The place is free as soon as the last attempt has ended; the commit is waited for without one.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use wayfarer_model::context::Lane;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{Finished, Settled, Store};

use super::{Ended, Execute, Message, RunOrder, RunReport};
use crate::clock::WallClock;
use crate::server::metrics::Metrics;

/// What every run needs beside its order.
pub(super) struct Surroundings<E> {
    pub(super) execute: E,
    pub(super) store: Store,
    pub(super) clock: WallClock,
    pub(super) metrics: Arc<Metrics>,
    pub(super) tell: UnboundedSender<Message>,
}

/// All of one run.
pub(super) async fn one_run<E: Execute>(
    around: Arc<Surroundings<E>>,
    order: RunOrder,
    started_at: UnixMillis,
    asked: Option<oneshot::Sender<Ended>>,
) {
    let (version, identity, kill) = (Arc::clone(&order.version), order.identity, order.kill.clone());
    // A panic is a fault of ours. It must cost neither the place nor the row.
    let made = AssertUnwindSafe(around.execute.execute(order)).catch_unwind().await;
    let report = made.unwrap_or_else(|_| RunReport::without_attempts(Verdict::Inconclusive, Reason::Runner));
    let is_killed = report.reason == Reason::RunnerStopped && kill.is_set();
    let RunReport { verdict, reason, attempts } = if is_killed { report.killed() } else { report };
    let finished_at = around.clock.now();
    // A dispatcher that is gone hands out no places.
    let _ = around.tell.send(Message::Ended(Arc::clone(&version)));
    let finished = Finished { identity, started_at, finished_at, verdict, reason, attempts };
    match around.store.finish(&finished).await {
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
    around.metrics.settled(owner, identity.lane, verdict);
    // Whoever is paged by the metrics is not to be paged by what is muted.
    if identity.lane == Lane::Scheduled && identity.maintenance.is_none() {
        let last = finished.attempts.last().map(Arc::as_ref);
        around.metrics.probed((owner.clone(), version.name.clone()), verdict, last, finished_at);
    }
    if let Some(asked) = asked {
        // Nobody needs to wait for what was asked for.
        let _ = asked.send(Ended { verdict, reason });
    }
}
