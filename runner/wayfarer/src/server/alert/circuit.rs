//! The circuit of one channel: while the channel takes nothing, one notice tries it now and then for all that wait.
//!
//! Without it a channel that is down for an hour would be sent every waiting notice again and again. A closed circuit lets
//! everything through, an open one nothing until its instant, then one.

use std::time::Duration;

use wayfarer_model::units::UnixMillis;

/// So many failures in a row open it.
const FAILURES: u32 = 3;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Circuit {
    failures: u32,
    failed_at: UnixMillis,
    /// Nothing is sent before; none while it is closed.
    until: Option<UnixMillis>,
}

impl Circuit {
    /// Whether something may be sent now. A clock that went back would keep it open for as long as it went.
    pub(crate) fn lets(&self, now: UnixMillis) -> bool {
        self.until.is_none_or(|until| until <= now || now < self.failed_at)
    }

    /// Whether the last notices failed.
    pub(crate) fn is_open(&self) -> bool {
        self.until.is_some()
    }

    /// The channel has taken a notice.
    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// The channel has not taken a notice, which is sent again after `wait`.
    pub(crate) fn failed(&mut self, now: UnixMillis, wait: Duration) {
        (self.failures, self.failed_at) = (self.failures.saturating_add(1), now);
        if self.failures >= FAILURES {
            let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            self.until = Some(UnixMillis(now.0.saturating_add(wait)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_open_it_and_one_success_closes_it() {
        let (mut circuit, wait) = (Circuit::default(), Duration::from_secs(20));
        for at in [0, 1_000] {
            circuit.failed(UnixMillis(at), wait);
            assert!(circuit.lets(UnixMillis(at)) && !circuit.is_open());
        }
        circuit.failed(UnixMillis(2_000), wait);
        assert!(!circuit.lets(UnixMillis(21_999)) && circuit.lets(UnixMillis(22_000)));
        circuit.failed(UnixMillis(22_000), wait);
        assert!(!circuit.lets(UnixMillis(22_001)), "the one that tried it failed too");
        assert!(circuit.lets(UnixMillis(21_000)), "the clock has gone back");
        circuit.succeeded();
        assert!(circuit.lets(UnixMillis(22_001)) && !circuit.is_open());
    }
}
