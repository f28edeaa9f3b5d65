//! The loop, and how one thing that is due is worked off.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Due, Removed, RetentionKind, Store, StoreError, TenantKey};

use super::Periods;
use crate::clock::WallClock;
use crate::server::metrics::Metrics;
use crate::shutdown::Cancellation;

/// Between two rounds.
const ROUND: Duration = Duration::from_mins(1);
/// After a step that wrote nothing: others get at the processor.
const BREATH: Duration = Duration::from_millis(1);
/// A pause is so many times as long as the step before it held the writer: results have four fifths of its time.
const PAUSES: u32 = 4;

/// Whether anybody else wants the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Haste {
    /// Results do: pauses between steps.
    Patient,
    /// Nobody does.
    Quick,
}

/// Removes what is due. Answers with the instant before which it is gone, which may lie earlier than asked for: a
/// slot that the next start might settle is left alone.
pub(crate) async fn work_off(
    store: &Store,
    due: &Due,
    haste: Haste,
    mut told: impl FnMut(Removed),
) -> Result<UnixMillis, StoreError> {
    let mut removal = store.removal(due).await?;
    loop {
        let step = removal.step().await?;
        tracing::debug!(kind = due.kind.as_str(), count = step.count, held = ?step.held, "a step of retention");
        told(step);
        if step.is_done {
            return Ok(removal.before());
        }
        if haste == Haste::Patient {
            tokio::time::sleep((step.held * PAUSES).max(BREATH)).await;
        }
    }
}

/// The loop's parts.
pub(crate) struct Janitor {
    pub(crate) store: Store,
    pub(crate) periods: Periods,
    pub(crate) clock: WallClock,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) stop: Cancellation,
}

/// Up to when a kind of these tenants is known to be gone.
type Gone = HashMap<(RetentionKind, Vec<TenantKey>), UnixMillis>;

impl Janitor {
    /// Until the server stops. Cut short in the middle of a step, it leaves what a kill leaves: nothing half done.
    pub(crate) async fn run(self) {
        let (mut gone, mut is_failing) = (Gone::new(), false);
        loop {
            let rounded = tokio::select! {
                rounded = self.round(&mut gone) => rounded,
                _ = self.stop.cancelled() => return,
            };
            if let Err(error) = &rounded
                && !is_failing
            {
                tracing::error!(%error, "what is old was not removed; it is tried again every minute");
            }
            is_failing = rounded.is_err();
            tokio::select! {
                () = tokio::time::sleep(ROUND) => {}
                _ = self.stop.cancelled() => return,
            }
        }
    }

    async fn round(&self, gone: &mut Gone) -> Result<(), StoreError> {
        let tenants = self.store.tenants().await?;
        for due in self.periods.due(&tenants, self.clock.now()) {
            let key = (due.kind, due.tenants.clone());
            // So that runs, which go once a day, are not walked every minute.
            if gone.get(&key).is_some_and(|before| *before >= due.before) {
                continue;
            }
            let told = |step: Removed| self.metrics.removed(due.kind, step.count);
            let before = work_off(&self.store, &due, Haste::Patient, told).await?;
            gone.insert(key, before);
        }
        Ok(())
    }
}
