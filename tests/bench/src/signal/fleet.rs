//! A hundred journeys of twenty hosts, run by one runner: faults that many of them share, the notices that are held for it, and those that become one.

use std::time::Duration;

use wayfarer_model::incident::{Beacons, CommonMode, Group, Held, Hold, HostLook, Opening, group};
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Reason;

use super::measure::{BEGIN, DAY_MS, JOURNEYS, MINUTE_MS, journey};
use super::policy::{Event, Policy};
use super::random::Random;
use super::world::{Noise, Outage, Ran, World};

const HOSTS: u32 = 20;
const DAYS: u64 = 30;

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The runner's network is lost: every run fails, and so do the beacons.
    Network,
    /// The runner stands still: the runs in flight fail.
    Pause,
    /// All hosts are down, and the beacons are well.
    Shared,
    /// One host is down.
    Host,
    /// One host answers every other run.
    HalfAHost,
}

/// What came of a month of faults.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    pub(super) faults: usize,
    pub(super) incidents: usize,
    /// Incidents whose notice went out.
    pub(super) delivered: usize,
    /// Conversations: what a channel that can update is told of.
    pub(super) notices: usize,
    /// Messages to people: one of each conversation, and one further for those that join it within a while.
    pub(super) messages: usize,
    /// Faults without a notice.
    pub(super) silent: usize,
}

/// A journey's runs near faults, and its incidents.
#[derive(Debug, Clone, Default)]
struct Record {
    name: String,
    host: String,
    runs: Vec<Ran>,
    /// When each opened, whether it pages, when it closed, and the end of its first bad run.
    incidents: Vec<(u64, bool, u64, u64)>,
}

/// A month with faults every six hours on average, at that interval.
pub(super) fn month(
    fault: Fault,
    start: &Policy,
    noise: Noise,
    interval_ms: u64,
    window: Duration,
) -> anyhow::Result<Outcome> {
    let faults = faults(fault);
    let mut records = Vec::new();
    for number in 0..JOURNEYS {
        let host = number % HOSTS;
        let own: Vec<Outage> = faults
            .iter()
            .filter(|(on, _)| on.is_none_or(|on| on == host))
            .map(|(_, outage)| *outage)
            .collect();
        let world = World::new(noise, Random::seeded(&[4, u64::from(number)])).with_outages(own);
        let mut simulated = journey(number, interval_ms, world, start.clone())?;
        let mut record = Record { name: format!("j{number}"), host: format!("h{host}"), ..Record::default() };
        let mut near = faults.iter().map(|(_, outage)| *outage).peekable();
        simulated.until(BEGIN, BEGIN + DAYS * DAY_MS, |ran, _, event| {
            while near.peek().is_some_and(|outage| outage.to + 2 * 3_600_000 < ran.ended) {
                near.next();
            }
            if near.peek().is_some_and(|outage| ran.ended + 2 * interval_ms > outage.from) {
                record.runs.push(ran);
            }
            match (event, record.incidents.last_mut()) {
                (Some(Event::Opened), _) => {
                    record.incidents.push((ran.ended, true, u64::MAX, began(&record.runs, ran.ended)));
                }
                (Some(Event::Joined), _) => record.incidents.push((ran.ended, false, u64::MAX, ran.ended)),
                (Some(Event::Closed), Some(last)) => last.2 = ran.ended,
                _ => {}
            }
            false
        });
        records.push(record);
    }
    conclude(fault, &faults, &records, interval_ms, window)
}

/// With the host that each is about.
fn faults(fault: Fault) -> Vec<(Option<u32>, Outage)> {
    let mut random = Random::seeded(&[5, fault as u64]);
    let mut found = Vec::new();
    let mut at = BEGIN + 3_600_000;
    loop {
        at += 2 * 3_600_000 + random.exponential(4.0 * 3.6e6) as u64;
        let host = (random.unit() * f64::from(HOSTS)) as u32;
        let (lasts, share, on) = match fault {
            Fault::Network => (10_000 + random.exponential(180_000.0) as u64, 1.0, None),
            Fault::Pause => (1, 1.0, None),
            Fault::Shared => (20 * MINUTE_MS, 1.0, None),
            Fault::Host => (40 * MINUTE_MS, 1.0, Some(host)),
            Fault::HalfAHost => (120 * MINUTE_MS, 0.5, Some(host)),
        };
        if at + lasts + 3_600_000 > BEGIN + DAYS * DAY_MS {
            return found;
        }
        found.push((on, Outage { from: at, to: at + lasts, share }));
        at += lasts;
    }
}

fn conclude(
    fault: Fault,
    faults: &[(Option<u32>, Outage)],
    records: &[Record],
    interval_ms: u64,
    window: Duration,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome { faults: faults.len(), ..Outcome::default() };
    let mut openings = Vec::new();
    for record in records {
        for (opened, pages, closed, began) in &record.incidents {
            outcome.incidents += 1;
            let held = *pages && is_held(fault, faults, records, record, (*opened, *closed), interval_ms);
            if *pages && !held {
                outcome.delivered += 1;
                openings.push(Opening {
                    tenant: "shop".parse()?,
                    journey: record.name.parse()?,
                    at: UnixMillis(*opened),
                    began: UnixMillis(*began),
                    interval: Duration::from_millis(interval_ms),
                    host: Some(record.host.clone()),
                    step: Some("log in".to_owned()),
                    reason: Reason::Timeout,
                });
            }
        }
    }
    let notices = group(&openings, window);
    (outcome.notices, outcome.messages) = conversations(&openings, &notices);
    let told = |outage: &Outage| {
        notices.iter().any(|notice| (outage.from..outage.to + 2 * interval_ms).contains(&notice.first_at.0))
    };
    outcome.silent = faults.iter().filter(|(_, outage)| !told(outage)).count();
    Ok(outcome)
}

/// The end of the first bad run of those without a good one between them that end at an instant, as far as runs are remembered.
fn began(runs: &[Ran], until: u64) -> u64 {
    let bad = runs.iter().rev().filter(|ran| ran.ended <= until).take_while(|ran| ran.is_bad);
    bad.last().map_or(until, |ran| ran.ended)
}

/// Conversations and messages, as the server makes them of groups: one that is of the same outage joins, and people are told of it by one further message
/// within `join_within`.
fn conversations(openings: &[Opening], groups: &[Group]) -> (usize, usize) {
    const JOIN_WITHIN_MS: u64 = 300_000;
    let members = |group: &Group| -> Vec<&Opening> {
        let is_in =
            |opening: &&Opening| group.journeys.contains(&opening.journey) && opening.began >= group.began;
        let near = |opening: &&Opening| opening.at.0.abs_diff(group.first_at.0) <= JOIN_WITHIN_MS;
        openings.iter().filter(is_in).filter(near).collect()
    };
    let mut sorted: Vec<&Group> = groups.iter().collect();
    sorted.sort_by_key(|group| group.first_at);
    let mut known: Vec<(Vec<&Opening>, UnixMillis)> = Vec::new();
    let mut messages = 0;
    for group in sorted {
        let own = members(group);
        let Some(first) = own.first().copied() else { continue };
        let joined = known
            .iter_mut()
            .rev()
            .take(HOSTS as usize)
            .find(|(members, _)| Group::of(members).is_some_and(|known| known.admits(first)));
        if let Some((members, told)) = joined {
            members.extend(own);
            if group.first_at > *told {
                messages += 1;
                *told = UnixMillis(told.0.max(group.first_at.0) + JOIN_WITHIN_MS);
            }
        } else {
            messages += 1;
            known.push((own, group.first_at));
        }
    }
    (known.len(), messages)
}

/// Whether the notice of an incident never goes out.
fn is_held(
    fault: Fault,
    faults: &[(Option<u32>, Outage)],
    records: &[Record],
    record: &Record,
    (opened, closed): (u64, u64),
    interval_ms: u64,
) -> bool {
    let looks: Vec<HostLook<'_>> = records
        .iter()
        .filter_map(|other| {
            let place = other.runs.partition_point(|ran| ran.ended <= opened);
            let newest = other.runs.get(place.checked_sub(1)?)?;
            let is_recent = newest.ended + 2 * interval_ms > opened;
            is_recent.then_some(HostLook {
                journey: &other.name,
                tenant: "shop",
                host: &other.host,
                is_bad: newest.is_bad,
                ended_at: UnixMillis(newest.ended),
            })
        })
        .collect();
    if CommonMode::of(&looks, UnixMillis(opened)).is_none() {
        return false;
    }
    // The beacons are bad while the network is lost, and the runner notices that within a second.
    let lost = faults
        .iter()
        .map(|(_, outage)| outage)
        .rfind(|outage| outage.from < opened && fault == Fault::Network);
    let lost = lost.filter(|outage| outage.to + 2 * interval_ms > opened);
    let bad_looks = record.runs.iter().filter(|ran| ran.is_bad && ran.ended >= opened && ran.ended < closed);
    let goes_out = bad_looks.into_iter().any(|ran| {
        let beacons =
            if lost.is_some_and(|outage| ran.ended < outage.to) { Beacons::Bad } else { Beacons::Good };
        let held = Held {
            opened_at: UnixMillis(opened),
            interval: Duration::from_millis(interval_ms),
            beacons,
            beacons_bad_until: lost.map(|outage| UnixMillis(outage.to)),
            newest_bad: UnixMillis(ran.started),
        };
        Hold::of(held, UnixMillis(ran.ended)) == Hold::Deliver
    });
    !goes_out
}
