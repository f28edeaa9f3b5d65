//! Writes events to the store.
//!
//! An event is written after what it tells of, in a transaction of its own: nobody can be told of a change that was not made. A
//! kill in between, which is a few milliseconds, leaves a change without its event. If the store cannot write it, the log has it.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use wayfarer_model::audit::{Actor, AuditAction, AuditOutcome};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{AuditEvent, Store};

use super::refusals::{Fate, Refusals};
use crate::clock::WallClock;

/// How long a round of refusals lasts.
const ROUND: Duration = Duration::from_mins(1);

/// The trail of one server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct AuditTrail(Arc<Inner>);

struct Inner {
    store: Store,
    clock: WallClock,
    refusals: Mutex<Refusals>,
    round: Duration,
}

impl AuditTrail {
    pub(crate) fn new(store: Store, clock: WallClock) -> Self {
        Self::with_round(store, clock, ROUND)
    }

    pub(crate) fn with_round(store: Store, clock: WallClock, round: Duration) -> Self {
        Self(Arc::new(Inner { store, clock, refusals: Mutex::default(), round }))
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

    /// Takes what may come often: the first of a kind is written at once, those like it for a minute together. Does not wait.
    pub(crate) fn count(&self, event: AuditEvent) {
        let fate = self.0.refusals.lock().take(event);
        let Fate::Write { event, begins } = fate else { return };
        // Without a runtime the process is about to end.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let trail = self.clone();
        runtime.spawn(async move {
            trail.record(event).await;
            if begins {
                tokio::time::sleep(trail.0.round).await;
                trail.end_round().await;
            }
        });
    }

    /// Writes what was counted so far.
    pub(crate) async fn end_round(&self) {
        let counted = self.0.refusals.lock().end();
        if !counted.is_empty() {
            self.write(counted).await;
        }
    }

    async fn write(&self, events: Vec<AuditEvent>) {
        if let Err(error) = self.0.store.record_audit_events(events.clone()).await {
            for AuditEvent { tenant, actor, action, object, outcome, count, .. } in events {
                let tenant = tenant.map(String::from);
                tracing::error!(%error, %actor, %action, %object, %outcome, count, tenant, "an audit event was not written");
            }
        }
    }
}
