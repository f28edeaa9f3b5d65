//! The planner's thread: sleeps until the next slot is due, and hands on what is.
//!
//! Between the [`Plan`] and the dispatcher. A thread of its own, because `park_timeout` wakes within a tenth of a
//! millisecond where a runtime's timers take up to two. It sleeps no longer than [`LOOK`], so that a clock that was
//! set, or a machine that was asleep, is noticed soon.
//!
//! While the wall clock has stepped, nothing is handed out or passed over: the slots wait until the clock is right again, or until
//! the step is believed (`background/clock_steps.rs`).
//!
//! The channel to the dispatcher is short: when the dispatcher is behind, the planner waits for it, slots become
//! late and nothing piles up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::mpsc;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::JourneyKey;

use super::{Batch, Claim, Plan, PlannedVersion};
use crate::clock::WallClock;

/// The plan of a server.
pub(crate) type JourneyPlan = Plan<JourneyKey, Arc<PlannedVersion>>;

/// What a server's plan hands out.
pub(crate) type JourneyBatch = Batch<Arc<PlannedVersion>>;

/// The longest sleep.
const LOOK: Duration = Duration::from_secs(1);
/// As many slots are handed on together at the most.
const MOST: usize = 256;
/// A clock that is this far behind what was planned already is worth a word.
const BEHIND: Duration = Duration::from_mins(1);

/// By journey, the newest versions that ask for confirmation runs.
pub(crate) type Watched = BTreeMap<JourneyKey, Arc<PlannedVersion>>;

struct Shared {
    plan: Mutex<JourneyPlan>,
    /// Kept beside the plan, because it is asked for twice a second, and most journeys are not in it. Never locked while
    /// the plan is.
    watched: Mutex<Watched>,
    stopped: AtomicBool,
    clock: WallClock,
}

/// The thread and its plan.
pub(crate) struct Planner {
    shared: Arc<Shared>,
    thread: Thread,
    handle: Mutex<Option<JoinHandle<()>>>,
}

impl Planner {
    /// How many batches may wait for the dispatcher.
    pub(crate) const ROOM: usize = 4;

    /// Starts the thread.
    ///
    /// # Errors
    /// If the system gives none.
    pub(crate) fn start(
        plan: JourneyPlan,
        clock: WallClock,
        batches: mpsc::Sender<JourneyBatch>,
    ) -> std::io::Result<Self> {
        let newest = plan.versions().filter_map(|version| plan.newest(version.journey));
        let watched = newest.filter(|version| version.wants_confirmation_runs());
        let watched = watched.map(|version| (version.journey, Arc::clone(version))).collect();
        let shared = Arc::new(Shared {
            plan: Mutex::new(plan),
            watched: Mutex::new(watched),
            stopped: AtomicBool::new(false),
            clock,
        });
        let own = Arc::clone(&shared);
        let handle =
            std::thread::Builder::new().name("planner".to_owned()).spawn(move || own.run(&batches))?;
        Ok(Self { shared, thread: handle.thread().clone(), handle: Mutex::new(Some(handle)) })
    }

    /// See [`Plan::announce`].
    pub(crate) fn announce(&self, journeys: impl IntoIterator<Item = JourneyKey>) -> UnixMillis {
        self.shared.plan.lock().announce(self.shared.clock.now(), journeys)
    }

    /// See [`Plan::learn`]; one lock each, so that what is due meanwhile is not kept waiting by a large deploy. One
    /// caller at a time.
    pub(crate) fn learn(&self, claims: impl IntoIterator<Item = Claim<Arc<PlannedVersion>>>) {
        for claim in claims {
            self.shared.learn(claim);
        }
        self.thread.unpark();
    }

    /// See [`Plan::conclude`].
    pub(crate) fn conclude(&self) {
        self.shared.plan.lock().conclude();
        self.thread.unpark();
    }

    /// The newest version of a journey.
    pub(crate) fn newest(&self, journey: JourneyKey) -> Option<Arc<PlannedVersion>> {
        self.shared.plan.lock().newest(journey).cloned()
    }

    /// The newest versions that ask for confirmation runs.
    pub(crate) fn watched(&self) -> Watched {
        self.shared.watched.lock().clone()
    }

    /// Every version that has slots to come, and the newest of each journey.
    pub(crate) fn versions(&self) -> Vec<Arc<PlannedVersion>> {
        self.shared.plan.lock().versions().cloned().collect()
    }

    /// See [`Plan::planned_through`].
    pub(crate) fn planned_through(&self) -> UnixMillis {
        self.shared.plan.lock().planned_through()
    }

    /// Goes on with another plan.
    pub(crate) fn replace(&self, plan: JourneyPlan) {
        *self.shared.plan.lock() = plan;
        self.thread.unpark();
    }

    /// Hands out nothing more, and returns once the thread has ended: all that it handed out is in the channel
    /// then. The dispatcher must be listening.
    pub(crate) async fn stop(&self) {
        self.shared.stopped.store(true, Ordering::Release);
        self.thread.unpark();
        let Some(handle) = self.handle.lock().take() else { return };
        if tokio::task::spawn_blocking(move || handle.join()).await.is_ok_and(|joined| joined.is_err()) {
            tracing::error!("the planner's thread ended with a panic");
        }
    }
}

impl Shared {
    fn learn(&self, claim: Claim<Arc<PlannedVersion>>) {
        let journey = claim.version.journey;
        let newest = {
            let mut plan = self.plan.lock();
            plan.learn(journey, claim);
            plan.newest(journey).cloned()
        };
        let mut watched = self.watched.lock();
        match newest.filter(|version| version.wants_confirmation_runs()) {
            Some(version) => drop(watched.insert(journey, version)),
            None => drop(watched.remove(&journey)),
        }
    }

    fn run(&self, batches: &mpsc::Sender<JourneyBatch>) {
        let mut is_behind = false;
        while !self.stopped.load(Ordering::Acquire) {
            let Some(now) = self.clock.steady_now() else {
                std::thread::park_timeout(LOOK);
                continue;
            };
            let batch = self.plan.lock().due(now, MOST);
            is_behind = self.watch(now, is_behind);
            let more = batch.more;
            if !batch.is_empty() && batches.blocking_send(batch).is_err() {
                return;
            }
            if !more {
                std::thread::park_timeout(self.pause());
            }
        }
    }

    /// Until the next slot is due.
    fn pause(&self) -> Duration {
        let next = self.plan.lock().next_fire();
        let fire = next.map_or(Duration::MAX, |fire| Duration::from_millis(fire.0));
        fire.saturating_sub(self.clock.exact()).min(LOOK)
    }

    /// Says so, once, when the clock went back so far that nothing is due for a while.
    fn watch(&self, now: UnixMillis, was_behind: bool) -> bool {
        let through = self.plan.lock().planned_through();
        let behind = Duration::from_millis(through.0.saturating_sub(now.0));
        if behind > BEHIND && !was_behind {
            tracing::warn!(
                seconds = behind.as_secs(),
                "the clock went back: slots up to where it was are done, so nothing is due until it is there again"
            );
        }
        behind > BEHIND
    }
}
