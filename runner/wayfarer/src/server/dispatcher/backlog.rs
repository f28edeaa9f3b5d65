//! Slots that are not going to run: each gets its row, some hundred at a time, while everything else goes on.
//!
//! They come as whole stretches of time: what was due while no runner was there, or what lies beyond its grace
//! after the machine was asleep. However long the stretch, only a piece of it is in memory; the watermark stays
//! below it until its last row is durable, so that a successor takes over where this process ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use wayfarer_model::context::Lane;
use wayfarer_model::maintenance::MaintenanceMode;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{Identity, MaintenanceKey, Pause, Store, StoreError, Unrun};

use super::Message;
use super::Suspensions;
use super::identity::Identities;
use crate::clock::WallClock;
use crate::server::metrics::Metrics;
use crate::server::planner::{Passed, PlannedVersion, Standing};
use crate::shutdown::Stop;

/// As many rows are written together.
const PIECE: usize = 1_000;
/// Between two tries to read what the store has.
const PAUSE: Duration = Duration::from_secs(1);

/// A stretch of slots, with the number by which the watermark knows it.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) number: u64,
    pub(super) passed: Passed<Arc<PlannedVersion>>,
    /// Why they are missed, unless they were skipped anyway.
    pub(super) reason: Reason,
}

/// Writes the rows.
pub(super) struct Backlog {
    pub(super) store: Store,
    pub(super) identities: Identities,
    pub(super) clock: WallClock,
    pub(super) metrics: Arc<Metrics>,
    pub(super) stretches: UnboundedReceiver<Stretch>,
    pub(super) tell: UnboundedSender<Message>,
    pub(super) stop: Stop,
}

/// Rows that are about to be written, and what is told once they are.
#[derive(Default)]
struct Piece {
    rows: Vec<Unrun>,
    counted: Vec<(Arc<PlannedVersion>, Verdict)>,
    told: Vec<Message>,
}

impl Backlog {
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
                        tracing::error!(%error, "slots that were missed get no row now; it is tried again");
                    }
                    is_failing = true;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Waits until there is something to do; false when there never will be.
    async fn more(&mut self, waiting: &mut Vec<Stretch>) -> bool {
        let mut stop = self.stop.clone();
        if waiting.is_empty() {
            tokio::select! {
                () = stop.wait() => return false,
                stretch = self.stretches.recv() => waiting.extend(stretch),
            }
        }
        while let Ok(stretch) = self.stretches.try_recv() {
            waiting.push(stretch);
        }
        !waiting.is_empty() && !stop.is_set()
    }

    /// Writes what of them has no row yet; small stretches share a piece. False if the runner stops meanwhile.
    async fn settle(&self, stretches: &[Stretch]) -> Result<bool, StoreError> {
        let first = stretches.iter().map(|stretch| stretch.passed.first_fire()).min().unwrap_or_default();
        let reasons = Reasons {
            pauses: self.store.pauses_reaching(first).await?,
            suspensions: Suspensions::reaching(&self.store, first).await?,
        };
        let mut piece = Piece::default();
        for stretch in stretches {
            if !self.settle_one(stretch, &reasons, &mut piece).await? {
                return Ok(false);
            }
        }
        self.write(&mut piece).await?;
        Ok(true)
    }

    async fn settle_one(
        &self,
        stretch: &Stretch,
        reasons: &Reasons,
        piece: &mut Piece,
    ) -> Result<bool, StoreError> {
        let Passed { version, schedule, from, until } = &stretch.passed;
        let mut slots = schedule.slots_between(*from, *until).peekable();
        loop {
            let part: Vec<UnixMillis> = slots.by_ref().take(PIECE).collect();
            let next = slots.peek().copied();
            if let Some(first) = part.first() {
                let (location, end) = (self.identities.location(), next.unwrap_or(*until));
                let settled = self.store.slots_settled(version.journey, location, *first, end).await?;
                let at = self.clock.now();
                for slot in part.into_iter().filter(|slot| !settled.contains(slot)) {
                    let (verdict, reason, maintenance) =
                        reasons.fate(version, schedule.fire_at(slot), stretch.reason);
                    let identity = Identity { maintenance, ..self.identities.of_slot(version, slot) };
                    piece.rows.push(Unrun { identity, at, verdict, reason });
                    piece.counted.push((Arc::clone(version), verdict));
                }
            }
            piece.told.push(Message::Passed(stretch.number, next.map(|next| schedule.fire_at(next))));
            if piece.rows.len() >= PIECE {
                self.write(piece).await?;
            }
            if next.is_none() {
                return Ok(true);
            }
            if self.stop.is_set() {
                return Ok(false);
            }
        }
    }

    async fn write(&self, piece: &mut Piece) -> Result<(), StoreError> {
        self.store.settle_all(&piece.rows).await?;
        piece.rows.clear();
        for (version, verdict) in piece.counted.drain(..) {
            self.metrics.settled(&version.owner.name, Lane::Scheduled, verdict);
        }
        for message in piece.told.drain(..) {
            // A dispatcher that is gone has told the store where it was.
            let _ = self.tell.send(message);
        }
        Ok(())
    }
}

/// What may have kept a slot from being run on purpose.
struct Reasons {
    pauses: Vec<Pause>,
    suspensions: Suspensions,
}

impl Reasons {
    /// What becomes of a slot that is not going to run, and the window in which it was due.
    fn fate(
        &self,
        version: &PlannedVersion,
        due: UnixMillis,
        otherwise: Reason,
    ) -> (Verdict, Reason, Option<MaintenanceKey>) {
        let window = self.suspensions.window(&version.owner.name, &version.name, due);
        let key = window.map(|(key, _)| key);
        let is_in = |pause: &Pause| {
            pause.journey == version.journey
                && pause.from <= due
                && pause.until.is_none_or(|until| due < until)
        };
        let skipped = if version.standing == Standing::TenantDisabled {
            Reason::TenantDisabled
        } else if self.pauses.iter().any(is_in) {
            Reason::Paused
        } else if self.suspensions.was_stopped(&version.owner.name, due) {
            Reason::KillSwitch
        } else if window.is_some_and(|(_, mode)| mode == MaintenanceMode::Skip) {
            Reason::Maintenance
        } else {
            return (Verdict::Missed, otherwise, key);
        };
        (Verdict::Skipped, skipped, key)
    }
}
