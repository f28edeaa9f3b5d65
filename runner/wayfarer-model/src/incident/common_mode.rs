//! Common mode: many journeys of many hosts are bad at once, so the runner may be at fault. Their notices wait until its beacons were asked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::units::UnixMillis;

/// At least so many hosts are bad, and half of those that were looked at.
const HOSTS: usize = 4;
/// Notices wait so many intervals at most.
const INTERVALS: u32 = 2;
/// What others saw so long ago at most speaks against a tenant that fails alone: what is older may be from before the fault.
pub(super) const FRESH: Duration = Duration::from_mins(5);

/// The newest look of a journey in the last two intervals, of whatever tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostLook<'a> {
    /// The journey, unique in the runner.
    pub journey: &'a str,
    /// Whose it is, unique in the runner.
    pub tenant: &'a str,
    /// The host of the request that failed, or of its first request.
    pub host: &'a str,
    /// Whether the look was bad.
    pub is_bad: bool,
    /// When the look ended.
    pub ended_at: UnixMillis,
}

/// Looks at one host.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    bad: usize,
    all: usize,
}

impl Tally {
    fn add(&mut self, is_bad: bool) {
        self.bad += usize::from(is_bad);
        self.all += 1;
    }

    /// At least half of the looks.
    fn is_bad(self) -> bool {
        self.bad > 0 && self.bad * 2 >= self.all
    }

    fn without(self, other: Self) -> Self {
        Self { bad: self.bad - other.bad, all: self.all - other.all }
    }
}

/// How many are bad at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommonMode {
    /// Journeys that are bad.
    pub journeys: usize,
    /// Hosts that are bad.
    pub hosts: usize,
    /// Hosts that were looked at.
    pub of_hosts: usize,
}

impl CommonMode {
    /// With fewer bad journeys nothing is one.
    pub const JOURNEYS: usize = 8;

    /// Whether the newest looks of all journeys are a common mode. A host is bad if half of its journeys or more are.
    ///
    /// No tenant is one alone: half of the hosts are bad also without its looks, as far as anybody else has looked within [`FRESH`]. Otherwise a
    /// tenant whose own targets are down would have the notices of all others held.
    pub fn of(looks: &[HostLook<'_>], now: UnixMillis) -> Option<Self> {
        let mut hosts: BTreeMap<&str, Tally> = BTreeMap::new();
        for look in looks {
            hosts.entry(look.host).or_default().add(look.is_bad);
        }
        let bad: BTreeSet<&str> = looks.iter().filter(|look| look.is_bad).map(|look| look.journey).collect();
        let bad_hosts = hosts.values().filter(|tally| tally.is_bad()).count();
        let found = Self { journeys: bad.len(), hosts: bad_hosts, of_hosts: hosts.len() };
        let is_one = found.journeys >= Self::JOURNEYS && bad_hosts >= HOSTS && bad_hosts * 2 >= hosts.len();
        (is_one && is_shared(looks, now)).then_some(found)
    }
}

/// Whether half of the hosts are bad also without any one tenant.
fn is_shared(looks: &[HostLook<'_>], now: UnixMillis) -> bool {
    let mut hosts: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut tenants: BTreeMap<&str, BTreeMap<&str, Tally>> = BTreeMap::new();
    for look in looks.iter().filter(|look| is_fresh(look.ended_at, now)) {
        hosts.entry(look.host).or_default().add(look.is_bad);
        tenants.entry(look.tenant).or_default().entry(look.host).or_default().add(look.is_bad);
    }
    let bad = hosts.values().filter(|tally| tally.is_bad()).count();
    tenants.values().all(|own| {
        // Only the tenant's own hosts look otherwise without it.
        let (mut left_bad, mut left) = (bad, hosts.len());
        for (host, own) in own {
            let all = hosts.get(host).copied().unwrap_or_default();
            let others = all.without(*own);
            left -= usize::from(others.all == 0);
            left_bad = left_bad + usize::from(others.is_bad()) - usize::from(all.is_bad());
        }
        is_half(left_bad, left)
    })
}

/// Whether a look speaks of the present.
pub(super) fn is_fresh(ended: UnixMillis, now: UnixMillis) -> bool {
    let fresh_ms = u64::try_from(FRESH.as_millis()).unwrap_or(u64::MAX);
    now.0.saturating_sub(ended.0) <= fresh_ms
}

/// Whether so many of these are at least half. Of none nobody knows otherwise.
pub(super) fn is_half(bad: usize, of: usize) -> bool {
    of == 0 || bad > 0 && bad * 2 >= of
}

impl fmt::Display for CommonMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { journeys, hosts, of_hosts } = self;
        write!(f, "{journeys} journeys fail at once, at {hosts} of {of_hosts} hosts")
    }
}

/// What the beacons say: hosts that the platform names and that no tenant depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Beacons {
    /// The runner reaches them.
    Good,
    /// The runner does not reach them.
    Bad,
    /// There are none, or they have not answered yet.
    Unknown,
}

/// What becomes of a notice in a common mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    /// The notice goes to its channels at once.
    Deliver,
    /// It waits until this instant, or until the beacons are good.
    Wait(UnixMillis),
    /// The runner is at fault: the platform's incident stands for it. It goes out once a look fails that began after the beacons were good again; it
    /// is dropped if its incident closes before.
    Platform,
}

/// What is known about a notice whose incident opened in a common mode and is still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// When the incident opened.
    pub opened_at: UnixMillis,
    /// Between two slots of the journey; a notice is held for two of these at most.
    pub interval: Duration,
    /// What the beacons say now.
    pub beacons: Beacons,
    /// When the beacons were last bad, if they were since two intervals before the incident opened.
    pub beacons_bad_until: Option<UnixMillis>,
    /// The start of the journey's newest bad look.
    pub newest_bad: UnixMillis,
}

impl Hold {
    /// Whether a notice goes out now.
    pub fn of(held: Held, now: UnixMillis) -> Self {
        let wait_ms = u64::try_from(held.interval.saturating_mul(INTERVALS).as_millis()).unwrap_or(u64::MAX);
        let until = UnixMillis(held.opened_at.0.saturating_add(wait_ms));
        let is_proven = held.beacons_bad_until.is_none_or(|bad_until| held.newest_bad > bad_until);
        match held.beacons {
            Beacons::Bad => Self::Platform,
            _ if !is_proven => Self::Platform,
            Beacons::Unknown if now < until => Self::Wait(until),
            Beacons::Good | Beacons::Unknown => Self::Deliver,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each host has so many journeys, of which so many are bad.
    fn of(hosts: &[(usize, usize)]) -> Option<CommonMode> {
        let names: Vec<(String, String, bool)> = hosts
            .iter()
            .enumerate()
            .flat_map(|(host, (all, bad))| {
                (0..*all).map(move |n| (format!("j{host}-{n}"), format!("h{host}"), n < *bad))
            })
            .collect();
        let looks: Vec<HostLook<'_>> =
            names.iter().map(|(journey, host, is_bad)| look("acme", journey, host, *is_bad)).collect();
        CommonMode::of(&looks, NOW)
    }

    const NOW: UnixMillis = UnixMillis(10_000_000);

    fn look<'a>(tenant: &'a str, journey: &'a str, host: &'a str, is_bad: bool) -> HostLook<'a> {
        HostLook { journey, tenant, host, is_bad, ended_at: UnixMillis(NOW.0 - 60_000) }
    }

    #[test]
    fn no_tenant_is_a_common_mode_for_the_others() {
        let names: Vec<(String, String)> =
            (0..20).map(|n| (format!("j{n}"), format!("h{}", n / 2))).collect();
        let alone: Vec<HostLook<'_>> =
            names.iter().map(|(journey, host)| look("acme", journey, host, true)).collect();
        assert!(CommonMode::of(&alone, NOW).is_some(), "nobody else has looked at anything");
        let with = |others: &[HostLook<'_>]| CommonMode::of(&[&alone, others].concat(), NOW).is_some();
        assert!(!with(&[look("bank", "k", "shop", false)]), "another tenant's journey is well");
        assert!(with(&[look("bank", "k", "shop", true)]), "another tenant's fails too");
        assert!(
            with(&[look("bank", "k", "shop", true), look("shop", "l", "bank", false)]),
            "half of the others"
        );
        let two_well = [
            look("bank", "k", "shop", true),
            look("shop", "l", "bank", false),
            look("shop", "m", "mail", false),
        ];
        assert!(!with(&two_well));
        let before = HostLook { ended_at: UnixMillis(NOW.0 - 300_001), ..look("bank", "k", "shop", false) };
        assert!(with(&[before]), "it was well before the fault");
        let shared = [look("bank", "k", "h0", false), look("bank", "l", "h1", false)];
        assert!(!with(&shared), "the hosts are well for others");
    }

    #[test]
    fn many_journeys_of_many_hosts_are_a_common_mode() {
        assert_eq!(of(&[(2, 2); 4]), Some(CommonMode { journeys: 8, hosts: 4, of_hosts: 4 }));
        assert_eq!(of(&[(1, 1); 7]), None, "seven journeys");
        assert_eq!(of(&[(10, 10); 3]), None, "three hosts");
        assert_eq!(of(&[&[(2, 2); 4][..], &[(2, 0); 5]].concat()), None, "four of nine hosts");
        assert!(of(&[&[(2, 2); 4][..], &[(2, 0); 4]].concat()).is_some(), "half of the hosts");
        assert_eq!(of(&[(10, 2); 8]), None, "one journey in five of each host");
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn a_notice_waits_two_intervals_at_most_unless_the_runner_is_at_fault() {
        let held = Held {
            opened_at: UnixMillis(1_000),
            interval: Duration::from_mins(1),
            beacons: Beacons::Unknown,
            beacons_bad_until: None,
            newest_bad: UnixMillis(900),
        };
        let answer = |now, beacons| Hold::of(Held { beacons, ..held }, UnixMillis(now));
        assert_eq!(answer(1_000, Beacons::Good), Hold::Deliver);
        assert_eq!(answer(120_999, Beacons::Unknown), Hold::Wait(UnixMillis(121_000)));
        assert_eq!(answer(121_000, Beacons::Unknown), Hold::Deliver);
        assert_eq!(answer(999_000, Beacons::Bad), Hold::Platform);
    }

    #[test]
    fn after_the_runner_is_well_again_a_new_bad_look_is_needed() {
        let held = Held {
            opened_at: UnixMillis(1_000),
            interval: Duration::from_mins(1),
            beacons: Beacons::Good,
            beacons_bad_until: Some(UnixMillis(50_000)),
            newest_bad: UnixMillis(40_000),
        };
        assert_eq!(Hold::of(held, UnixMillis(500_000)), Hold::Platform);
        assert_eq!(
            Hold::of(Held { newest_bad: UnixMillis(50_001), ..held }, UnixMillis(500_000)),
            Hold::Deliver
        );
    }
}
