//! A guest's call, with its processor time charged from the thread's own clock at every poll.
//!
//! The guest yields every millisecond, so a poll is short; a thread that waits for its turn on a busy
//! machine is charged nothing, which is why load never makes a journey `broken`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::clock::thread_cpu;

/// The budget was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {} ms of processor time: raise `limits.cpu` or make the journey do less", .0.as_millis())]
pub(crate) struct OutOfCpu(Duration);

/// Polls a call until it is done or its budget is used up.
pub(crate) struct Metered<'a, F> {
    call: Pin<&'a mut F>,
    budget: Duration,
    spent: &'a mut Duration,
}

impl<'a, F: Future> Metered<'a, F> {
    /// Charges `call` to `spent`, which outlives it: a call that is dropped was charged all the same.
    pub(crate) fn new(call: Pin<&'a mut F>, budget: Duration, spent: &'a mut Duration) -> Self {
        Self { call, budget, spent }
    }
}

impl<F: Future> Future for Metered<'_, F> {
    type Output = Result<F::Output, OutOfCpu>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let before = thread_cpu();
        let polled = self.call.as_mut().poll(context);
        let spent = thread_cpu().saturating_sub(before);
        *self.spent += spent;
        match polled {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending if *self.spent > self.budget => Poll::Ready(Err(OutOfCpu(self.budget))),
            Poll::Pending => Poll::Pending,
        }
    }
}
