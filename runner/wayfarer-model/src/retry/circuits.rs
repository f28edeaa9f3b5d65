//! Which hosts are dead, so that retries and confirmation runs toward them are spaced out.
//!
//! A circuit is of one owner's view of one host: another tenant's name server or certificates may make the same host dead for that
//! tenant alone. It opens after [`OPENS_AFTER`] attempts in a row, of whatever journeys, in which the host gave no useful answer,
//! and closes at the first that it answered. While it is open, *extras* (retries and confirmation runs) are admitted once in
//! [`PAUSE_MS`] for all journeys of the owner together.
//!
//! Scheduled looks are never refused: they are what tells that the host is back, and a slot without a run would be a gap in the data.
//! A confirmation run that is refused is asked for again a moment later, so it is late and not lost. The pause is shorter than
//! the time between two confirmation runs of one journey: a journey that is alone with its host finds its incident as early as
//! without a circuit, and only many journeys on one dead host notice it.

use std::collections::HashMap;
use std::hash::Hash;

use url::Url;

use crate::report::Recording;
use crate::traffic::{Blame, TrafficErrorKind, TrafficRecord};
use crate::units::UnixMillis;

/// So many attempts in a row without a useful answer open a circuit.
const OPENS_AFTER: u32 = 5;
/// Between two extras toward a host whose circuit is open, in milliseconds.
const PAUSE_MS: u64 = 10_000;
/// Hosts of one owner that are kept at most. Beyond that those whose circuit is not open make room; where all are open, further ones are not watched.
const MOST: usize = 1_000;

/// What an attempt says of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It answered, well or not.
    Alive,
    /// There was no way to an answer, or somebody answered in its place that it is down or too busy.
    Dead,
}

/// What an attempt says of the hosts that it called: of each by its last request there.
pub fn signs(recording: &Recording) -> Vec<(String, Sign)> {
    let mut signs: Vec<(String, Sign)> = Vec::new();
    for record in recording.traffic.iter().rev() {
        let facts = record.kind.as_request();
        let Some(host) = Url::parse(&facts.url).ok().and_then(|url| url.host_str().map(str::to_owned)) else {
            continue;
        };
        if let Some(sign) = sign(record, facts.status)
            && signs.iter().all(|(known, _)| *known != host)
        {
            signs.push((host, sign));
        }
    }
    signs
}

fn sign(record: &TrafficRecord, status: Option<u16>) -> Option<Sign> {
    use TrafficErrorKind::{Cancelled, Connect, Dns, Protocol, Timeout, Tls};
    match &record.error {
        Some(error) if error.blame == Blame::Target => {
            matches!(error.kind, Cancelled | Connect | Dns | Protocol | Timeout | Tls).then_some(Sign::Dead)
        }
        Some(_) => None,
        None => match status? {
            429 | 502 | 503 | 504 => Some(Sign::Dead),
            _ => Some(Sign::Alive),
        },
    }
}

/// One host that has given no useful answer lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Circuit {
    /// Attempts in a row.
    dead: u32,
    /// When the last extra was admitted since it opened.
    last_extra: Option<UnixMillis>,
}

impl Circuit {
    fn is_open(&self) -> bool {
        self.dead >= OPENS_AFTER
    }
}

/// The circuits of all owners. A host without an entry answered when it was called last, or never was.
#[derive(Debug, Clone)]
pub struct Circuits<O> {
    hosts: HashMap<O, HashMap<String, Circuit>>,
}

impl<O> Default for Circuits<O> {
    fn default() -> Self {
        Self { hosts: HashMap::new() }
    }
}

impl<O: Clone + Eq + Hash> Circuits<O> {
    /// Takes over what an attempt says of a host.
    pub fn see(&mut self, owner: &O, host: &str, sign: Sign) {
        if sign == Sign::Alive {
            if let Some(hosts) = self.hosts.get_mut(owner) {
                hosts.remove(host);
            }
            return;
        }
        let hosts = self.hosts.entry(owner.clone()).or_default();
        if hosts.len() >= MOST && !hosts.contains_key(host) {
            hosts.retain(|_, circuit| circuit.is_open());
        }
        if hosts.len() < MOST || hosts.contains_key(host) {
            let circuit = hosts.entry(host.to_owned()).or_default();
            circuit.dead = circuit.dead.saturating_add(1);
        }
    }

    /// Whether the circuit of a host is open.
    pub fn is_open(&self, owner: &O, host: &str) -> bool {
        self.hosts.get(owner).and_then(|hosts| hosts.get(host)).is_some_and(Circuit::is_open)
    }

    /// Whether a retry or a confirmation run toward a host may be made now. If so, it counts as made.
    pub fn admits(&mut self, owner: &O, host: &str, now: UnixMillis) -> bool {
        let circuit = self.hosts.get_mut(owner).and_then(|hosts| hosts.get_mut(host));
        let Some(circuit) = circuit.filter(|circuit| circuit.is_open()) else { return true };
        // A clock that went back does not keep it shut.
        let is_due = circuit.last_extra.is_none_or(|last| now.0.abs_diff(last.0) >= PAUSE_MS);
        if is_due {
            circuit.last_extra = Some(now);
        }
        is_due
    }

    /// The hosts whose circuits are open, in no order.
    pub fn open(&self) -> impl Iterator<Item = (&O, &str)> {
        self.hosts.iter().flat_map(|(owner, hosts)| {
            let open = hosts.iter().filter(|(_, circuit)| circuit.is_open());
            open.map(move |(host, _)| (owner, host.as_str()))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::traffic::{HttpFacts, TrafficError};
    use crate::units::Micros;

    #[derive(Debug, Clone)]
    enum Event {
        Seen(u8, u8, bool),
        Extra(u8, u8),
        Passes(u64),
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            6 => (0_u8..2, 0_u8..3, proptest::bool::weighted(0.15))
                .prop_map(|(owner, host, alive)| Event::Seen(owner, host, alive)),
            4 => (0_u8..2, 0_u8..3).prop_map(|(owner, host)| Event::Extra(owner, host)),
            2 => (0_u64..15_000).prop_map(Event::Passes),
        ]
    }

    proptest! {
        /// Against the rule itself, asked of the whole history each time.
        #[test]
        fn extras_toward_a_dead_host_are_spaced_and_others_are_free(
            events in proptest::collection::vec(event(), 1..300),
        ) {
            let mut circuits = Circuits::default();
            let mut now = 1_000_000;
            // What was seen of each host, oldest first; and the extras since it was alive last.
            let mut seen: HashMap<(u8, u8), Vec<bool>> = HashMap::new();
            let mut extras: HashMap<(u8, u8), Vec<u64>> = HashMap::new();
            for event in events {
                match event {
                    Event::Passes(ms) => now += ms,
                    Event::Seen(owner, host, alive) => {
                        seen.entry((owner, host)).or_default().push(alive);
                        if alive {
                            extras.remove(&(owner, host));
                        }
                        let sign = if alive { Sign::Alive } else { Sign::Dead };
                        circuits.see(&owner, &host.to_string(), sign);
                    }
                    Event::Extra(owner, host) => {
                        let key = (owner, host);
                        let history = seen.get(&key).map_or(&[][..], Vec::as_slice);
                        let is_open = history.iter().rev().take_while(|alive| !**alive).count() >= 5;
                        let last = extras.get(&key).and_then(|made| made.last());
                        let expected = !is_open || last.is_none_or(|last| now - last >= PAUSE_MS);
                        prop_assert_eq!(circuits.is_open(&owner, &host.to_string()), is_open);
                        prop_assert_eq!(circuits.admits(&owner, &host.to_string(), UnixMillis(now)), expected);
                        if expected && is_open {
                            extras.entry(key).or_default().push(now);
                        }
                    }
                }
                let open = seen.values().filter(|seen| seen.iter().rev().take_while(|alive| !**alive).count() >= 5);
                prop_assert_eq!(circuits.open().count(), open.count());
            }
        }
    }

    #[test]
    fn an_owner_with_many_dead_names_keeps_nobody_from_being_watched() {
        let mut circuits = Circuits::default();
        for name in 0..30_000 {
            circuits.see(&1, &format!("{name}.test"), Sign::Dead);
        }
        for _ in 0..OPENS_AFTER {
            circuits.see(&2, "shop.test", Sign::Dead);
            circuits.see(&1, "shop.test", Sign::Dead);
        }
        assert!(circuits.is_open(&2, "shop.test"), "another owner");
        assert!(circuits.is_open(&1, "shop.test"), "names that were dead once make room");
        assert!(circuits.hosts[&1].len() <= MOST);
    }

    #[test]
    fn the_last_request_to_a_host_says_whether_it_lives() {
        let to = |url: &str, status: Option<u16>, error: Option<(TrafficErrorKind, Blame)>| {
            let facts = HttpFacts { status, ..HttpFacts::request("GET", url) };
            let mut record = TrafficRecord::http(None, Micros(0), facts);
            record.error =
                error.map(|(kind, blame)| TrafficError { kind, message: String::new(), phase: None, blame });
            record
        };
        let refused = Some((TrafficErrorKind::Connect, Blame::Target));
        let traffic = vec![
            to("http://shop.test/", Some(200), None),
            to("http://pay.test/", None, refused),
            to("http://shop.test/orders", Some(503), None),
            to("http://pay.test/again", Some(500), None),
            to("http://mail.test/", None, Some((TrafficErrorKind::Connect, Blame::Runner))),
            to("http://denied.test/", None, Some((TrafficErrorKind::Denied, Blame::Journey))),
            to("http://large.test/", Some(200), Some((TrafficErrorKind::TooLarge, Blame::Target))),
            to("no url", None, refused),
        ];
        let mut signs = signs(&Recording { traffic, ..Recording::default() });
        signs.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(signs, [("pay.test".to_owned(), Sign::Alive), ("shop.test".to_owned(), Sign::Dead)]);
    }
}
