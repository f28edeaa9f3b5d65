//! Charges the processor time of an attempt at every poll: of its guest's call, and of every task that works for it.
//!
//! The guest yields every millisecond, and so do the host's loops ([`timeslice`]), so a poll is short. A
//! thread that waits for a processor on a busy machine is charged next to nothing, and load therefore does not make a
//! journey `broken`.
//!
//! The thread's own clock costs two system calls for each poll, and most journeys never come near their budget. A call
//! therefore begins with the monotonic clock, by which a poll cannot have used more. It changes to the thread's
//! clock for good once the attempt has used [`CHEAP`], or at its first poll longer than [`LONG`]. What that one poll took
//! beyond [`LONG`] may have been the wait for a processor, so it is not charged. Load thus never adds more than [`CHEAP`]
//! and [`LONG`] together, and at most one poll of each call is charged less than it took.
//!
//! Invariant: one [`Meter`] for an attempt. An HTTP/2 connection's tasks and the requests of `wasi:http` run beside the
//! guest, on other threads perhaps, and are charged to the same budget: a peer that keeps one of them busy uses up the
//! attempt's time, and no other's.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::clock::{monotonic_now, thread_cpu};
use crate::timeslice;

/// The most that the monotonic clock charges, and never more than a quarter of the budget.
const CHEAP: Duration = Duration::from_millis(10);
/// A longer poll was interrupted, or belongs to a guest that computes.
const LONG: Duration = Duration::from_millis(2);

/// The budget was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {} ms of processor time: raise `limits.cpu` or make the journey do less", .0.as_millis())]
pub(crate) struct OutOfCpu(Duration);

/// The processor time of one attempt. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    budget: Duration,
    spent_ns: Arc<AtomicU64>,
}

impl Meter {
    /// Nothing is spent yet.
    pub(crate) fn new(budget: Duration) -> Self {
        Self { budget, spent_ns: Arc::default() }
    }

    /// What was used so far, by the guest and by every task that works for it.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent_ns.load(Ordering::Relaxed))
    }

    /// What is left of the budget.
    pub(crate) fn left(&self) -> Duration {
        self.budget.saturating_sub(self.spent())
    }

    /// What to say when nothing is left.
    pub(crate) fn exceeded(&self) -> OutOfCpu {
        OutOfCpu(self.budget)
    }

    /// Charges time that a thread spent beside the attempt's polls.
    pub(crate) fn charge(&self, used: Duration) {
        let used = u64::try_from(used.as_nanos()).unwrap_or(u64::MAX);
        self.spent_ns.fetch_add(used, Ordering::Relaxed);
    }

    fn is_exceeded(&self) -> bool {
        self.spent() > self.budget
    }
}

/// Polls a call until it is done or its attempt's budget is used up.
pub(crate) struct Metered<F> {
    call: F,
    meter: Meter,
    /// Whether the monotonic clock still charges.
    is_cheap: bool,
}

impl<F: Future + Unpin> Metered<F> {
    /// Charges `call` to the meter. A call that is dropped has been charged too.
    pub(crate) fn new(call: F, meter: Meter) -> Self {
        Self { call, meter, is_cheap: true }
    }

    fn poll_cheaply(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        let before = monotonic_now();
        let slice = timeslice::begin(before);
        let polled = Pin::new(&mut self.call).poll(context);
        drop(slice);
        let took = monotonic_now().duration_since(before);
        self.meter.charge(took.min(LONG));
        self.is_cheap = took <= LONG && self.meter.spent() <= CHEAP.min(self.meter.budget / 4);
        polled
    }

    fn poll_exactly(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        let before = thread_cpu();
        let slice = timeslice::begin(monotonic_now());
        let polled = Pin::new(&mut self.call).poll(context);
        drop(slice);
        self.meter.charge(thread_cpu().saturating_sub(before));
        polled
    }
}

impl<F: Future + Unpin> Future for Metered<F> {
    type Output = Result<F::Output, OutOfCpu>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = if self.is_cheap { self.poll_cheaply(context) } else { self.poll_exactly(context) };
        match polled {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending if self.meter.is_exceeded() => Poll::Ready(Err(OutOfCpu(self.meter.budget))),
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
        let (meter, call) = (Meter::new(budget), pin!(endless(milliseconds, computes)));
        let mut context = Context::from_waker(Waker::noop());
        let mut metered = Metered::new(call, meter.clone());
        let ended = (0..polls).any(|_| Pin::new(&mut metered).poll(&mut context).is_ready());
        (meter.spent(), ended)
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

    #[test]
    fn what_works_for_an_attempt_uses_up_the_same_budget() {
        let meter = Meter::new(Duration::from_millis(20));
        let mut context = Context::from_waker(Waker::noop());
        let mut task = Metered::new(Box::pin(endless(1, true)), meter.clone());
        assert!((0..10_000).any(|_| Pin::new(&mut task).poll(&mut context).is_ready()));
        let mut guest = Metered::new(Box::pin(std::future::pending::<()>()), meter);
        assert!(Pin::new(&mut guest).poll(&mut context).is_ready(), "the guest itself did nothing");
    }
}
