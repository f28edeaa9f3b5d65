//! Ends a call that waits for too long altogether. Only the time counts in which the call waits for something; the time in
//! which it waits for a processor does not, so a busy machine ends nobody.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use tokio::time::Sleep;

use crate::clock::monotonic_now;

/// The call waited for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it waited for more than {} ms: there is nothing to wait for", .0.as_millis())]
pub(crate) struct Dozed(Duration);

/// Polls a call until it is done or has waited for its budget.
pub(crate) struct Attentive<F> {
    call: Pin<Box<F>>,
    budget: Duration,
    waited: Duration,
    /// Since when it waits, and who notes when it is woken.
    waiting: Option<(Instant, Arc<Alarm>)>,
    timer: Pin<Box<Sleep>>,
}

impl<F: Future> Attentive<F> {
    pub(crate) fn new(call: F, budget: Duration) -> Self {
        let timer = Box::pin(tokio::time::sleep(budget));
        Self { call: Box::pin(call), budget, waited: Duration::ZERO, waiting: None, timer }
    }
}

/// Notes when it was first woken, and passes that on.
struct Alarm {
    woken: OnceLock<Instant>,
    task: Waker,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.get_or_init(monotonic_now);
        self.task.wake_by_ref();
    }
}

impl<T, F: Future<Output = wasmtime::Result<T>>> Future for Attentive<F> {
    type Output = wasmtime::Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some((since, alarm)) = self.waiting.take() {
            let until = alarm.woken.get().copied().unwrap_or_else(monotonic_now);
            self.waited += until.saturating_duration_since(since);
        }
        let alarm = Arc::new(Alarm { woken: OnceLock::new(), task: context.waker().clone() });
        let polled = self.call.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&alarm))));
        if polled.is_ready() || alarm.woken.get().is_some() {
            return polled;
        }
        let (now, left) = (monotonic_now(), self.budget.saturating_sub(self.waited));
        self.waiting = Some((now, alarm));
        if left.is_zero() {
            return Poll::Ready(Err(Dozed(self.budget).into()));
        }
        self.timer.as_mut().reset((now + left).into());
        // It wakes the task, whose next poll counts what has been waited until then.
        let _ = self.timer.as_mut().poll(context);
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn who_waits_too_long_is_ended_however_it_waits() {
        let began = monotonic_now();
        let once = async {
            tokio::time::sleep(Duration::from_mins(1)).await;
            Ok(())
        };
        assert!(Attentive::new(once, BUDGET).await.unwrap_err().is::<Dozed>());
        let often = async {
            loop {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            #[expect(unreachable_code, reason = "for its type")]
            Ok(())
        };
        assert!(Attentive::new(often, BUDGET).await.unwrap_err().is::<Dozed>());
        assert!(monotonic_now() - began < Duration::from_secs(30), "not at the end of the sleep");
    }

    #[tokio::test]
    async fn who_waits_for_a_processor_is_not() {
        let busy = async {
            for _ in 0..40 {
                // What a thread that does not get a processor looks like: a long poll, and a wake that is there already.
                std::thread::sleep(Duration::from_millis(4));
                tokio::task::yield_now().await;
            }
            Ok(7)
        };
        assert_eq!(Attentive::new(busy, BUDGET).await.unwrap(), 7);
    }
}
