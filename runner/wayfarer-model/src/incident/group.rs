//! Which incidents share one notice: those of a tenant that open within one confirmation window and fail at the same host, in the same step or for the
//! same reason. And which ones join a notice that is out: what fails at once is seen by each journey within its own interval, so an incident whose first
//! bad look came within one interval of the group's first one, at the same host or in the same step, is of the same outage.

use std::fmt;
use std::time::Duration;

use crate::ids::{JourneyName, TenantName};
use crate::units::UnixMillis;
use crate::verdict::Reason;

/// An incident that opened, and where its runs fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Incidents of different tenants never share a notice.
    pub tenant: TenantName,
    /// The journey that has the incident, at any location.
    pub journey: JourneyName,
    /// When the incident opened.
    pub at: UnixMillis,
    /// The end of its first bad look.
    pub began: UnixMillis,
    /// Between two slots of the journey.
    pub interval: Duration,
    /// The host of the request that failed.
    pub host: Option<String>,
    /// The name of the step that failed.
    pub step: Option<String>,
    /// The reason of the runs.
    pub reason: Reason,
}

/// What all incidents of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The host that fails.
    pub host: Option<String>,
    /// The step that fails.
    pub step: Option<String>,
    /// The reason of the run that opened it; none if it is not known.
    pub reason: Option<Reason>,
}

/// Incidents of one notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The tenant of every incident of the group.
    pub tenant: TenantName,
    /// When the first of them opened.
    pub first_at: UnixMillis,
    /// The first bad look of all of them.
    pub began: UnixMillis,
    /// Their journeys, in alphabetical order.
    pub journeys: Vec<JourneyName>,
    /// What all of its incidents have in common, and the notice names.
    pub shared: Shared,
}

/// Groups incidents. The first incident of a group decides what the others must share with it: the host, or the step if that gathers twice as many, or
/// else the reason if that gathers twice as many again. The order of the openings makes no difference.
pub fn group(openings: &[Opening], window: Duration) -> Vec<Group> {
    let mut left: Vec<&Opening> = openings.iter().collect();
    left.sort_by(|one, other| {
        (one.at, &one.tenant, &one.journey).cmp(&(other.at, &other.tenant, &other.journey))
    });
    let window_ms = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
    let mut groups = Vec::new();
    while let Some(first) = left.first().copied() {
        let near = |other: &Opening| other.tenant == first.tenant && other.at.0 - first.at.0 <= window_ms;
        let shares: [&dyn Fn(&Opening) -> bool; 3] = [
            &|other| first.host.is_some() && other.host == first.host,
            &|other| first.step.is_some() && other.step == first.step,
            &|other| other.reason == first.reason,
        ];
        let found = shares.iter().map(|shares| {
            let is_member =
                |other: &&Opening| near(other) && (shares(other) || other.journey == first.journey);
            left.iter().copied().partition::<Vec<&Opening>, _>(is_member)
        });
        let widest =
            found.reduce(|narrow, wide| if wide.0.len() >= 2 * narrow.0.len() { wide } else { narrow });
        let Some((members, others)) = widest else { break };
        groups.extend(Group::of(&members));
        left = others;
    }
    groups
}

impl Group {
    /// What these incidents have in common; none without any. They are of one tenant, and the first one opened first.
    pub fn of(members: &[&Opening]) -> Option<Self> {
        let first = members.first()?;
        let all = |same: &dyn Fn(&Opening) -> bool| members.iter().all(|member| same(member));
        let shared = Shared {
            host: first.host.clone().filter(|_| all(&|member| member.host == first.host)),
            step: first.step.clone().filter(|_| all(&|member| member.step == first.step)),
            reason: all(&|member| member.reason == first.reason).then_some(first.reason),
        };
        let mut journeys: Vec<JourneyName> = members.iter().map(|member| member.journey.clone()).collect();
        journeys.sort();
        journeys.dedup();
        let began = members.iter().map(|member| member.began).min().unwrap_or(first.began);
        Some(Self { tenant: first.tenant.clone(), first_at: first.at, began, journeys, shared })
    }

    /// Whether an incident that opens later is of the same outage. The reason alone is too little for that: it would silence what has nothing to do
    /// with it.
    pub fn admits(&self, later: &Opening) -> bool {
        let after = Duration::from_millis(later.began.0.saturating_sub(self.began.0));
        let shares_host = self.shared.host.is_some() && self.shared.host == later.host;
        let shares_step = self.shared.step.is_some() && self.shared.step == later.step;
        later.tenant == self.tenant && after <= later.interval && (shares_host || shares_step)
    }
}

/// As in ``14 journeys fail in step `log in`, at shop.example: timeout``.
impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.journeys.as_slice() {
            [journey] => write!(f, "`{journey}` fails")?,
            journeys => write!(f, "{} journeys fail", journeys.len())?,
        }
        let places = [
            self.shared.step.as_ref().map(|step| format!(" in step `{step}`")),
            self.shared.host.as_ref().map(|host| format!(" at {host}")),
        ];
        f.write_str(&places.into_iter().flatten().collect::<Vec<_>>().join(","))?;
        self.shared.reason.map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening(journey: &str, at: u64, host: &str, step: &str, reason: Reason) -> Opening {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (tenant, journey) = ("shop".parse().unwrap(), journey.parse().unwrap());
        Opening {
            tenant,
            journey,
            at: UnixMillis(at * 1_000),
            began: UnixMillis(at * 1_000),
            interval: Duration::from_mins(5),
            host: some(host),
            step: some(step),
            reason,
        }
    }

    fn words(openings: &[Opening]) -> Vec<String> {
        group(openings, Duration::from_secs(30)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn those_of_one_host_share_a_notice() {
        let mut openings: Vec<Opening> = (0..14)
            .map(|n| opening(&format!("j{n}"), n, "shop.example", "log in", Reason::Timeout))
            .collect();
        assert_eq!(words(&openings), ["14 journeys fail in step `log in`, at shop.example: timeout"]);
        openings.push(opening("late", 60, "shop.example", "log in", Reason::Timeout));
        openings.push(opening("other", 5, "api.example", "pay", Reason::Check));
        let expected = [
            "14 journeys fail in step `log in`, at shop.example: timeout",
            "`other` fails in step `pay`, at api.example: check",
            "`late` fails in step `log in`, at shop.example: timeout",
        ];
        assert_eq!(words(&openings), expected);
        openings.reverse();
        assert_eq!(words(&openings), expected, "the order makes no difference");
    }

    #[test]
    fn a_later_incident_joins_if_it_began_within_its_interval_and_fails_at_the_same_host_or_step() {
        let first = opening("a", 100, "shop.example", "log in", Reason::Timeout);
        let group = Group::of(&[&first]).unwrap();
        let later =
            |after: u64, host, step, reason| group.admits(&opening("b", 100 + after, host, step, reason));
        assert!(
            later(300, "shop.example", "pay", Reason::Check)
                && later(300, "api.example", "log in", Reason::Check)
        );
        assert!(!later(301, "shop.example", "log in", Reason::Timeout), "an interval later");
        assert!(!later(10, "api.example", "pay", Reason::Timeout), "the reason alone");
        let other = opening("c", 110, "api.example", "log in", Reason::Timeout);
        let both = Group::of(&[&first, &other]).unwrap();
        assert!(
            !both.admits(&opening("d", 120, "shop.example", "pay", Reason::Timeout)),
            "not all fail there"
        );
        let foreign = Opening { tenant: "bank".parse().unwrap(), ..first.clone() };
        assert!(!group.admits(&foreign));
    }

    #[test]
    fn without_a_common_host_the_step_counts_and_then_the_reason() {
        let one = opening("a", 0, "eu.example", "log in", Reason::Check);
        let same_step = opening("b", 1, "us.example", "log in", Reason::Timeout);
        let same_reason = opening("c", 2, "ap.example", "pay", Reason::Check);
        assert_eq!(
            words(&[one.clone(), same_step.clone(), same_reason.clone()])[0],
            "2 journeys fail in step `log in`"
        );
        assert_eq!(words(&[one.clone(), same_reason]), ["2 journeys fail: check"]);
        let other_tenant = Opening { tenant: "bank".parse().unwrap(), ..same_step };
        assert_eq!(words(&[one, other_tenant]).len(), 2);
        let many = |n: u64| opening(&format!("j{n}"), n, &format!("h{}", n / 5), "log in", Reason::Timeout);
        let all: Vec<Opening> = (0..20).map(many).collect();
        assert_eq!(words(&all), ["20 journeys fail in step `log in`: timeout"], "a step of all hosts");
        let nowhere = [opening("a", 0, "", "", Reason::Trap), opening("b", 0, "", "", Reason::Panic)];
        assert_eq!(words(&nowhere).len(), 2, "to fail nowhere is no common place");
    }
}
