//! The health of a journey by its newest run. An inconclusive run is chance; those of many journeys at once make the runner unwell, which is an
//! incident of the platform's own.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::common_mode::{is_fresh, is_half};
use crate::units::UnixMillis;
use crate::verdict::{Reason, Verdict};

/// What a run says about its journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunHealth {
    /// The run was good.
    Good,
    /// It failed by the target's fault, as far as the runner can tell.
    Failing,
    /// The runner is at fault.
    Inconclusive,
}

impl RunHealth {
    /// What a run says. A run that ended with its process says nothing of the process after it.
    pub fn of(verdict: Verdict, reason: Reason) -> Option<Self> {
        match (verdict, reason) {
            (Verdict::Passed | Verdict::Degraded, _) => Some(Self::Good),
            (Verdict::Failed, _) => Some(Self::Failing),
            (Verdict::Inconclusive, Reason::RunnerLost | Reason::RunnerStopped) => None,
            (Verdict::Inconclusive, _) => Some(Self::Inconclusive),
            _ => None,
        }
    }
}

/// The newest run of a journey that says something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestRun {
    /// The number of its row.
    pub run: i64,
    /// The store's key of the journey's version.
    pub version: i64,
    /// What the run says of the target or of the runner.
    pub health: RunHealth,
    /// The reason of the run.
    pub reason: Reason,
    /// When the run ended.
    pub ended_at: UnixMillis,
}

/// Journeys whose newest run is inconclusive, where they are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InconclusiveRuns {
    /// At least [`Self::JOURNEYS`], and at least half of `of`.
    pub journeys: usize,
    /// Journeys that ran lately; twice those at most.
    pub of: usize,
    /// The reason of most of them.
    pub reason: Reason,
}

impl InconclusiveRuns {
    /// Fewer such journeys are chance.
    pub const JOURNEYS: usize = 3;

    /// Whether so many of these journeys, each with its tenant, are inconclusive that the runner is unwell: three, and half of them.
    ///
    /// No tenant makes the runner unwell alone: half are inconclusive also without its journeys, as far as another one ran within the last five
    /// minutes. While the runner is unwell nobody is told of what it may have caused, and some targets make runs inconclusive of those alone who call them.
    pub fn of<T: Ord>(latest: impl IntoIterator<Item = (T, LatestRun)>, now: UnixMillis) -> Option<Self> {
        let (mut of, mut journeys) = (0, 0);
        let mut reasons: BTreeMap<&'static str, (usize, Reason)> = BTreeMap::new();
        let mut fresh: BTreeMap<T, (usize, usize)> = BTreeMap::new();
        for (tenant, latest) in latest {
            let is_inconclusive = latest.health == RunHealth::Inconclusive;
            of += 1;
            if is_inconclusive {
                journeys += 1;
                reasons.entry(latest.reason.as_str()).or_insert((0, latest.reason)).0 += 1;
            }
            if is_fresh(latest.ended_at, now) {
                let (inconclusive, all) = fresh.entry(tenant).or_default();
                *inconclusive += usize::from(is_inconclusive);
                *all += 1;
            }
        }
        let (_, reason) = reasons.into_values().max_by_key(|(count, _)| *count)?;
        let (inconclusive, all) = fresh.values().fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
        let is_shared = fresh.values().all(|own| is_half(inconclusive - own.0, all - own.1));
        (journeys >= Self::JOURNEYS && journeys * 2 >= of && is_shared).then_some(Self {
            journeys,
            of,
            reason,
        })
    }
}

impl fmt::Display for InconclusiveRuns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { journeys, of, reason } = self;
        write!(f, "runs of {journeys} of {of} journeys are inconclusive, mostly for {reason}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latest(health: RunHealth, reason: Reason) -> LatestRun {
        LatestRun { run: 1, version: 1, health, reason, ended_at: UnixMillis(1) }
    }

    #[test]
    fn half_of_the_journeys_and_three_make_the_runner_unwell() {
        let of = |well: usize, stalled: usize, network: usize| {
            let well = std::iter::repeat_n(latest(RunHealth::Good, Reason::None), well);
            let stalled =
                std::iter::repeat_n(latest(RunHealth::Inconclusive, Reason::RunnerStalled), stalled);
            let network =
                std::iter::repeat_n(latest(RunHealth::Inconclusive, Reason::RunnerNetwork), network);
            InconclusiveRuns::of(well.chain(stalled).chain(network).map(|newest| (1, newest)), UnixMillis(1))
        };
        assert_eq!(of(0, 2, 0), None, "two");
        assert_eq!(of(4, 0, 3), None, "three of seven");
        let found = of(3, 1, 2).unwrap();
        assert_eq!(found, InconclusiveRuns { journeys: 3, of: 6, reason: Reason::RunnerNetwork });
        assert_eq!(found.to_string(), "runs of 3 of 6 journeys are inconclusive, mostly for runner-network");
    }

    #[test]
    fn no_tenant_makes_the_runner_unwell_for_the_others() {
        let of = |others: &[(u8, RunHealth, u64)], now: u64| {
            let own = std::iter::repeat_n((1, latest(RunHealth::Inconclusive, Reason::RunnerNetwork)), 9);
            let others = others.iter().map(|(tenant, fares, ended)| {
                (*tenant, LatestRun { ended_at: UnixMillis(*ended), ..latest(*fares, Reason::RunnerNetwork) })
            });
            InconclusiveRuns::of(own.chain(others), UnixMillis(now)).is_some()
        };
        assert!(of(&[], 1), "nobody else runs anything");
        assert!(!of(&[(2, RunHealth::Good, 1)], 1) && !of(&[(2, RunHealth::Failing, 1)], 1));
        assert!(
            of(&[(2, RunHealth::Inconclusive, 1)], 1)
                && of(&[(2, RunHealth::Inconclusive, 1), (3, RunHealth::Good, 1)], 1)
        );
        assert!(of(&[(2, RunHealth::Good, 1)], 300_002), "it ran before");
    }

    #[test]
    fn a_run_that_ended_with_its_process_says_nothing() {
        assert_eq!(RunHealth::of(Verdict::Inconclusive, Reason::RunnerLost), None);
        assert_eq!(RunHealth::of(Verdict::Inconclusive, Reason::Runner), Some(RunHealth::Inconclusive));
        assert_eq!(RunHealth::of(Verdict::Skipped, Reason::Quota), None);
        assert_eq!(RunHealth::of(Verdict::Degraded, Reason::SoftCheck), Some(RunHealth::Good));
    }
}
