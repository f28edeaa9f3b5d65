//! The steps of an attempt as a tree, and those that were not reached.

use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::report::{Recording, StepOutcome, StepRecord};

/// A step and the steps inside it.
#[derive(Debug)]
pub(crate) struct StepNode<'a> {
    /// Its number in the attempt, which checks, requests and metrics name.
    pub(crate) number: u32,
    pub(crate) step: &'a StepRecord,
    /// In the order begun.
    pub(crate) inner: Vec<StepNode<'a>>,
}

/// The outermost steps, in the order begun.
pub(crate) fn tree(recording: &Recording) -> Vec<StepNode<'_>> {
    inside(recording, None)
}

fn inside(recording: &Recording, parent: Option<u32>) -> Vec<StepNode<'_>> {
    let numbered = (0_u32..).zip(&recording.steps);
    numbered
        // A step begins after its parent, so the recursion ends even where a record is wrong.
        .filter(|(number, step)| step.parent == parent && parent.is_none_or(|parent| parent < *number))
        .map(|(number, step)| StepNode { number, step, inner: inside(recording, Some(number)) })
        .collect()
}

/// Names of steps that the journey declares and the attempt did not begin, in the declared order.
pub(crate) fn not_reached<'a>(journey: &'a Descriptor, recording: &Recording) -> Vec<&'a str> {
    let mut begun: Vec<&str> = recording.steps.iter().map(|step| step.name.as_str()).collect();
    let mut missing = Vec::new();
    for declared in &journey.steps {
        let name = declared.strip_suffix('?').unwrap_or(declared);
        match begun.iter().position(|known| *known == name || known == declared) {
            Some(position) => drop(begun.swap_remove(position)),
            None => missing.push(name),
        }
    }
    missing
}

/// The number of steps that passed, and of all that are known.
pub(crate) fn progress(journey: &Descriptor, recording: &Recording, is_good: bool) -> (usize, usize) {
    let passed = recording.steps.iter().filter(|step| step.outcome == StepOutcome::Passed).count();
    // A good attempt did not need the steps that it left out.
    let ahead = if is_good { 0 } else { not_reached(journey, recording).len() };
    (passed, recording.steps.len() + ahead)
}
