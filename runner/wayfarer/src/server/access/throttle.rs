//! How often one party may give a wrong token: so that trying costs the store and the audit trail nothing. A token has 256 random bits, so
//! this guards the server's time and not the tokens.

use std::collections::HashMap;
use std::net::IpAddr;

use parking_lot::Mutex;
use wayfarer_model::units::UnixMillis;

use super::peer::party;

/// Wrong tokens that a party may give at once.
const AT_ONCE: u64 = 10;
/// After how long it may give one more, in milliseconds.
const EACH_MS: u64 = 6_000;
/// Parties that are remembered. With more of them the one that may try again soonest is forgotten.
const PARTIES: usize = 4_096;

/// What parties have tried.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<HashMap<IpAddr, u64>>);

impl Throttle {
    /// Whether a party may try now; if not, after how many seconds.
    pub(super) fn may_try(&self, peer: IpAddr, now: UnixMillis) -> Result<(), u64> {
        // The instant at which all of its tries are forgiven.
        let forgiven = self.0.lock().get(&party(peer)).copied().unwrap_or(0);
        let ahead = forgiven.saturating_sub(now.0);
        let most = (AT_ONCE - 1) * EACH_MS;
        if ahead <= most { Ok(()) } else { Err((ahead - most).div_ceil(1_000)) }
    }

    /// It gave a wrong one.
    pub(super) fn was_wrong(&self, peer: IpAddr, now: UnixMillis) {
        let mut all = self.0.lock();
        let party = party(peer);
        if !all.contains_key(&party) && all.len() >= PARTIES {
            all.retain(|_, forgiven| *forgiven > now.0);
            let soonest = all.iter().min_by_key(|(_, forgiven)| **forgiven).map(|(party, _)| *party);
            if let Some(soonest) = soonest.filter(|_| all.len() >= PARTIES) {
                all.remove(&soonest);
            }
        }
        let forgiven = all.entry(party).or_insert(0);
        *forgiven = (*forgiven).max(now.0) + EACH_MS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_may_be_wrong_ten_times_and_then_once_in_six_seconds() {
        let (throttle, peer) = (Throttle::default(), IpAddr::from([10, 0, 0, 1]));
        let at = |seconds: u64| UnixMillis(1_790_000_000_000 + seconds * 1_000);
        for _ in 0..10 {
            assert_eq!(throttle.may_try(peer, at(0)), Ok(()));
            throttle.was_wrong(peer, at(0));
        }
        assert_eq!(throttle.may_try(peer, at(0)), Err(6));
        assert_eq!(throttle.may_try([10, 0, 0, 2].into(), at(0)), Ok(()), "another one is not concerned");
        assert_eq!(throttle.may_try(peer, at(6)), Ok(()));
        throttle.was_wrong(peer, at(6));
        assert_eq!(throttle.may_try(peer, at(6)), Err(6));
        assert_eq!(throttle.may_try(peer, at(90)), Ok(()));
    }

    #[test]
    fn a_flood_of_parties_takes_a_bounded_room() {
        let throttle = Throttle::default();
        for number in 0..20_000_u32 {
            throttle.was_wrong(std::net::Ipv4Addr::from_bits(number).into(), UnixMillis(u64::from(number)));
        }
        assert!(throttle.0.lock().len() <= PARTIES);
    }
}
