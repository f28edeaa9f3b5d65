//! Steps on the tape: a tree, of which one step is the current one. Tasks of a guest may hold several open at a time.

use wayfarer_model::failure::Failure;
use wayfarer_model::judge::LimitKind;
use wayfarer_model::report::{AnnotationRecord, StepOutcome, StepRecord};
use wayfarer_model::text::clip;
use wayfarer_model::units::Micros;

use super::handling::{goes_on, name_request};
use super::recorder::{Progress, State, Tape, check_count, identify};
use crate::record_size::size_of_failure;
use crate::stop::Stop;

/// The most annotations of one attempt. Each becomes a row and an entry of an index, which costs the store's one writer some hundred
/// times what it costs as a part of the recording.
const ANNOTATIONS: usize = 64;

impl Tape {
    /// Opens a step inside another, or at the top, and makes it the current one.
    ///
    /// # Errors
    /// [`Stop::Exhausted`] beyond the limit, [`Stop::Misused`] if the step around it is not open.
    pub fn open_step(&self, name: &str, parent: Option<u32>) -> Result<u32, Stop> {
        self.charge_record(name.len().min(256))?;
        let now = self.now();
        let mut state = self.shared.state.lock();
        let index = u32::try_from(state.recording.steps.len()).unwrap_or(u32::MAX);
        check_count(&mut state, u64::from(index), u64::from(self.shared.limits.steps), "steps")?;
        if let Some(parent) = parent {
            check_open(&mut state, parent, "a step was opened inside it")?;
        }
        state.recording.steps.push(StepRecord {
            parent,
            name: clip(name, 256),
            started_us: now,
            duration_us: Micros(0),
            outcome: StepOutcome::Open,
            failure: None,
        });
        goes_on(&mut state);
        let depth = around(&state.recording.steps, parent).count();
        state.is_open.push(true);
        state.current = Some(index);
        drop(state);
        self.report(|| Progress::StepBegan { name: name.to_owned(), depth });
        Ok(index)
    }

    /// The step that was opened or resumed last, or the innermost open one around it.
    pub fn current_step(&self) -> Option<u32> {
        self.shared.state.lock().current
    }

    /// Makes an open step the current one.
    ///
    /// # Errors
    /// [`Stop::Misused`] if it is not open.
    pub fn resume_step(&self, index: u32) -> Result<(), Stop> {
        let mut state = self.shared.state.lock();
        check_open(&mut state, index, "it was resumed")?;
        state.current = Some(index);
        Ok(())
    }

    /// Closes a step, and with it what is open inside it.
    ///
    /// # Errors
    /// [`Stop::Misused`] if it is not open.
    pub fn close_step(&self, index: u32, mut failure: Option<Failure>) -> Result<(), Stop> {
        if let Some(failure) = &failure {
            self.charge_record(size_of_failure(failure))?;
        }
        let now = self.now();
        let mut state = self.shared.state.lock();
        match &mut failure {
            Some(failure) => {
                identify(&state, failure);
                name_request(&state, index, failure);
            }
            None => goes_on(&mut state),
        }
        check_open(&mut state, index, "it was closed")?;
        let outcome = if failure.is_some() { StepOutcome::Failed } else { StepOutcome::Passed };
        let State { recording, is_open, current, .. } = &mut *state;
        for inside in open_inside(&recording.steps, is_open, index) {
            if let Some(step) = recording.steps.get_mut(inside as usize) {
                step.duration_us = now.since(step.started_us);
            }
            if let Some(is_open) = is_open.get_mut(inside as usize) {
                *is_open = false;
            }
        }
        *current = around(&recording.steps, *current).find(|step| is_open.get(*step as usize) == Some(&true));
        let mut name = String::new();
        if let Some(step) = recording.steps.get_mut(index as usize) {
            step.outcome = outcome;
            step.failure = failure;
            name.clone_from(&step.name);
        }
        drop(state);
        self.report(|| Progress::StepEnded { name, outcome });
        Ok(())
    }

    /// Notes a value about the current step, or about the run if there is none.
    ///
    /// # Errors
    /// [`Stop::Exhausted`] beyond 64 in an attempt.
    pub fn annotate(&self, name: &str, value: &str) -> Result<(), Stop> {
        self.charge_record(name.len() + value.len())?;
        let at_us = self.now();
        let mut state = self.shared.state.lock();
        if state.recording.annotations.len() >= ANNOTATIONS {
            let message = format!(
                "more than {ANNOTATIONS} annotations: note only what people search runs by, and write the rest to the log"
            );
            return Err(state.stop.get_or_insert(Stop::Exhausted(LimitKind::Count, message)).clone());
        }
        goes_on(&mut state);
        let (step, name, value) = (state.current, name.to_owned(), value.to_owned());
        state.recording.annotations.push(AnnotationRecord { step, at_us, name, value });
        Ok(())
    }
}

/// A step and those around it, from the inside.
pub(super) fn around(steps: &[StepRecord], step: Option<u32>) -> impl Iterator<Item = u32> {
    std::iter::successors(step, |step| steps.get(*step as usize).and_then(|step| step.parent))
}

/// The steps that are open inside a step, and itself.
fn open_inside(steps: &[StepRecord], is_open: &[bool], index: u32) -> Vec<u32> {
    let open = (0..).zip(is_open).filter(|(_, is_open)| **is_open).map(|(step, _)| step);
    open.filter(|step| around(steps, Some(*step)).any(|around| around == index)).collect()
}

fn check_open(state: &mut State, step: u32, what: &str) -> Result<(), Stop> {
    if state.is_open.get(step as usize) == Some(&true) {
        return Ok(());
    }
    let misuse = Stop::Misused(format!("step {step} is not open, yet {what}"));
    Err(state.stop.get_or_insert(misuse).clone())
}
