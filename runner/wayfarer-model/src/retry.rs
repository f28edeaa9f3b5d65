//! Whether a run is attempted again, and what its attempts amount to. Every attempt counts, the first one too.

use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// How often a run may be attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RetryPolicy {
    /// Attempts beyond the first.
    pub retries: u32,
}

impl RetryPolicy {
    /// Whether another attempt follows attempt `number` (from 1), which ended with this verdict.
    ///
    /// A broken journey is not attempted again: its fault does not pass by itself.
    pub fn again(self, number: u32, verdict: Verdict) -> bool {
        number <= self.retries && matches!(verdict, Verdict::Failed | Verdict::Inconclusive)
    }
}

/// What the attempts of a run amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunOutcome {
    /// The run's verdict is the last attempt's.
    pub verdict: Verdict,
    /// Whether the first attempt was bad and the last one good.
    pub flaky: bool,
}

/// Folds the verdicts of a run's attempts, in order; none if there was no attempt.
pub fn outcome(attempts: &[Verdict]) -> Option<RunOutcome> {
    let verdict = *attempts.last()?;
    let flaky = verdict.is_good() && attempts.first().is_some_and(|first| !first.is_good());
    Some(RunOutcome { verdict, flaky })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Broken, Failed, Inconclusive, Passed};

    #[test]
    fn only_what_may_pass_by_itself_is_tried_again() {
        let policy = RetryPolicy { retries: 2 };
        assert!(policy.again(1, Failed) && policy.again(2, Inconclusive));
        assert!(!policy.again(3, Failed), "the budget is used up");
        assert!(!policy.again(1, Broken) && !policy.again(1, Passed));
    }

    #[test]
    fn a_late_pass_is_flaky() {
        assert_eq!(outcome(&[]), None);
        assert_eq!(outcome(&[Passed]), Some(RunOutcome { verdict: Passed, flaky: false }));
        assert_eq!(outcome(&[Failed, Passed]), Some(RunOutcome { verdict: Passed, flaky: true }));
        assert_eq!(outcome(&[Failed, Failed]), Some(RunOutcome { verdict: Failed, flaky: false }));
    }
}
