//! Bounds every wait of one exchange: by the phase's limit, the exchange's and the attempt's, whichever ends first.

use std::time::Duration;

use futures_util::FutureExt;
use wayfarer_model::traffic::{Phase, TrafficError};
use wayfarer_model::units::Micros;

use super::fault;
use crate::tape::Tape;

const DIAL: Duration = Duration::from_secs(5);

/// How long each phase may take. An absent limit means the default. No limit outlasts the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timeouts {
    /// Turning the name into addresses; 5 s by default.
    pub dns: Option<Duration>,
    /// Opening the connection; 5 s by default.
    pub connect: Option<Duration>,
    /// The TLS handshake; 5 s by default.
    pub tls: Option<Duration>,
    /// From the first byte sent to the first part of the answer; what is left of the attempt by default.
    pub wait: Option<Duration>,
    /// From there to the last byte of the answer; what is left of the attempt by default.
    pub receive: Option<Duration>,
    /// From one part of the answer to the next; no limit of its own by default.
    pub between: Option<Duration>,
    /// All of it; what is left of the attempt by default.
    pub total: Option<Duration>,
}

/// The time of one exchange. In HTTP it covers the redirects too.
#[derive(Clone, Copy)]
pub(crate) struct Budget<'a> {
    tape: &'a Tape,
    timeouts: Timeouts,
    began: Micros,
}

impl<'a> Budget<'a> {
    /// Begins now.
    pub(crate) fn begin(tape: &'a Tape, timeouts: Timeouts) -> Self {
        Self { tape, timeouts, began: tape.now() }
    }

    /// Time since the exchange began.
    pub(crate) fn spent(&self) -> Micros {
        self.until(self.tape.now())
    }

    /// Time from the beginning of the exchange to an instant of the attempt.
    pub(crate) fn until(&self, at: Micros) -> Micros {
        at.since(self.began)
    }

    /// Awaits within the limit of a phase that begins now. `whom` names the peer in the error.
    // Not an `async fn`, which would hold the future twice.
    pub(crate) fn within<'w, F: Future>(
        &self,
        phase: Phase,
        whom: &'w str,
        future: F,
    ) -> impl Future<Output = Result<F::Output, TrafficError>> + use<'w, F> {
        let (phase, limit, left) = self.limit(phase);
        let late = move |_| fault::timed_out(phase, whom, limit);
        tokio::time::timeout(left, future).map(move |ended| ended.map_err(late))
    }

    /// Awaits the next part of an answer, within the limit between two parts.
    pub(crate) async fn next_part<F: Future>(
        &self,
        whom: &str,
        future: F,
    ) -> Result<F::Output, TrafficError> {
        match self.timeouts.between {
            None => Ok(future.await),
            Some(limit) => tokio::time::timeout(limit, future).await.map_err(|_| fault::stalled(whom, limit)),
        }
    }

    /// Which limit ends a phase that begins now, that limit as configured, and what is left of it.
    fn limit(&self, phase: Phase) -> (Phase, Duration, Duration) {
        let own = match phase {
            Phase::Dns => self.timeouts.dns.or(Some(DIAL)),
            Phase::Connect => self.timeouts.connect.or(Some(DIAL)),
            Phase::Tls => self.timeouts.tls.or(Some(DIAL)),
            Phase::Wait => self.timeouts.wait,
            Phase::Receive => self.timeouts.receive,
            Phase::Total => None,
        };
        // If the attempt's own time ends first, the error names the phase that was under way.
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

#[cfg(test)]
mod tests {
    use wayfarer_model::limits::Limits;

    use super::*;

    #[test]
    fn an_answer_may_take_as_long_as_the_attempt_and_no_written_limit_is_cut() {
        let limits = Limits { wall: Duration::from_secs(90), ..Limits::default() };
        let tape = Tape::live(limits, [7; 32], None);
        let written = Some(Duration::from_secs(70));
        for phase in [Phase::Wait, Phase::Receive] {
            let (_, _, left) = Budget::begin(&tape, Timeouts::default()).limit(phase);
            assert!(left > Duration::from_secs(80), "{phase:?}: {left:?}");
            let timeouts = Timeouts { wait: written, receive: written, ..Timeouts::default() };
            assert_eq!(Some(Budget::begin(&tape, timeouts).limit(phase).1), written);
        }
    }
}
