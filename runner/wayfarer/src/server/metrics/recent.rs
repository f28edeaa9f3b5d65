//! The last runs: whether the runner itself is unwell.

use std::collections::VecDeque;

use wayfarer_model::verdict::Verdict;

/// Runs that are looked at.
const LAST: usize = 20;

/// The verdicts of the last runs, of all tenants and lanes.
#[derive(Debug, Default)]
pub(super) struct RecentRuns(VecDeque<Verdict>);

impl RecentRuns {
    pub(super) fn ended(&mut self, verdict: Verdict) {
        self.0.push_back(verdict);
        if self.0.len() > LAST {
            self.0.pop_front();
        }
    }

    /// How many of the last [`LAST`] were inconclusive, if they were more than half of that.
    pub(super) fn mostly_inconclusive(&self) -> Option<usize> {
        let count = self.0.iter().filter(|verdict| **verdict == Verdict::Inconclusive).count();
        (count > LAST / 2).then_some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn above_half_of_the_last_twenty_is_unwell_and_good_runs_end_that() {
        let mut recent = RecentRuns::default();
        (0..10).for_each(|_| recent.ended(Verdict::Inconclusive));
        assert_eq!(recent.mostly_inconclusive(), None, "ten may be half");
        recent.ended(Verdict::Inconclusive);
        assert_eq!(recent.mostly_inconclusive(), Some(11));
        (0..9).for_each(|_| recent.ended(Verdict::Failed));
        assert_eq!(recent.mostly_inconclusive(), Some(11));
        recent.ended(Verdict::Passed);
        assert_eq!(recent.mostly_inconclusive(), None);
    }
}
