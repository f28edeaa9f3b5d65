//! What is under way in this attempt: the open steps, and the checks of tries that may be repeated.
//!
//! Invariants: a step that this module began, it ends, also on a panic; a check made inside
//! `eventually` reaches the runner only when its try is the last one.

use std::cell::RefCell;

use crate::bindings::wayfarer::journey::checks::Check;
use crate::failure::Failure;
use crate::host::{self, Strength};

#[derive(Default)]
struct Recorder {
    /// Numbers of the open steps, the innermost last.
    open: Vec<u32>,
    /// Checks held back, one list for each `eventually` under way, the innermost last.
    tries: Vec<Vec<(Strength, Check)>>,
}

thread_local! {
    static RECORDER: RefCell<Recorder> = RefCell::default();
}

/// Forgets whatever an earlier journey on this thread left behind. A component has no earlier one.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn reset() {
    RECORDER.with(|recorder| *recorder.borrow_mut() = Recorder::default());
}

pub(crate) fn begin_step(name: &str) -> u32 {
    let step = host::begin_step(name);
    RECORDER.with(|recorder| recorder.borrow_mut().open.push(step));
    step
}

pub(crate) fn end_step(step: u32, failure: Option<&Failure>) {
    RECORDER.with(|recorder| recorder.borrow_mut().open.retain(|open| *open != step));
    host::end_step(step, failure.map(Failure::to_wit).as_ref());
}

/// Ends every open step, the innermost first, as an `Err` on its way out would.
///
/// Called by the panic hook, so it must not panic: a recorder that is borrowed is left alone.
pub(crate) fn abandon(failure: &Failure) {
    let (open, tries) = RECORDER.with(|recorder| {
        recorder.try_borrow_mut().map_or_else(
            |_| (Vec::new(), Vec::new()),
            |mut recorder| (std::mem::take(&mut recorder.open), std::mem::take(&mut recorder.tries)),
        )
    });
    for (strength, check) in tries.iter().flatten() {
        host::check(*strength, check);
    }
    let failure = failure.to_wit();
    for step in open.iter().rev() {
        host::end_step(*step, Some(&failure));
    }
}

pub(crate) fn check(strength: Strength, check: Check) {
    let now = RECORDER.with(|recorder| match recorder.borrow_mut().tries.last_mut() {
        Some(held_back) => {
            held_back.push((strength, check));
            None
        }
        None => Some(check),
    });
    // Outside the borrow: natively the fake may run the author's code.
    if let Some(check) = now {
        host::check(strength, &check);
    }
}

/// Begins a try whose checks are held back.
pub(crate) fn open_try() {
    RECORDER.with(|recorder| recorder.borrow_mut().tries.push(Vec::new()));
}

/// Ends the innermost try; its checks are recorded if it was the last one and dropped otherwise.
pub(crate) fn close_try(last: bool) {
    let held_back = RECORDER.with(|recorder| recorder.borrow_mut().tries.pop()).unwrap_or_default();
    if last {
        for (strength, held) in held_back {
            check(strength, held);
        }
    }
}
