//! Runs that the runner spoils. One such run is chance; many journeys at once make the runner unwell, which is an incident of the platform's own.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::UnixMillis;
use crate::verdict::{Reason, Verdict};

/// How a journey fares, by its newest run that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fares {
    /// The run was good.
    Well,
    /// It failed by the target's fault, as far as the runner can tell.
    Failing,
    /// The runner spoilt it.
    Spoilt,
}

impl Fares {
    /// What a run says. A run that ended with its process says nothing of the process after it.
    pub fn of(verdict: Verdict, reason: Reason) -> Option<Self> {
        match (verdict, reason) {
            (Verdict::Passed | Verdict::Degraded, _) => Some(Self::Well),
            (Verdict::Failed, _) => Some(Self::Failing),
            (Verdict::Inconclusive, Reason::RunnerLost | Reason::RunnerStopped) => None,
            (Verdict::Inconclusive, _) => Some(Self::Spoilt),
            _ => None,
        }
    }
}

/// The newest run of a journey that says how it fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newest {
    /// The number of its row.
    pub run: i64,
    /// The store's key of the journey's version.
    pub version: i64,
    /// How the journey fares by it.
    pub fares: Fares,
    /// The reason of the run.
    pub reason: Reason,
    /// When the run ended.
    pub ended_at: UnixMillis,
}

/// Journeys whose newest run the runner spoilt, where they are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spoilt {
    /// At least [`Self::JOURNEYS`], and at least half of `of`.
    pub journeys: usize,
    /// Journeys that ran lately; twice the spoilt ones at most.
    pub of: usize,
    /// The reason of most of them.
    pub reason: Reason,
}

impl Spoilt {
    /// Fewer spoilt journeys are chance.
    pub const JOURNEYS: usize = 3;

    /// Whether so many of these journeys are spoilt that the runner is unwell: three, and half of them.
    pub fn of(newest: impl IntoIterator<Item = Newest>) -> Option<Self> {
        let (mut of, mut journeys) = (0, 0);
        let mut reasons: BTreeMap<&'static str, (usize, Reason)> = BTreeMap::new();
        for newest in newest {
            of += 1;
            if newest.fares == Fares::Spoilt {
                journeys += 1;
                reasons.entry(newest.reason.as_str()).or_insert((0, newest.reason)).0 += 1;
            }
        }
        let (_, reason) = reasons.into_values().max_by_key(|(count, _)| *count)?;
        (journeys >= Self::JOURNEYS && journeys * 2 >= of).then_some(Self { journeys, of, reason })
    }
}

impl fmt::Display for Spoilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { journeys, of, reason } = self;
        write!(f, "runs of {journeys} of {of} journeys are inconclusive, mostly for {reason}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newest(fares: Fares, reason: Reason) -> Newest {
        Newest { run: 1, version: 1, fares, reason, ended_at: UnixMillis(1) }
    }

    #[test]
    fn half_of_the_journeys_and_three_make_the_runner_unwell() {
        let of = |well: usize, stalled: usize, network: usize| {
            let well = std::iter::repeat_n(newest(Fares::Well, Reason::None), well);
            let stalled = std::iter::repeat_n(newest(Fares::Spoilt, Reason::RunnerStalled), stalled);
            let network = std::iter::repeat_n(newest(Fares::Spoilt, Reason::RunnerNetwork), network);
            Spoilt::of(well.chain(stalled).chain(network))
        };
        assert_eq!(of(0, 2, 0), None, "two");
        assert_eq!(of(4, 0, 3), None, "three of seven");
        let found = of(3, 1, 2).unwrap();
        assert_eq!(found, Spoilt { journeys: 3, of: 6, reason: Reason::RunnerNetwork });
        assert_eq!(found.to_string(), "runs of 3 of 6 journeys are inconclusive, mostly for runner-network");
    }

    #[test]
    fn a_run_that_ended_with_its_process_says_nothing() {
        assert_eq!(Fares::of(Verdict::Inconclusive, Reason::RunnerLost), None);
        assert_eq!(Fares::of(Verdict::Inconclusive, Reason::Runner), Some(Fares::Spoilt));
        assert_eq!(Fares::of(Verdict::Skipped, Reason::Quota), None);
        assert_eq!(Fares::of(Verdict::Degraded, Reason::SoftCheck), Some(Fares::Well));
    }
}
