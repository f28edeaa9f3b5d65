//! The steps of an attempt as a tree, and those that were not reached.

use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::report::{Recording, StepOutcome, StepRecord};

/// One step and what was inside it.
#[derive(Debug)]
pub(super) struct Node<'a> {
    /// Its number in the attempt.
    pub(super) number: u32,
    /// What was recorded of it.
    pub(super) step: &'a StepRecord,
    /// In the order begun.
    pub(super) inner: Vec<Node<'a>>,
}

/// The outermost steps.
pub(super) fn tree(recording: &Recording) -> Vec<Node<'_>> {
    inside(recording, None)
}

fn inside(recording: &Recording, parent: Option<u32>) -> Vec<Node<'_>> {
    let numbered = (0_u32..).zip(&recording.steps);
    numbered
        // A parent always begins before what is inside it, so that this ends.
        .filter(|(number, step)| step.parent == parent && parent.is_none_or(|parent| parent < *number))
        .map(|(number, step)| Node { number, step, inner: inside(recording, Some(number)) })
        .collect()
}

/// Names that the journey announces and the attempt did not come to, in order.
pub(super) fn not_reached<'a>(journey: &'a Descriptor, recording: &Recording) -> Vec<&'a str> {
    let mut begun: Vec<&str> = recording.steps.iter().map(|step| step.name.as_str()).collect();
    let mut missing = Vec::new();
    for name in &journey.steps {
        match begun.iter().position(|known| known == name) {
            Some(place) => drop(begun.swap_remove(place)),
            None => missing.push(name.as_str()),
        }
    }
    missing
}

/// How many steps went well, and of how many.
pub(super) fn progress(journey: &Descriptor, recording: &Recording, good: bool) -> (usize, usize) {
    let done = recording.steps.iter().filter(|step| step.outcome == StepOutcome::Passed).count();
    // A walk that went well passed by what it did not need.
    let ahead = if good { 0 } else { not_reached(journey, recording).len() };
    (done, recording.steps.len() + ahead)
}
