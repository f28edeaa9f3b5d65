//! Looks: the runs that say whether a journey works, in the order in which the rule sees them.
//!
//! The order is canonical: by the end of the run, then by the run's identity. The store may hand in rows in another order, or twice;
//! [`replay`](super::replay()) sorts them and leaves duplicates out.

use serde::{Deserialize, Serialize};

use crate::context::Lane;
use crate::ids::LocationName;
use crate::units::UnixMillis;
use crate::verdict::Verdict;

/// What an incident is about. A journey has one state for each signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// A run whose verdict is `failed` is bad.
    Failing,
    /// Runs end well but break a soft check or a latency budget.
    OverBudget,
}

impl Signal {
    /// Whether a run is a look, and whether that look is bad; none if the run says nothing about the target.
    ///
    /// `is_muted`: the slot lies within a maintenance window that mutes.
    pub fn read(self, lane: Lane, verdict: Verdict, is_muted: bool) -> Option<bool> {
        if is_muted || lane == Lane::Manual {
            return None;
        }
        match (self, verdict) {
            (_, Verdict::Passed) | (Self::Failing, Verdict::Degraded) => Some(false),
            (Self::Failing, Verdict::Failed) | (Self::OverBudget, Verdict::Degraded) => Some(true),
            _ => None,
        }
    }
}

/// The identity of a look within its journey, and its place in the canonical order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LookKey {
    /// When the run ended. Rows are committed in this order but for a crash or runs side by side.
    pub ended_at: UnixMillis,
    /// The instant of the schedule, or that of the confirmation run.
    pub slot: UnixMillis,
    /// A look at another location than the bad one before is independent of it.
    pub location: LocationName,
    /// Never `manual`: what a person starts is no look.
    pub lane: Lane,
    /// Tells runs of one slot and lane apart.
    pub seq: u32,
}

/// A run that says whether the journey works.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Look {
    /// Orders looks, and finds one that comes twice.
    pub key: LookKey,
    /// When the run started.
    pub started_at: UnixMillis,
    /// What [`Signal::read`] said of it.
    pub is_bad: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_counted_runs_are_looks() {
        use Verdict::{Broken, Cancelled, Degraded, Failed, Inconclusive, Missed, Passed, Skipped};
        let failing = |verdict| Signal::Failing.read(Lane::Scheduled, verdict, false);
        assert_eq!([Passed, Degraded, Failed].map(failing), [Some(false), Some(false), Some(true)]);
        assert_eq!([Broken, Inconclusive, Missed, Skipped, Cancelled].map(failing), [None; 5]);
        let over = |verdict| Signal::OverBudget.read(Lane::Confirm, verdict, false);
        assert_eq!([Passed, Degraded, Failed].map(over), [Some(false), Some(true), None]);
        assert_eq!(Signal::Failing.read(Lane::Manual, Failed, false), None);
        assert_eq!(Signal::Failing.read(Lane::Scheduled, Failed, true), None, "muted");
    }
}
