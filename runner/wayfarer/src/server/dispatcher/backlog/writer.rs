//! Writes the rows of missed ranges, some hundred at a time.
//!
//! A range is all slots of a version within a stretch of time: those that were due while no runner was there, or those
//! whose grace was over when the planner came, for example after the machine was asleep. However long the range, memory
//! holds a piece of it only. The watermark stays below the range until its last row is durable, so that the next process
//! goes on where this one ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use wayfarer_model::admission::{Admission, RunnerState, Stage, admit};
use wayfarer_model::context::Lane;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{Identity, SkippedSlot, Store, StoreError};

use crate::clock::WallClock;
use crate::server::dispatcher::DispatcherHandle;
use crate::server::dispatcher::gate::Past;
use crate::server::dispatcher::identity::Identities;
use crate::server::metrics::Metrics;
use crate::server::planner::{Passed, PlannedVersion};
use crate::shutdown::Cancellation;

/// Rows of one transaction.
const PIECE: usize = 1_000;
/// Between two tries to read what the store has.
const PAUSE: Duration = Duration::from_secs(1);

/// Slots that are not going to run.
#[derive(Debug)]
pub(super) struct MissedRange {
    /// The watermark's name for it.
    pub(super) number: u64,
    pub(super) passed: Passed<Arc<PlannedVersion>>,
    /// Whether a runner was there when they were due.
    pub(super) runner: RunnerState,
}

/// The task.
pub(super) struct BacklogWriter {
    pub(super) store: Store,
    pub(super) identities: Identities,
    pub(super) clock: WallClock,
    pub(super) metrics: Arc<Metrics>,
    pub(super) ranges: UnboundedReceiver<MissedRange>,
    pub(super) dispatcher: DispatcherHandle,
    pub(super) stop: Cancellation,
}

/// Rows of one transaction, and what the dispatcher learns once they are durable.
#[derive(Default)]
struct Piece {
    rows: Vec<SkippedSlot>,
    counted: Vec<(Arc<PlannedVersion>, Verdict)>,
    /// See [`DispatcherHandle::range_settled`].
    settled: Vec<(u64, Option<UnixMillis>)>,
}

impl BacklogWriter {
    /// Until the runner stops, or nobody sends any more.
    pub(super) async fn run(mut self) {
        let mut waiting = Vec::new();
        let mut is_failing = false;
        while self.more(&mut waiting).await {
            match self.settle(&waiting).await {
                Ok(true) => {
                    waiting.clear();
                    is_failing = false;
                }
                Ok(false) | Err(StoreError::Closed) => return,
                Err(error) => {
                    if !is_failing {
                        tracing::error!(%error, "missed slots get no rows at the moment; the runner tries again");
                    }
                    is_failing = true;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Waits until there is something to write; false when there never will be.
    async fn more(&mut self, waiting: &mut Vec<MissedRange>) -> bool {
        if waiting.is_empty() {
            tokio::select! {
                _ = self.stop.cancelled() => return false,
                range = self.ranges.recv() => waiting.extend(range),
            }
        }
        while let Ok(range) = self.ranges.try_recv() {
            waiting.push(range);
        }
        !waiting.is_empty() && !self.stop.is_cancelled()
    }

    /// Writes the rows that are not there yet; small ranges share a transaction. False if the runner stops meanwhile.
    async fn settle(&self, ranges: &[MissedRange]) -> Result<bool, StoreError> {
        let first = ranges.iter().map(|range| range.passed.first_fire()).min().unwrap_or_default();
        let past = Past::reaching(&self.store, first).await?;
        let mut piece = Piece::default();
        for range in ranges {
            if !self.settle_one(range, &past, &mut piece).await? {
                return Ok(false);
            }
        }
        self.write(&mut piece).await?;
        Ok(true)
    }

    async fn settle_one(
        &self,
        range: &MissedRange,
        past: &Past,
        piece: &mut Piece,
    ) -> Result<bool, StoreError> {
        let Passed { version, schedule, from, until } = &range.passed;
        let mut slots = schedule.slots_between(*from, *until).peekable();
        loop {
            let instants: Vec<UnixMillis> = slots.by_ref().take(PIECE).collect();
            let next = slots.peek().copied();
            if let Some(first) = instants.first() {
                let (location, end) = (self.identities.location(), next.unwrap_or(*until));
                let settled = self.store.slots_settled(version.journey, location, *first, end).await?;
                let open = instants.into_iter().filter(|slot| !settled.contains(slot));
                let due = open.map(|slot| (slot, schedule.fire_at(slot)));
                self.decide(range, due, past, piece);
            }
            piece.settled.push((range.number, next.map(|next| schedule.fire_at(next))));
            if piece.rows.len() >= PIECE {
                self.write(piece).await?;
            }
            if next.is_none() {
                return Ok(true);
            }
            if self.stop.is_cancelled() {
                return Ok(false);
            }
        }
    }

    /// Asks the gate for the row of each slot, which comes with its due instant.
    fn decide(
        &self,
        range: &MissedRange,
        slots: impl Iterator<Item = (UnixMillis, UnixMillis)>,
        past: &Past,
        piece: &mut Piece,
    ) {
        let (version, at) = (&range.passed.version, self.clock.now());
        for (slot, due) in slots {
            let (facts, window) = past.facts(version, due, range.runner);
            // Nothing that has passed runs or waits.
            let Admission::Settle { verdict, reason } = admit(&facts, Stage::Backlog) else { continue };
            let maintenance = window.map(|(key, _)| key);
            let identity = Identity { maintenance, ..self.identities.of_slot(version, slot) };
            piece.rows.push(SkippedSlot { identity, at, verdict, reason });
            piece.counted.push((Arc::clone(version), verdict));
        }
    }

    async fn write(&self, piece: &mut Piece) -> Result<(), StoreError> {
        self.store.settle_all(&piece.rows).await?;
        piece.rows.clear();
        for (version, verdict) in piece.counted.drain(..) {
            self.metrics.settled(&version.owner.name, Lane::Scheduled, verdict);
        }
        for (number, next) in piece.settled.drain(..) {
            self.dispatcher.range_settled(number, next);
        }
        Ok(())
    }
}
