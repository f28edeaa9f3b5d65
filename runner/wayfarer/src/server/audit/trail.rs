//! Writes events to the store.
//!
//! An event is written after what it tells of, in a transaction of its own: nobody can be told of a change that was not made. A
//! kill in between, which is a few milliseconds, leaves a change without its event. If the store cannot write it, the log has it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use wayfarer_model::audit::{Actor, AuditAction, AuditOutcome};
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{AuditEvent, Store};

use super::round::{Fate, Round, Source};
use crate::clock::WallClock;

/// How long a round of refused requests lasts.
const ROUND: Duration = Duration::from_mins(1);
/// How long a round of what runs do lasts: they do it all day.
const ROUND_OF_RUNS: Duration = Duration::from_mins(10);

/// The trail of one server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct AuditTrail(Arc<Inner>);

struct Inner {
    store: Store,
    clock: WallClock,
    /// Where events are written for which nobody waits: never on the threads of guests.
    runtime: Handle,
    rounds: Mutex<HashMap<Source, Round>>,
    /// Events that are about to be written there. Whoever ends the trail writes them too.
    due: Mutex<Vec<AuditEvent>>,
    /// Of requests, and of runs.
    lengths: (Duration, Duration),
}

impl AuditTrail {
    pub(crate) fn new(store: Store, clock: WallClock, runtime: Handle) -> Self {
        Self::with_rounds(store, clock, runtime, (ROUND, ROUND_OF_RUNS))
    }

    pub(crate) fn with_rounds(
        store: Store,
        clock: WallClock,
        runtime: Handle,
        lengths: (Duration, Duration),
    ) -> Self {
        let (rounds, due) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { store, clock, runtime, rounds, due, lengths }))
    }

    /// The instant of an event that happens now.
    pub(crate) fn now(&self) -> UnixMillis {
        self.0.clock.now()
    }

    /// Writes what was carried out. Returns once that is durable, or the log has it.
    pub(crate) async fn record(&self, event: AuditEvent) {
        self.write(vec![event]).await;
    }

    /// Writes what the server itself did.
    pub(crate) async fn record_own(
        &self,
        action: AuditAction,
        object: impl Into<String>,
        outcome: AuditOutcome,
    ) {
        let (occurred, actor, object) = (self.now(), Actor::Server, object.into());
        self.record(AuditEvent { occurred, tenant: None, actor, action, object, outcome, count: 1 }).await;
    }

    /// Takes what requests may cause often: the first of a kind is written at once, those like it for a minute together. Does not
    /// wait.
    pub(crate) fn count(&self, event: AuditEvent) {
        self.take(Source::Requests, event);
    }

    /// The same for what a run of the tenant did, for ten minutes together.
    pub(super) fn count_of_run(&self, tenant: TenantName, event: AuditEvent) {
        self.take(Source::Runs(tenant, event.action), event);
    }

    fn take(&self, source: Source, event: AuditEvent) {
        let fate = {
            let mut rounds = self.0.rounds.lock();
            rounds.entry(source.clone()).or_insert_with(|| Round::new(source.clone())).take(event)
        };
        let Fate::Write { event, begins } = fate else { return };
        let length = match source {
            Source::Requests => self.0.lengths.0,
            Source::Runs(..) => self.0.lengths.1,
        };
        self.0.due.lock().push(event);
        let trail = self.clone();
        // Once the runtime has ended, nothing is written any more.
        self.0.runtime.spawn(async move {
            trail.write_due().await;
            if begins {
                tokio::time::sleep(length).await;
                let counted = trail.0.rounds.lock().remove(&source).map(|mut round| round.end());
                trail.write(counted.unwrap_or_default()).await;
            }
        });
    }

    /// Writes what was taken so far. Called when nothing more happens that would be taken.
    pub(crate) async fn end_rounds(&self) {
        self.write_due().await;
        let counted = self.0.rounds.lock().values_mut().flat_map(Round::end).collect();
        self.write(counted).await;
    }

    async fn write_due(&self) {
        let due = std::mem::take(&mut *self.0.due.lock());
        self.write(due).await;
    }

    async fn write(&self, events: Vec<AuditEvent>) {
        if events.is_empty() {
            return;
        }
        for AuditEvent { tenant, actor, action, object, outcome, count, .. } in &events {
            let tenant = tenant.as_ref().map(TenantName::as_str);
            tracing::info!(target: "wayfarer::audit", %action, object, %actor, %outcome, count, tenant, "command");
        }
        if let Err(error) = self.0.store.record_audit_events(events.clone()).await {
            for AuditEvent { tenant, actor, action, object, outcome, count, .. } in events {
                let tenant = tenant.map(String::from);
                tracing::error!(%error, %actor, %action, %object, %outcome, count, tenant, "an audit event was not written");
            }
        }
    }
}
