//! The result of a session: counts of runs by verdict, and the exit code.

use std::collections::BTreeMap;

use wayfarer_model::retry::RunOutcome;
use wayfarer_model::verdict::Verdict;

use crate::exit::Exit;

/// Good runs that a person wants to fail the session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FailOn {
    pub(crate) degraded: bool,
    pub(crate) flaky: bool,
}

impl FailOn {
    /// How a session ends that has this run alone.
    pub(crate) fn exit(self, outcome: RunOutcome) -> Exit {
        match outcome.verdict {
            Verdict::Degraded if self.degraded => Exit::Failed,
            Verdict::Passed | Verdict::Degraded if self.flaky && outcome.flaky => Exit::Failed,
            Verdict::Passed | Verdict::Degraded => Exit::Passed,
            Verdict::Failed => Exit::Failed,
            Verdict::Broken => Exit::Broken,
            Verdict::Inconclusive | Verdict::Missed | Verdict::Skipped => Exit::Inconclusive,
            Verdict::Cancelled => Exit::Interrupted,
        }
    }
}

/// Counts of runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    counts: BTreeMap<u8, (Verdict, usize)>,
    /// Runs whose first attempt was bad and whose last was good.
    pub(crate) flaky: usize,
    /// Runs that did not start because of an interruption.
    pub(crate) not_begun: usize,
    /// Runs that the runner lost: its own fault.
    pub(crate) lost: usize,
}

impl Tally {
    /// Counts one run.
    pub(crate) fn count(&mut self, outcome: RunOutcome) {
        let place =
            Verdict::ALL.iter().position(|verdict| *verdict == outcome.verdict).unwrap_or(Verdict::ALL.len());
        self.counts.entry(place as u8).or_insert((outcome.verdict, 0)).1 += 1;
        self.flaky += usize::from(outcome.flaky);
    }

    /// How many runs ended with this verdict.
    pub(crate) fn of(&self, verdict: Verdict) -> usize {
        self.counts.values().find(|(known, _)| *known == verdict).map_or(0, |(_, count)| *count)
    }

    /// Every verdict that occurred, best first.
    pub(crate) fn verdicts(&self) -> impl Iterator<Item = (Verdict, usize)> {
        self.counts.values().copied()
    }

    /// How many runs ended.
    pub(crate) fn finished(&self) -> usize {
        self.counts.values().map(|(_, count)| count).sum()
    }

    /// How the command ends.
    pub(crate) fn exit(&self, fails: FailOn, interrupted: bool) -> Exit {
        let first = match (interrupted, self.lost, self.finished()) {
            (true, _, _) => Exit::Interrupted,
            (false, 0, 0) => Exit::Nothing,
            (false, 0, _) => Exit::Passed,
            (false, _, _) => Exit::Inconclusive,
        };
        let flaky = RunOutcome { verdict: Verdict::Passed, flaky: self.flaky > 0 };
        let first = first.worse(fails.exit(flaky));
        self.verdicts()
            .fold(first, |exit, (verdict, _)| exit.worse(fails.exit(RunOutcome { verdict, flaky: false })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(verdicts: &[Verdict], degraded: bool) -> u8 {
        let mut tally = Tally::default();
        for verdict in verdicts {
            tally.count(RunOutcome { verdict: *verdict, flaky: false });
        }
        tally.exit(FailOn { degraded, flaky: false }, false).code()
    }

    #[test]
    fn nothing_ran_is_never_green() {
        assert_eq!(exit(&[], false), 4);
        let lost = Tally { lost: 1, ..Tally::default() };
        assert_eq!(lost.exit(FailOn::default(), false).code(), 5);
    }

    #[test]
    fn a_flaky_run_fails_the_session_if_a_person_wants_that() {
        let mut tally = Tally::default();
        tally.count(RunOutcome { verdict: Verdict::Passed, flaky: true });
        let exit = |degraded, flaky| tally.exit(FailOn { degraded, flaky }, false).code();
        assert_eq!((exit(false, false), exit(true, false), exit(false, true)), (0, 0, 1));
    }

    #[test]
    fn the_worst_verdict_decides() {
        use Verdict::{Broken, Cancelled, Degraded, Failed, Inconclusive, Passed};
        assert_eq!(exit(&[Passed], false), 0);
        assert_eq!(exit(&[Passed, Degraded], false), 0);
        assert_eq!(exit(&[Passed, Degraded], true), 1);
        assert_eq!(exit(&[Passed, Inconclusive], false), 5);
        assert_eq!(exit(&[Inconclusive, Failed], false), 1);
        assert_eq!(exit(&[Failed, Broken, Passed], false), 3);
        assert_eq!(exit(&[Broken, Cancelled], false), 130);
    }
}
