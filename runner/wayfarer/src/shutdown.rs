//! Ending early: [`Cancellation`] asks for it and says why, [`Signals`] turns Ctrl-C and SIGTERM into it.
//!
//! The cause travels with the request to the sandbox and to the judge, which decides the verdict once.

use std::sync::{Arc, OnceLock};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use wayfarer_model::cancel::CancelCause;

/// A request to end early, with its cause. Clones share one state.
///
/// The first cause stays: cancelling again changes nothing. Dropping one cancels nothing.
#[derive(Debug, Clone)]
pub(crate) struct Cancellation(Arc<Node>);

#[derive(Debug)]
struct Node {
    token: CancellationToken,
    /// Set before the token is cancelled, so that whoever sees the token cancelled finds a cause.
    cause: OnceLock<CancelCause>,
    parent: Option<Cancellation>,
}

impl Cancellation {
    /// One that nothing else cancels.
    pub(crate) fn new() -> Self {
        Self::of(CancellationToken::new(), None)
    }

    /// One that is cancelled with this one, and for the same cause. Cancelling the child leaves this one as it is.
    pub(crate) fn child(&self) -> Self {
        Self::of(self.0.token.child_token(), Some(self.clone()))
    }

    fn of(token: CancellationToken, parent: Option<Self>) -> Self {
        Self(Arc::new(Node { token, cause: OnceLock::new(), parent }))
    }

    /// Asks everything that holds this, or a child of it, to end.
    pub(crate) fn cancel(&self, cause: CancelCause) {
        if !self.is_cancelled() {
            self.0.cause.get_or_init(|| cause);
            self.0.token.cancel();
        }
    }

    /// Whether it was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.token.is_cancelled()
    }

    /// Returns once it is cancelled; never if it never is.
    pub(crate) async fn cancelled(&self) -> CancelCause {
        self.0.token.cancelled().await;
        // A token without a cause would be one that only a shutdown of the runtime could have cancelled.
        self.cause().unwrap_or(CancelCause::Shutdown)
    }

    fn cause(&self) -> Option<CancelCause> {
        let own = self.0.cause.get().copied();
        own.or_else(|| self.0.parent.as_ref().and_then(Self::cause))
    }
}

/// Ctrl-C and SIGTERM: the first asks everything to end, the second ends the process without waiting.
#[derive(Debug)]
pub(crate) struct Signals {
    cancellation: Cancellation,
    cause: CancelCause,
    control_c: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on a signal no longer ends the process by itself. The first one cancels, for that cause.
    pub(crate) fn listen(cause: CancelCause) -> std::io::Result<(Self, Cancellation)> {
        let cancellation = Cancellation::new();
        let control_c = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        Ok((Self { cancellation: cancellation.clone(), cause, control_c, terminate }, cancellation))
    }

    /// Cancels at the first signal, and returns at the second.
    pub(crate) async fn second(mut self) {
        self.next().await;
        self.cancellation.cancel(self.cause);
        self.next().await;
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.control_c.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_child_ends_with_its_parent_and_for_the_same_cause() {
        let parent = Cancellation::new();
        let (child, grandchild) = (parent.child(), parent.child().child());
        assert!(!grandchild.is_cancelled());
        parent.cancel(CancelCause::Shutdown);
        assert_eq!(child.cancelled().await, CancelCause::Shutdown);
        assert_eq!(grandchild.cancelled().await, CancelCause::Shutdown);
        assert!(parent.child().is_cancelled(), "one that is made later is cancelled already");
    }

    #[tokio::test]
    async fn the_first_cause_stays_and_a_child_is_no_concern_of_its_parent() {
        let parent = Cancellation::new();
        let child = parent.child();
        child.cancel(CancelCause::KillSwitch);
        assert!(!parent.is_cancelled());
        parent.cancel(CancelCause::Shutdown);
        child.cancel(CancelCause::Person);
        assert_eq!(child.cancelled().await, CancelCause::KillSwitch);
        let late = parent.child();
        late.cancel(CancelCause::KillSwitch);
        assert_eq!(late.cancelled().await, CancelCause::Shutdown);
    }
}
