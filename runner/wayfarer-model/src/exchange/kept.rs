//! Which exchanges of an attempt that did not pass are kept: those of the steps that went wrong and of the step before each, and the one
//! that the failure is about.

use std::collections::BTreeSet;

use crate::failure::Failure;
use crate::report::{Recording, StepOutcome};

/// Whether the exchange of a request is kept, by the request's place in the recording.
pub fn kept<'a>(recording: &'a Recording, failure: Option<&Failure>) -> impl Fn(u32) -> bool + use<'a> {
    let named = failure.and_then(|failure| failure.request);
    let steps = steps(recording, failure);
    move |request| {
        let step = recording.traffic.get(request as usize).map(|record| record.step);
        named == Some(request) || step.is_some_and(|step| steps.contains(&step))
    }
}

/// The steps whose exchanges are kept; none stands for what is outside of steps.
fn steps(recording: &Recording, failure: Option<&Failure>) -> BTreeSet<Option<u32>> {
    let mut wrong: BTreeSet<Option<u32>> = (0..)
        .zip(&recording.steps)
        .filter(|(_, step)| step.outcome != StepOutcome::Passed)
        .map(|(number, _)| Some(number))
        .collect();
    wrong.extend(recording.checks.iter().filter(|check| !check.is_passed).map(|check| check.step));
    let about = failure.and_then(|failure| failure.request);
    wrong.extend(about.and_then(|request| recording.traffic.get(request as usize)).map(|record| record.step));
    if wrong.is_empty() {
        let last = recording.steps.len().checked_sub(1).and_then(|last| u32::try_from(last).ok());
        wrong.insert(last);
    }
    let mut steps = wrong.clone();
    for step in wrong {
        let around: BTreeSet<u32> = step.map(|step| with_those_around(recording, step)).unwrap_or_default();
        let end = step.unwrap_or_else(|| u32::try_from(recording.steps.len()).unwrap_or(u32::MAX));
        match (0..end).rev().find(|number| !around.contains(number)) {
            Some(before) => {
                let these = with_those_around(recording, before);
                steps.extend(these.into_iter().filter(|number| !around.contains(number)).map(Some));
            }
            None => {
                steps.insert(None);
            }
        }
    }
    steps
}

/// A step and every step that it is inside of.
fn with_those_around(recording: &Recording, step: u32) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    let mut next = Some(step);
    while let Some(step) = next {
        // A parent stands before its step, so this ends.
        next = recording.steps.get(step as usize).and_then(|record| record.parent).filter(|it| *it < step);
        found.insert(step);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::StepRecord;
    use crate::traffic::{HttpFacts, TrafficRecord};
    use crate::units::Micros;

    /// Steps by their parents; the ones listed did not pass. A request in each step and one outside, which is the first.
    fn kept_of(parents: &[Option<u32>], wrong: &[u32], about: Option<u32>) -> Vec<u32> {
        let step = |(number, parent): (u32, &Option<u32>)| StepRecord {
            parent: *parent,
            name: "step".to_owned(),
            started_us: Micros(0),
            duration_us: Micros(1),
            outcome: if wrong.contains(&number) { StepOutcome::Failed } else { StepOutcome::Passed },
            failure: None,
        };
        let request = |step| TrafficRecord::http(step, Micros(0), HttpFacts::request("GET", "http://shop/"));
        let numbers = (0..).take(parents.len());
        let recording = Recording {
            steps: (0..).zip(parents).map(step).collect(),
            traffic: std::iter::once(None).chain(numbers.map(Some)).map(request).collect(),
            ..Recording::default()
        };
        let failure = Failure { request: about, ..Failure::default() };
        let is_kept = kept(&recording, Some(&failure));
        (0..=u32::try_from(parents.len()).unwrap()).filter(|request| is_kept(*request)).collect()
    }

    #[test]
    fn the_step_that_failed_and_the_one_before_and_what_the_failure_names() {
        let flat = [None, None, None, None];
        assert_eq!(kept_of(&flat, &[3], None), [3, 4]);
        assert_eq!(kept_of(&flat, &[3], Some(1)), [0, 1, 3, 4], "and the step before the one that it names");
        assert_eq!(kept_of(&flat, &[0], None), [0, 1], "before the first step is what is outside");
        assert_eq!(kept_of(&flat, &[], None), [3, 4], "a trap between steps: the last ones");
        assert_eq!(kept_of(&[], &[], None), [0], "no step at all");
        // Log in, with "fetch the form" and "post it" inside; then order, with "pay" inside.
        let nested = [None, Some(0), Some(0), None, Some(3)];
        assert_eq!(kept_of(&nested, &[3, 4], None), [1, 3, 4, 5], "both around the failure and before it");
        assert_eq!(kept_of(&nested, &[0, 1], None), [0, 1, 2]);
    }
}
