//! The last good run beside the one that is looked at.

use wayfarer_model::ids::RunId;
use wayfarer_model::report::{AttemptReport, StepOutcome};
use wayfarer_model::units::{Micros, UnixMillis};

use crate::server::web::figures::change;
use crate::server::web::instants::Instant;
use crate::view::{Difference, StepComparison, compare};

/// The comparison as the page shows it.
#[derive(Debug)]
pub(super) struct Beside {
    pub(super) run: RunId,
    pub(super) slot: Instant,
    pub(super) steps: Vec<StepBeside>,
    pub(super) differences: Vec<Difference>,
}

/// A step of both.
#[derive(Debug)]
pub(super) struct StepBeside {
    pub(super) name: String,
    pub(super) here: String,
    pub(super) there: String,
    /// How much longer it took, or what else is different.
    pub(super) change: String,
    pub(super) is_worse: bool,
}

impl Beside {
    pub(super) fn new(here: &AttemptReport, there: &AttemptReport, now: UnixMillis) -> Self {
        let comparison = compare(here, there);
        Self {
            run: there.context.run_id,
            slot: Instant::new(there.context.slot.0, now),
            steps: comparison.steps.into_iter().map(step).collect(),
            differences: comparison.differences,
        }
    }
}

fn step(compared: StepComparison) -> StepBeside {
    let say = |side: Option<(StepOutcome, Micros)>| match side {
        None => "not reached".to_owned(),
        Some((StepOutcome::Passed, took)) => took.to_string(),
        Some((StepOutcome::Failed, took)) => format!("failed after {took}"),
        Some((StepOutcome::Open, took)) => format!("open for {took}"),
    };
    let failed =
        |side: Option<(StepOutcome, Micros)>| side.is_none_or(|(outcome, _)| outcome != StepOutcome::Passed);
    let (change, is_worse) = match (compared.here, compared.there) {
        (here, there) if failed(here) && !failed(there) => ("worked before".to_owned(), true),
        (Some((_, here)), Some((_, there))) => change(Some(here.0), Some(there.0))
            .map_or_else(Default::default, |change| (change.text, change.is_worse)),
        (Some(_), None) => ("new".to_owned(), false),
        _ => (String::new(), false),
    };
    StepBeside { name: compared.name, here: say(compared.here), there: say(compared.there), change, is_worse }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_worked_before_says_so() {
        let said = |here, there| {
            let step = step(StepComparison { name: "pay".to_owned(), here, there });
            (step.here, step.there, step.change, step.is_worse)
        };
        let passed = |us| Some((StepOutcome::Passed, Micros(us)));
        let failed = Some((StepOutcome::Failed, Micros(9_000)));
        assert_eq!(
            said(failed, passed(5_000)),
            ("failed after 9ms".into(), "5ms".into(), "worked before".into(), true)
        );
        assert_eq!(said(None, passed(5_000)).2, "worked before");
        assert_eq!(said(passed(9_000), passed(5_000)).2, "+80%");
        assert_eq!(said(passed(9_000), None).2, "new");
    }
}
