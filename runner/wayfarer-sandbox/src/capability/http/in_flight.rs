//! Requests that go on while the guest does something else. Each is a task on the guests' threads, charged to the attempt.
//!
//! Invariant: dropping the state ends every task. A task that ends early leaves its record as it stands, and the end of the
//! attempt, or of the request, closes it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};

use crate::http::{HttpRequest, HttpResponse, HttpSession, SendError};
use crate::memory::HeldMemory;
use crate::net::fault::journeys;
use crate::tape::Tape;

type Outcome = Result<HttpResponse, SendError>;

/// One request in flight, or with a result that nobody took.
pub(super) struct InFlight {
    task: AbortHandle,
    outcome: watch::Receiver<Option<Arc<parking_lot::Mutex<Option<Outcome>>>>>,
    /// The request's body, charged until the result is taken.
    _held: HeldMemory,
}

impl InFlight {
    /// Begins a request.
    pub(super) fn start(
        session: &Arc<HttpSession>,
        request: HttpRequest,
        tape: &Tape,
        held: HeldMemory,
    ) -> Self {
        let (session, metered) = (Arc::clone(session), tape.clone());
        let (done, outcome) = watch::channel(None);
        let task = tokio::spawn(async move {
            let sent = metered.metered(async move { session.send(request).await }).await;
            // Without a result the attempt's processor time is used up, and the attempt ends.
            let sent = sent.unwrap_or_else(|| Err(ended().into()));
            done.send_replace(Some(Arc::new(parking_lot::Mutex::new(Some(sent)))));
        });
        Self { task: task.abort_handle(), outcome, _held: held }
    }

    pub(super) fn is_done(&self) -> bool {
        self.outcome.borrow().is_some()
    }

    /// A handle to wait with.
    pub(super) fn waiter(&self) -> Waiter {
        Waiter(self.outcome.clone())
    }

    /// Waits for the result.
    pub(super) async fn take(mut self) -> Outcome {
        let done = self.outcome.wait_for(Option::is_some).await.map(|done| done.clone());
        let outcome = done.ok().flatten().and_then(|outcome| outcome.lock().take());
        outcome.unwrap_or_else(|| Err(ended().into()))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Waits for one request.
pub(super) struct Waiter(watch::Receiver<Option<Arc<parking_lot::Mutex<Option<Outcome>>>>>);

impl Waiter {
    async fn done(mut self) {
        // An error means that its task is gone, and there is nothing to wait for.
        drop(self.0.wait_for(Option::is_some).await);
    }
}

/// Returns once one of these requests is done, or after the timeout.
pub(super) async fn one_of(waiters: Vec<Waiter>, timeout: Option<Duration>) {
    let waits = waiters.into_iter().map(|waiter| Box::pin(waiter.done()));
    let any = futures_util::future::select_all(waits);
    match timeout {
        Some(timeout) => drop(tokio::time::timeout(timeout, any).await),
        None => drop(any.await),
    }
}

fn ended() -> TrafficError {
    journeys(TrafficErrorKind::Cancelled, "the attempt is ending")
}
