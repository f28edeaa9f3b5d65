//! The task, and how it removes one kind of result that is due.

use std::collections::HashMap;
use std::time::Duration;

use wayfarer_model::clock::{ClockReading, retention_instant};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Due, Removed, RetentionKind, Store, StoreError, TenantKey};

use super::Periods;
use crate::server::ServerContext;
use crate::server::background::driver::Reconcile;

/// After a step that wrote nothing: lets other tasks have the processor.
const BREATH: Duration = Duration::from_millis(1);
/// A pause lasts this many times as long as the step before it held the writer: results have four fifths of its time.
const PAUSES: u32 = 4;

/// Whether anybody else wants the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Haste {
    /// Results do: the task pauses between steps.
    Patient,
    /// Nobody does.
    Quick,
}

/// Removes what is due, and returns the instant before which everything is gone. That instant may lie before
/// `due.before`: slots that the next start might settle are kept.
pub(crate) async fn work_off(
    store: &Store,
    due: &Due,
    haste: Haste,
    mut removed: impl FnMut(Removed),
) -> Result<UnixMillis, StoreError> {
    let mut removal = store.removal(due).await?;
    loop {
        let step = removal.step().await?;
        tracing::debug!(kind = due.kind.as_str(), count = step.count, held = ?step.held, "a step of retention");
        removed(step);
        if step.is_done {
            return Ok(removal.before());
        }
        if haste == Haste::Patient {
            tokio::time::sleep((step.held * PAUSES).max(BREATH)).await;
        }
    }
}

/// Removes the audit events that are due. Returns how many.
pub(crate) async fn trim_audit_trail(
    store: &Store,
    before: UnixMillis,
    haste: Haste,
) -> Result<u64, StoreError> {
    let mut count = 0;
    loop {
        let step = store.remove_audit_events(before).await?;
        count += step.count;
        if step.is_done {
            return Ok(count);
        }
        if haste == Haste::Patient {
            tokio::time::sleep((step.held * PAUSES).max(BREATH)).await;
        }
    }
}

/// Removes results that are older than they are kept for. It rests for a day after a step of the wall clock, and follows the clock
/// by a bounded stretch each round ([`retention_instant`]).
pub(in crate::server) struct Retention {
    periods: Periods,
    /// Up to when a kind of these tenants is known to be gone. Runs go once a day: this keeps the task from walking them
    /// every minute.
    gone: HashMap<(RetentionKind, bool, Vec<TenantKey>), UnixMillis>,
    /// The last round by the clock that counts from the machine's boot, in milliseconds.
    last_round_ms: Option<u64>,
}

impl Retention {
    pub(in crate::server) fn new(periods: Periods) -> Self {
        Self { periods, gone: HashMap::new(), last_round_ms: None }
    }
}

impl Reconcile for Retention {
    const NAME: &'static str = "retention";
    const PERIOD: Duration = Duration::from_mins(1);
    const WHILE_FAILING: &'static str = "old results are not removed";

    type Error = StoreError;

    /// Cut short in the middle of a step, it leaves what a kill leaves: nothing half done.
    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        let (ClockReading { wall, boot_ms }, rest_ms) = context.clock.trace();
        if rest_ms > 0 {
            return Ok(());
        }
        let since_ms = self.last_round_ms.map_or(0, |last| boot_ms.saturating_sub(last));
        let now = retention_instant(context.store.retention_instant().await?, since_ms, wall);
        context.store.keep_retention_instant(now).await?;
        self.last_round_ms = Some(boot_ms);
        let tenants = context.store.tenants().await?;
        for due in self.periods.due(&tenants, now) {
            let key = (due.kind, due.is_platforms, due.tenants.clone());
            if self.gone.get(&key).is_some_and(|before| *before >= due.before) {
                continue;
            }
            let count = |step: Removed| context.metrics.removed(due.kind, step.count);
            let before = work_off(&context.store, &due, Haste::Patient, count).await?;
            self.gone.insert(key, before);
        }
        if let Some(before) = self.periods.audit_due(now) {
            let count = trim_audit_trail(&context.store, before, Haste::Patient).await?;
            context.metrics.removed_audit_events(count);
        }
        Ok(())
    }
}
