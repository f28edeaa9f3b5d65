//! Confirmation runs: while a journey fails, it is run by its `confirm_every` too, in the lane `confirm`.
//!
//! Between the store, which knows what fails, and the dispatcher, which gives each run a permit. A confirmation run that
//! was lost is made up for by the next one. None counts in a rate and none is due to anybody: `wayfarer audit` does not
//! look for them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::schedule::Schedule;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{JourneyKey, StoreError};

use super::driver::Reconcile;
use crate::server::ServerContext;

/// Hands out confirmation runs.
pub(super) struct Confirmations(NextConfirmations<JourneyKey>);

impl Confirmations {
    pub(super) fn new() -> Self {
        Self(NextConfirmations(BTreeMap::new()))
    }
}

impl Reconcile for Confirmations {
    const NAME: &'static str = "confirmations";
    const PERIOD: Duration = Duration::from_millis(500);
    const WHILE_FAILING: &'static str = "no confirmation runs are made";

    type Error = StoreError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        let watched = context.planner.watched();
        let keys: Vec<JourneyKey> = watched.keys().copied().collect();
        let failing = context.store.failing(&keys).await?;
        let schedule_of = |journey| watched.get(&journey).and_then(|version| version.confirm_every.clone());
        for (journey, at) in self.0.due(&failing, context.clock.now(), schedule_of) {
            if let Some(version) = watched.get(&journey) {
                context.dispatcher.confirm(Arc::clone(version), at);
            }
        }
        Ok(())
    }
}

/// When the next confirmation run of each failing journey is due.
#[derive(Debug)]
struct NextConfirmations<K>(BTreeMap<K, UnixMillis>);

impl<K: Ord + Copy> NextConfirmations<K> {
    /// The confirmation runs that are due. A journey that begins to fail has its first one at the next instant of its
    /// schedule. If several instants have passed meanwhile, one run stands for all of them.
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
                // Another version may have shorter intervals, and a clock may have gone back.
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
    fn confirmation_runs_follow_their_schedule_only_while_the_journey_fails() {
        let schedule = Arc::new(Schedule::new("every 30s".parse().unwrap(), Timezone::UTC));
        let mut next = NextConfirmations(BTreeMap::new());
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
