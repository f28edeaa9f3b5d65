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

/// The newest look of a journey in the last two intervals, of whatever tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostLook<'a> {
    /// The journey, unique in the runner.
    pub journey: &'a str,
    /// The host of the request that failed, or of its first request.
    pub host: &'a str,
    /// Whether the look was bad.
    pub is_bad: bool,
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
    pub fn of(looks: &[HostLook<'_>]) -> Option<Self> {
        let mut hosts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for look in looks {
            let (bad, all) = hosts.entry(look.host).or_default();
            *bad += usize::from(look.is_bad);
            *all += 1;
        }
        let bad: BTreeSet<&str> = looks.iter().filter(|look| look.is_bad).map(|look| look.journey).collect();
        let bad_hosts = hosts.values().filter(|(bad, all)| *bad > 0 && bad * 2 >= *all).count();
        let found = Self { journeys: bad.len(), hosts: bad_hosts, of_hosts: hosts.len() };
        let is_one = found.journeys >= Self::JOURNEYS && bad_hosts >= HOSTS && bad_hosts * 2 >= hosts.len();
        is_one.then_some(found)
    }
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
            names.iter().map(|(journey, host, is_bad)| HostLook { journey, host, is_bad: *is_bad }).collect();
        CommonMode::of(&looks)
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
