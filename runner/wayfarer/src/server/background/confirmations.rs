//! Confirmation runs: while a journey is suspected to fail or recovers, it is run again, in the lane `confirm`.
//!
//! The rule of incidents wants them some time after the end of the last run. A journey with a `confirm_every` of its own has them by
//! that schedule, as long as it fails.
//!
//! Between the store, which knows what fails, and the dispatcher, which gives each run a permit. A confirmation run that
//! was lost is made up for by the next one. While many journeys find one host dead, theirs come one after the other
//! ([`Retries`](crate::server::retries::Retries)): late, not lost. No instant is looked at twice, also where the clock goes back over it: the task keeps the
//! last instant of each journey, and the store knows those of earlier processes. None counts in a rate and none is due to anybody: `wayfarer audit` does not
//! look for them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::clock::STEP_MS;
use wayfarer_model::schedule::Schedule;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{JourneyKey, StoreError};

use super::driver::Reconcile;
use crate::server::{SandboxedRuns, ServerContext};

/// Hands out confirmation runs.
pub(super) struct Confirmations {
    by_schedule: NextConfirmations<JourneyKey>,
    /// What the rule of incidents wanted, and the dispatcher was told.
    told: BTreeMap<JourneyKey, UnixMillis>,
    runs: SandboxedRuns,
}

impl Confirmations {
    pub(super) fn new(runs: SandboxedRuns) -> Self {
        Self { by_schedule: NextConfirmations::new(), told: BTreeMap::new(), runs }
    }

    /// Hands out what the rule of incidents wants now.
    async fn by_rule(&mut self, context: &ServerContext, now: UnixMillis) -> Result<(), StoreError> {
        let wanted: BTreeMap<_, _> = context.store.wanted_confirmations().await?.into_iter().collect();
        self.told.retain(|journey, told| wanted.get(journey) == Some(told));
        for (journey, at) in wanted {
            if at > now || self.told.get(&journey) == Some(&at) {
                continue;
            }
            let version = context.planner.newest(journey);
            let Some(version) = version.filter(|version| version.is_confirmed_by_rule()) else { continue };
            if !context.store.was_confirmed(journey, at).await? {
                if !self.runs.retries().may_confirm(journey, now) {
                    continue;
                }
                context.dispatcher.confirm(version, at);
            }
            self.told.insert(journey, at);
        }
        Ok(())
    }
}

impl Reconcile for Confirmations {
    const NAME: &'static str = "confirmations";
    const PERIOD: Duration = Duration::from_millis(500);
    const WHILE_FAILING: &'static str = "no confirmation runs are made";

    type Error = StoreError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        // While the wall clock has stepped nothing starts.
        let Some(now) = context.clock.steady_now() else { return Ok(()) };
        context.metrics.retries(self.runs.retries().figures());
        let watched = context.planner.watched();
        let keys: Vec<JourneyKey> = watched.keys().copied().collect();
        let failing = context.store.failing(&keys).await?;
        let schedule_of = |journey| watched.get(&journey).and_then(|version| version.confirm_every.clone());
        for (journey, at) in self.by_schedule.due(&failing, now, schedule_of) {
            if let Some(version) = watched.get(&journey)
                && !context.store.was_confirmed(journey, at).await?
                && self.runs.retries().may_confirm(journey, now)
            {
                context.dispatcher.confirm(Arc::clone(version), at);
            }
        }
        self.by_rule(context, now).await
    }
}

/// When the next confirmation run of each failing journey is due.
#[derive(Debug)]
struct NextConfirmations<K> {
    next: BTreeMap<K, UnixMillis>,
    /// The last instant that was handed out, also of journeys that do not fail now.
    last: BTreeMap<K, UnixMillis>,
}

impl<K: Ord + Copy> NextConfirmations<K> {
    fn new() -> Self {
        Self { next: BTreeMap::new(), last: BTreeMap::new() }
    }

    /// The confirmation runs that are due. A journey that begins to fail has its first one at the next instant of its
    /// schedule. If several instants have passed meanwhile, one run stands for all of them.
    fn due(
        &mut self,
        failing: &[K],
        now: UnixMillis,
        schedule_of: impl Fn(K) -> Option<Arc<Schedule>>,
    ) -> Vec<(K, UnixMillis)> {
        self.next.retain(|journey, _| failing.contains(journey));
        // A clock that goes back further has stepped, and the store took out what had not come.
        self.last.retain(|_, last| last.0 <= now.0.saturating_add(STEP_MS.unsigned_abs()));
        let mut due = Vec::new();
        for journey in failing {
            let seen = self.last.get(journey).copied().unwrap_or_default().max(now);
            let Some(following) = schedule_of(*journey).and_then(|schedule| schedule.next(seen)) else {
                continue;
            };
            match self.next.get_mut(journey) {
                Some(at) if *at <= now => {
                    due.push((*journey, *at));
                    self.last.insert(*journey, *at);
                    *at = following;
                }
                // Another version may have shorter intervals, and a clock may have gone back.
                Some(at) => *at = (*at).min(following),
                None => drop(self.next.insert(*journey, following)),
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
        let mut next = NextConfirmations::new();
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
        // Back by less than a step, over an instant that was looked at.
        assert!(at(105_000, &[1]).is_empty() && at(119_000, &[1]).is_empty());
        assert!(at(120_100, &[1]).is_empty(), "the instant comes again and is not looked at again");
        assert_eq!(at(150_100, &[1]), [150_000]);
        assert!(at(140_000, &[]).is_empty(), "it is well meanwhile, and fails anew");
        assert!(at(141_000, &[1]).is_empty() && at(150_100, &[1]).is_empty());
        assert_eq!(at(180_000, &[1]), [180_000]);
    }
}
