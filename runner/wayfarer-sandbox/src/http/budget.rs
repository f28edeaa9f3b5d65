//! How long each wait of one request may last: the phase's limit, the request's and the attempt's, whichever
//! ends first. No wait of the engine is without one.

use std::time::Duration;

use futures_util::FutureExt;
use wayfarer_model::request::{Phase, RequestError};
use wayfarer_model::units::Micros;

use super::exchange::Timeouts;
use super::fault;
use crate::tape::Tape;

const DIAL: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(15);

/// The time of one request, redirects included.
#[derive(Clone, Copy)]
pub(super) struct Budget<'a> {
    tape: &'a Tape,
    timeouts: Timeouts,
    began: Micros,
}

impl<'a> Budget<'a> {
    /// Begins now.
    pub(super) fn begin(tape: &'a Tape, timeouts: Timeouts) -> Self {
        Self { tape, timeouts, began: tape.now() }
    }

    /// Time since the request began.
    pub(super) fn spent(&self) -> Micros {
        self.tape.now().since(self.began)
    }

    /// Awaits within the limit of a phase that begins now; `what` is whom we wait for.
    // Not an `async fn`, which would hold the future twice.
    pub(super) fn within<'w, F: Future>(
        &self,
        phase: Phase,
        what: &'w str,
        future: F,
    ) -> impl Future<Output = Result<F::Output, RequestError>> + use<'w, F> {
        let (phase, limit, left) = self.limit(phase);
        let late = move |_| fault::timed_out(phase, what, limit);
        tokio::time::timeout(left, future).map(move |ended| ended.map_err(late))
    }

    /// Which limit ends a phase that begins now, that limit as configured, and what is left of it.
    fn limit(&self, phase: Phase) -> (Phase, Duration, Duration) {
        let own = match phase {
            Phase::Dns => self.timeouts.dns.or(Some(DIAL)),
            Phase::Connect => self.timeouts.connect.or(Some(DIAL)),
            Phase::Tls => self.timeouts.tls.or(Some(DIAL)),
            Phase::Wait => self.timeouts.wait.or(Some(ANSWER)),
            Phase::Receive => self.timeouts.receive.or(Some(ANSWER)),
            Phase::Total => None,
        };
        // Out of the attempt's time the phase under way is the one to name: it is what was waited for.
        let rest = self.tape.remaining();
        let mut limit = (phase, rest, rest);
        if let Some(own) = own.filter(|own| *own < rest) {
            limit = (phase, own, own);
        }
        if let Some(total) = self.timeouts.total {
            let left = total.saturating_sub(self.spent().to_duration());
            if left < limit.2 {
                limit = (Phase::Total, total, left);
            }
        }
        limit
    }
}
