//! How many retries a journey may make in an hour.
//!
//! Any hour, not the clock's: what was made within the last sixty minutes counts. It is kept in memory. A server that starts
//! anew begins with a whole budget, which a crash can therefore give out once more.

use std::collections::VecDeque;

use crate::units::UnixMillis;

const HOUR_MS: u64 = 3_600_000;
/// No budget is larger: each retry of the last hour is kept.
const MOST: u32 = 1_000;

/// The retries of one journey within the last hour, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HourlyBudget(VecDeque<UnixMillis>);

impl HourlyBudget {
    /// How many were made in the hour up to `now`. A clock that went back makes none of them new.
    pub fn made(&self, now: UnixMillis) -> u32 {
        let within = self.0.iter().filter(|at| now.0.saturating_sub(at.0) < HOUR_MS).count();
        u32::try_from(within).unwrap_or(u32::MAX)
    }

    /// Takes one of so many an hour, if there is one left.
    pub fn take(&mut self, per_hour: u32, now: UnixMillis) -> bool {
        self.0.retain(|at| now.0.saturating_sub(at.0) < HOUR_MS);
        let has_left = self.0.len() < per_hour.min(MOST) as usize;
        if has_left {
            self.0.push_back(now);
        }
        has_left
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against the rule itself, asked of the whole history each time.
        #[test]
        fn no_hour_has_more_than_the_budget_and_none_is_refused_below_it(
            per_hour in 0_u32..6,
            pauses in proptest::collection::vec(0_u64..2_000_000, 1..200),
        ) {
            let (mut budget, mut granted, mut now) = (HourlyBudget::default(), Vec::<u64>::new(), 10_000_000);
            for pause in pauses {
                now += pause;
                let within = granted.iter().filter(|at| **at + HOUR_MS > now).count();
                prop_assert_eq!(budget.made(UnixMillis(now)) as usize, within);
                let expected = within < per_hour as usize;
                prop_assert_eq!(budget.take(per_hour, UnixMillis(now)), expected);
                if expected {
                    granted.push(now);
                }
            }
            for from in &granted {
                let hour = granted.iter().filter(|at| **at >= *from && **at < *from + HOUR_MS).count();
                prop_assert!(hour <= per_hour as usize);
            }
        }
    }
}
