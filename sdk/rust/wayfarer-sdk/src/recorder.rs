//! The state of the attempt: the open steps, the checks of tries that `eventually` may repeat, and the response that the
//! journey looked at last.
//!
//! Invariants: this module ends every step that it began, also on a panic. A check inside `eventually`
//! reaches the runner only if its try is the last one.

use std::cell::{Cell, RefCell};

use crate::bindings::wayfarer::journey::checks::Check;
use crate::failure::Failure;
use crate::host::{self, Strength};

#[derive(Default)]
struct Recorder {
    /// Numbers of the open steps, the innermost last.
    open: Vec<u32>,
    /// Checks held back, one list for each open `eventually`, the innermost last.
    tries: Vec<Vec<(Strength, Check)>>,
    /// Whether a client has the attempt's first cookie jar.
    has_jar: bool,
}

thread_local! {
    static RECORDER: RefCell<Recorder> = RefCell::default();
    /// The number of the response that was read last, since the last request or check.
    static READ: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Notes that the journey looks at a response: the next check is about it.
pub(crate) fn read(response: u32) {
    READ.set(Some(response));
}

/// The response that the journey looked at since the last request or check. A check asks for it, and a request that begins:
/// what comes afterwards is about something else.
pub(crate) fn take_read() -> Option<u32> {
    READ.take()
}

/// Drops the state of an earlier test on this thread. A component runs one journey only.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn reset() {
    RECORDER.with(|recorder| *recorder.borrow_mut() = Recorder::default());
    READ.set(None);
}

/// The cookie jar of a new client: the one that is there from the beginning, or a further one.
pub(crate) fn next_jar() -> u32 {
    let is_first = RECORDER.with(|recorder| !std::mem::replace(&mut recorder.borrow_mut().has_jar, true));
    if is_first { 0 } else { host::create_jar() }
}

pub(crate) fn begin_step(name: &str) -> u32 {
    let parent = RECORDER.with(|recorder| recorder.borrow().open.last().copied());
    let step = host::open_step(name, parent);
    RECORDER.with(|recorder| recorder.borrow_mut().open.push(step));
    step
}

pub(crate) fn end_step(step: u32, failure: Option<&Failure>) {
    RECORDER.with(|recorder| recorder.borrow_mut().open.retain(|open| *open != step));
    host::close_step(step, failure.map(Failure::to_wit).as_ref());
}

/// Ends every open step, the innermost first, as a returned `Err` does.
///
/// The panic hook calls this, so it must not panic: it does nothing while the recorder is borrowed.
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
        host::close_step(*step, Some(&failure));
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
    // Outside the borrow, because the fake may run the author's code.
    if let Some(check) = now {
        host::check(strength, &check);
    }
}

/// Begins a try and holds its checks back.
pub(crate) fn open_try() {
    RECORDER.with(|recorder| recorder.borrow_mut().tries.push(Vec::new()));
}

/// Ends the innermost try. Records its checks if it was the last try, and drops them otherwise.
pub(crate) fn close_try(last: bool) {
    let held_back = RECORDER.with(|recorder| recorder.borrow_mut().tries.pop()).unwrap_or_default();
    if last {
        for (strength, held) in held_back {
            check(strength, held);
        }
    }
}
