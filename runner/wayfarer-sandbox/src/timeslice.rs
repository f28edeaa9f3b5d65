//! The share of its thread that one poll may take before it lets others go on.
//!
//! A guest's own code yields each millisecond (the engine's epochs). A loop over a peer's or guest's bytes in the host has
//! to do so itself: a socket may always have more to read, and a poll that never ends holds the thread, cannot be
//! charged and cannot be cancelled. [`Metered`](crate::metered::Metered) begins a slice at every poll; a loop asks
//! whether it is over.
//!
//! Invariants: a slice belongs to the thread that polls; the first question of a slice is always answered with no, so a
//! thread that the system interrupts still makes progress; outside of a slice none is ever over.

use std::cell::Cell;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::clock::monotonic_now;

/// How long a slice lasts; as long as a guest's.
const LENGTH: Duration = Duration::from_millis(1);

thread_local! {
    static CURRENT: Cell<Option<Slice>> = const { Cell::new(None) };
}

#[derive(Clone, Copy)]
struct Slice {
    began: Instant,
    is_asked: bool,
}

/// Ends the slice that [`begin`] began, and restores the one around it.
pub(crate) struct Ending(Option<Slice>);

impl Drop for Ending {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

/// Begins a slice on this thread. Inside another one it is that one that goes on.
pub(crate) fn begin(now: Instant) -> Ending {
    let outer = CURRENT.get();
    if outer.is_none() {
        CURRENT.set(Some(Slice { began: now, is_asked: false }));
    }
    Ending(outer)
}

/// Whether the slice of this poll is over.
pub(crate) fn is_over() -> bool {
    let Some(slice) = CURRENT.get() else { return false };
    if !slice.is_asked {
        CURRENT.set(Some(Slice { is_asked: true, ..slice }));
        return false;
    }
    monotonic_now().duration_since(slice.began) >= LENGTH
}

/// Ready while the slice lasts. Afterwards the task is woken at once, and goes on with its next slice.
pub(crate) fn poll(context: &Context<'_>) -> Poll<()> {
    if is_over() {
        context.waker().wake_by_ref();
        return Poll::Pending;
    }
    Poll::Ready(())
}

/// Lets others go on, if the slice of this poll is over.
pub(crate) async fn share() {
    std::future::poll_fn(|context| poll(context)).await;
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn spin(duration: Duration) {
        let until = monotonic_now() + duration;
        while monotonic_now() < until {
            std::hint::spin_loop();
        }
    }

    #[test]
    fn a_slice_ends_after_its_length_and_the_first_question_is_free() {
        spin(LENGTH);
        assert!(!is_over(), "no poll is under way");
        let slice = begin(monotonic_now());
        spin(LENGTH);
        assert!(!is_over(), "a thread that was interrupted makes progress all the same");
        assert!(is_over());
        let inner = begin(monotonic_now());
        assert!(is_over(), "a slice within another does not prolong it");
        drop(inner);
        assert!(poll(&Context::from_waker(Waker::noop())).is_pending());
        drop(slice);
        assert!(!is_over());
    }
}
