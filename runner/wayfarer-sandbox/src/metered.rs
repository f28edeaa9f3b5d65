//! Charges the processor time of a guest's call at every poll.
//!
//! The guest yields every millisecond, so a poll is short. A thread that waits for a processor on a busy machine is
//! charged next to nothing, and load therefore does not make a journey `broken`.
//!
//! The thread's own clock costs two system calls for each poll, and most journeys never come near their budget. An
//! attempt therefore begins with the monotonic clock, by which a poll cannot have used more. It changes to the thread's
//! clock for good once it has used [`CHEAP`], or at the first poll longer than [`LONG`]. What that one poll took beyond
//! [`LONG`] may have been the wait for a processor, so it is not charged. Load thus never adds more than [`CHEAP`] and
//! [`LONG`] together, and at most one poll of a guest is charged less than it took.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::clock::{monotonic_now, thread_cpu};

/// The most that the monotonic clock charges, and never more than a quarter of the budget.
const CHEAP: Duration = Duration::from_millis(10);
/// A longer poll was interrupted, or belongs to a guest that computes.
const LONG: Duration = Duration::from_millis(2);

/// The budget was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {} ms of processor time: raise `limits.cpu` or make the journey do less", .0.as_millis())]
pub(crate) struct OutOfCpu(Duration);

/// Polls a call until it is done or its budget is used up.
pub(crate) struct Metered<'a, F> {
    call: Pin<&'a mut F>,
    budget: Duration,
    spent: &'a mut Duration,
    /// Whether the monotonic clock still charges.
    is_cheap: bool,
}

impl<'a, F: Future> Metered<'a, F> {
    /// Charges `call` to `spent`, which outlives the call: a call that is dropped has been charged too.
    pub(crate) fn new(call: Pin<&'a mut F>, budget: Duration, spent: &'a mut Duration) -> Self {
        Self { call, budget, spent, is_cheap: true }
    }

    fn poll_cheaply(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        let before = monotonic_now();
        let polled = self.call.as_mut().poll(context);
        let took = monotonic_now().duration_since(before);
        *self.spent += took.min(LONG);
        self.is_cheap = took <= LONG && *self.spent <= CHEAP.min(self.budget / 4);
        polled
    }

    fn poll_exactly(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        let before = thread_cpu();
        let polled = self.call.as_mut().poll(context);
        *self.spent += thread_cpu().saturating_sub(before);
        polled
    }
}

impl<F: Future> Future for Metered<'_, F> {
    type Output = Result<F::Output, OutOfCpu>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = if self.is_cheap { self.poll_cheaply(context) } else { self.poll_exactly(context) };
        match polled {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending if *self.spent > self.budget => Poll::Ready(Err(OutOfCpu(self.budget))),
            Poll::Pending => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Waker;

    use super::*;

    /// Computes, or sleeps, for some milliseconds at every poll, and is never done.
    fn endless(milliseconds: u64, computes: bool) -> impl Future<Output = ()> {
        std::future::poll_fn(move |_| {
            let until = monotonic_now() + Duration::from_millis(milliseconds);
            if computes {
                while monotonic_now() < until {
                    std::hint::spin_loop();
                }
            } else {
                std::thread::sleep(Duration::from_millis(milliseconds));
            }
            Poll::Pending
        })
    }

    fn charged(budget: Duration, milliseconds: u64, computes: bool, polls: u32) -> (Duration, bool) {
        let (mut spent, mut call) = (Duration::ZERO, pin!(endless(milliseconds, computes)));
        let mut context = Context::from_waker(Waker::noop());
        let mut metered = Metered::new(call.as_mut(), budget, &mut spent);
        let ended = (0..polls).any(|_| Pin::new(&mut metered).poll(&mut context).is_ready());
        (spent, ended)
    }

    #[test]
    fn who_computes_is_charged_and_stopped() {
        let (spent, ended) = charged(Duration::from_millis(40), 1, true, 10_000);
        assert!(ended);
        assert!(spent > Duration::from_millis(40), "{spent:?}");
        let (_, ended) = charged(Duration::from_millis(40), 5, true, 10_000);
        assert!(ended, "long polls are charged too, all but the first");
    }

    #[test]
    fn who_waits_for_a_processor_is_charged_little() {
        let (spent, ended) = charged(Duration::from_millis(200), 1, false, 100);
        assert!(!ended);
        assert!(spent < Duration::from_millis(40), "100 polls that slept for 1 ms each: {spent:?}");
        let (spent, ended) = charged(Duration::from_millis(40), 20, false, 10);
        assert!(!ended, "not even where every poll is interrupted for half of the budget");
        assert!(spent < Duration::from_millis(20), "{spent:?}");
    }
}
