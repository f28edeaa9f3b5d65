//! confirmation runs: while a journey fails, it is run by its `confirm_every` too, in the lane `confirm`.
//!
//! Between the store, which knows what fails, and the dispatcher, which gives each look a place. The loop takes no
//! input: twice a second it asks the store, so a restart is nothing special, and a look that was lost is made up
//! for by the next one. What it hands out has no weight in rates, and is due to nobody: `wayfarer audit` does not
//! look for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::schedule::Schedule;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{JourneyKey, Store};

use crate::clock::WallClock;
use crate::server::dispatcher::DispatcherHandle;
use crate::server::planner::Planner;
use crate::shutdown::Cancellation;

/// Between two questions to the store.
const ASK: Duration = Duration::from_millis(500);

/// The loop and what it needs.
pub(in crate::server) struct Confirmations {
    pub(in crate::server) store: Store,
    pub(in crate::server) planner: Arc<Planner>,
    pub(in crate::server) dispatcher: DispatcherHandle,
    pub(in crate::server) clock: WallClock,
    pub(in crate::server) stop: Cancellation,
}

impl Confirmations {
    /// Until the server stops.
    pub(in crate::server) async fn run(self) {
        let mut next = NextLooks(BTreeMap::new());
        let mut is_blind = false;
        while !self.stop.is_cancelled() {
            let watched = self.planner.watched();
            let keys: Vec<JourneyKey> = watched.keys().copied().collect();
            match self.store.failing(&keys).await {
                Ok(failing) => {
                    is_blind = false;
                    let schedule_of =
                        |journey| watched.get(&journey).and_then(|version| version.confirm_every.clone());
                    for (journey, at) in next.due(&failing, self.clock.now(), schedule_of) {
                        if let Some(version) = watched.get(&journey) {
                            self.dispatcher.confirm(Arc::clone(version), at);
                        }
                    }
                }
                Err(error) if !is_blind => {
                    is_blind = true;
                    tracing::error!(%error, "what fails cannot be read now: no confirmation runs until it can");
                }
                Err(_) => {}
            }
            tokio::select! {
                () = tokio::time::sleep(ASK) => {}
                _ = self.stop.cancelled() => {}
            }
        }
    }
}

/// When each journey that fails is looked at next.
#[derive(Debug)]
struct NextLooks<K>(BTreeMap<K, UnixMillis>);

impl<K: Ord + Copy> NextLooks<K> {
    /// The looks that are due. A journey that begins to fail has its first one at the next instant of its
    /// schedule; of several instants that have passed meanwhile, one is made.
    fn due(
        &mut self,
        failing: &[K],
        now: UnixMillis,
        schedule_of: impl Fn(K) -> Option<Arc<Schedule>>,
    ) -> Vec<(K, UnixMillis)> {
        self.0.retain(|journey, _| failing.contains(journey));
        let mut due = Vec::new();
        for journey in failing {
            let Some(following) = schedule_of(*journey).and_then(|schedule| schedule.next(now)) else {
                continue;
            };
            match self.0.get_mut(journey) {
                Some(at) if *at <= now => {
                    due.push((*journey, *at));
                    *at = following;
                }
                // Another version may look more often, and a clock may have gone back.
                Some(at) => *at = (*at).min(following),
                None => drop(self.0.insert(*journey, following)),
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::schedule::Timezone;

    use super::*;

    #[test]
    fn looks_follow_the_schedule_only_while_the_journey_fails() {
        let schedule = Arc::new(Schedule::new("every 30s".parse().unwrap(), Timezone::UTC));
        let mut next = NextLooks(BTreeMap::new());
        let mut at = |now: u64, failing: &[u8]| -> Vec<u64> {
            let due = next.due(failing, UnixMillis(now), |_| Some(Arc::clone(&schedule)));
            due.iter().map(|(_, at)| at.0).collect()
        };
        assert!(at(1_000, &[]).is_empty());
        assert!(at(10_000, &[1]).is_empty(), "it has just begun to fail");
        assert!(at(29_999, &[1]).is_empty());
        assert_eq!(at(30_100, &[1]), [30_000]);
        assert!(at(30_600, &[1]).is_empty(), "once an instant");
        assert_eq!(at(200_000, &[1]), [60_000], "one for all that have passed");
        assert_eq!(at(210_000, &[1]), [210_000]);
        assert!(at(215_000, &[]).is_empty());
        assert!(at(241_000, &[1]).is_empty(), "it fails anew: from the next instant on");
        assert!(at(100_000, &[1]).is_empty(), "the clock has gone back");
        assert_eq!(at(120_500, &[1]), [120_000]);
    }
}
