//! Whose fault a failure is, where the error alone does not tell: silence, a host that cannot be reached, dates of certificates.
//!
//! | failure | asked | the runner is to blame if |
//! |---|---|---|
//! | no name, or no answer about it | the name server, for control names | it does not know them either |
//! | no connection, no answer in time | the kernel, for the way to each address | there is none to any of them |
//! | the same, beyond a gateway | the beacons, if there are any | none gives a sign |
//! | refused, reset, broken off, an untrusted certificate, beyond a gateway | the beacons, if there are any | none gives a sign: something on the runner's own side said so |
//! | a certificate expired or is not valid yet | the clock, the kernel, the beacons, the target's own `Date` | the clock is not to be believed |
//!
//! A host that answers in its protocol has acted: nothing is asked. Nor are beacons about a neighbour on the same link. What is still
//! under way when the attempt's own time is up is asked about as silence is (`unanswered`).
//!
//! The attempt's clock stands still meanwhile, so no phase and no deadline of a journey pays for it. Because that lengthens
//! the attempt, there are [`IN_ALL`] for each.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use wayfarer_model::traffic::{Blame, TrafficError, TrafficErrorKind};
use wayfarer_model::units::UnixMillis;

use super::controls::Controls;
use super::fault::runners;
use super::names::{Names, Unresolved};
use super::route::{Way, way_to};
use crate::clock::monotonic_now;
use crate::tape::Tape;

/// How long all questions of one attempt may take together.
const IN_ALL: Duration = Duration::from_secs(10);

/// How long the kernel may take to find out whether a gateway is there: it asks three times, a second apart, after five
/// seconds of which a connection's own limit has passed already.
const SETTLING: Duration = Duration::from_secs(4);

/// Between two looks at the kernel meanwhile.
const LOOK: Duration = Duration::from_millis(100);

/// The most addresses that are looked at; as many as one request dials.
const ADDRESSES: usize = 8;

/// A failure, and what it leaves open.
#[derive(Debug)]
pub(super) struct Doubtful {
    pub(super) error: TrafficError,
    pub(super) about: About,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// The error says it all.
    Nothing,
    /// Somebody refused or broke off, who may stand between the runner and the target: a firewall, a login page.
    Refusal,
    /// Nobody has answered.
    Silence,
    /// The dates of a certificate.
    Dates,
}

impl From<TrafficError> for Doubtful {
    fn from(error: TrafficError) -> Self {
        let about = match error.kind {
            TrafficErrorKind::Timeout => About::Silence,
            TrafficErrorKind::Connect | TrafficErrorKind::Tls | TrafficErrorKind::Protocol => About::Refusal,
            _ => About::Nothing,
        };
        Self { error, about }
    }
}

/// The reviews of one attempt.
pub(super) struct Review {
    controls: Arc<Controls>,
    left: Mutex<Duration>,
}

impl Review {
    pub(super) fn new(controls: Arc<Controls>) -> Self {
        Self { controls, left: Mutex::new(IN_ALL) }
    }

    /// Of a name that did not resolve.
    pub(super) async fn name(
        &self,
        host: &str,
        unresolved: Unresolved,
        names: &Names,
        tape: &Tape,
    ) -> TrafficError {
        let error = unresolved.error.clone();
        self.outside_of_time(tape, names.review(host, unresolved)).await.unwrap_or(error)
    }

    /// Of a failure to reach any of these addresses. `own_date` asks the target what time it is.
    pub(super) async fn failure(
        &self,
        doubtful: Doubtful,
        addresses: &[IpAddr],
        tape: &Tape,
        own_date: impl Future<Output = Option<UnixMillis>>,
    ) -> TrafficError {
        let Doubtful { error, about } = doubtful;
        if error.blame != Blame::Target {
            return error;
        }
        let runners_own = |why: Option<Option<&'static str>>| match why.flatten() {
            Some(why) => TrafficError {
                blame: Blame::Runner,
                message: format!("{why} ({})", error.message),
                ..error.clone()
            },
            None => error.clone(),
        };
        match about {
            About::Nothing => error,
            About::Refusal => runners_own(self.outside_of_time(tape, self.is_walled_in(addresses)).await),
            About::Silence => runners_own(self.outside_of_time(tape, self.no_way(addresses)).await),
            About::Dates => {
                match self.outside_of_time(tape, self.controls.clock_doubt(own_date)).await.flatten() {
                    Some(why) => {
                        let message = format!("the runner's clock {why}: set it right ({})", error.message);
                        runners(TrafficErrorKind::Clock, message)
                    }
                    None => error,
                }
            }
        }
    }

    /// Why the runner itself cannot reach any of the addresses; none if it could, as far as anybody knows.
    async fn no_way(&self, addresses: &[IpAddr]) -> Option<&'static str> {
        let addresses = addresses.get(..ADDRESSES.min(addresses.len()))?;
        let ways = ways(addresses);
        if let Some(why) = no_way(&ways) {
            return Some(why);
        }
        if leads_outside(&ways)
            && let Some(signs) = self.controls.signs().await
            && !signs.has_any()
        {
            return Some("the runner has no way out: none of its beacons answers");
        }
        settled(addresses, ways).await
    }

    /// Why a refusal comes from the runner's own side, as far as its beacons know.
    async fn is_walled_in(&self, addresses: &[IpAddr]) -> Option<&'static str> {
        let addresses = addresses.get(..ADDRESSES.min(addresses.len()))?;
        let signs = if leads_outside(&ways(addresses)) { self.controls.signs().await } else { None };
        (!signs?.has_any()).then_some(
            "the runner has no way out: none of its beacons answers, so somebody on its own side refuses",
        )
    }

    /// Awaits while the attempt's clock stands still; none if it took too long.
    async fn outside_of_time<F: Future>(&self, tape: &Tape, future: F) -> Option<F::Output> {
        let _pause = tape.clock().pause();
        let began = monotonic_now();
        let left = *self.left.lock();
        let ended = tokio::time::timeout(left, future).await.ok();
        let took = monotonic_now().duration_since(began);
        let mut left = self.left.lock();
        *left = left.saturating_sub(took);
        ended
    }
}

fn ways(addresses: &[IpAddr]) -> Vec<Way> {
    addresses.iter().map(|address| way_to(*address)).collect()
}

/// Whether beacons say something of the way to one of several addresses.
fn leads_outside(ways: &[Way]) -> bool {
    ways.iter().any(|way| matches!(way, Way::Beyond { .. } | Way::Unknown))
}

/// Why there is no way to any of several addresses.
fn no_way(ways: &[Way]) -> Option<&'static str> {
    let mut reasons = ways.iter().map(|way| match way {
        Way::None(why) => Some(*why),
        Way::Near | Way::Beyond { .. } | Way::Unknown => None,
    });
    let first = reasons.next()??;
    reasons.all(|other| other.is_some()).then_some(first)
}

/// The same, once the kernel knows of each gateway whether it is there.
async fn settled(addresses: &[IpAddr], mut ways: Vec<Way>) -> Option<&'static str> {
    let began = monotonic_now();
    let is_open = |ways: &[Way]| ways.contains(&Way::Beyond { is_in_question: true });
    while is_open(&ways) && monotonic_now().duration_since(began) < SETTLING {
        tokio::time::sleep(LOOK).await;
        ways = self::ways(addresses);
    }
    no_way(&ways)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_with_a_way_is_enough_to_blame_the_target() {
        let none = || Way::None("the cable is out");
        assert_eq!(no_way(&[none(), none()]), Some("the cable is out"));
        for other in [Way::Near, Way::Beyond { is_in_question: false }, Way::Unknown] {
            assert_eq!(no_way(&[none(), other]), None);
            assert_eq!(no_way(&[other, none()]), None);
        }
        assert_eq!(no_way(&[]), None);
    }
}
