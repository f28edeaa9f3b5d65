//! How late the last slots were: for people, who want the newest figures and not those since the start.

use std::collections::VecDeque;
use std::time::Duration;

/// Slots that are looked at.
const LAST: usize = 1_000;

/// The lateness of the last slots, of all tenants.
#[derive(Debug, Default)]
pub(super) struct RecentLateness(VecDeque<Duration>);

/// Their summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Lateness {
    /// How many slots these are, [`LAST`] at most.
    pub(crate) slots: usize,
    pub(crate) median: Duration,
    /// 99 of 100 are not later.
    pub(crate) p99: Duration,
    pub(crate) longest: Duration,
}

impl RecentLateness {
    pub(super) fn handed_over(&mut self, late: Duration) {
        if self.0.len() == LAST {
            self.0.pop_front();
        }
        self.0.push_back(late);
    }

    pub(super) fn summary(&self) -> Lateness {
        let mut sorted: Vec<Duration> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        // The smallest that so many percent are not above.
        let quantile = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1);
            sorted.get(rank - 1).copied().unwrap_or_default()
        };
        Lateness { slots: sorted.len(), median: quantile(50), p99: quantile(99), longest: quantile(100) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_thousand_slots_count() {
        let mut recent = RecentLateness::default();
        assert_eq!(recent.summary(), Lateness::default());
        recent.handed_over(Duration::from_secs(9));
        let one = recent.summary();
        assert_eq!((one.slots, one.median, one.p99), (1, Duration::from_secs(9), Duration::from_secs(9)));
        (1..=1_000).for_each(|ms| recent.handed_over(Duration::from_millis(ms)));
        let ms = Duration::from_millis;
        let all = Lateness { slots: 1_000, median: ms(500), p99: ms(990), longest: ms(1_000) };
        assert_eq!(recent.summary(), all, "the first one is forgotten");
    }
}
