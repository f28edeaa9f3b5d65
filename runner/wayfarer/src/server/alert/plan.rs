//! Who is told of an event: pure, from the event, the routes and what was told before.
//!
//! - An incident that opens waits for others like it (`group_within`), then one notice tells of all of them: those that the
//!   model groups, of one kind. By channel: the first incident is the conversation's thread, the others are grouped with it.
//! - One that opens later and is of the same outage joins that conversation: see [`place`].
//! - Recovery goes to every channel that was told of the alarm, by the thread that the channel knows, once all of the thread's
//!   incidents are over. An incident that reopens goes the same way.
//! - Quiet hours hold a notice until they end. Messages that were held together are sent as one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use wayfarer_model::ids::ChannelName;
use wayfarer_model::incident::{Group, IncidentKind, Opening, group};
use wayfarer_model::notice::NoticeKind;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Reason;
use wayfarer_store::{AlertIncident, Begin, Conversation, NewDelivery, OutboxEvent, Routed, Told};

use super::alerting::Alerting;
use super::route::{Facts, Route};
use crate::channels::ChannelKind;

/// An event of the outbox, with what the plan needs to know of it.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) event: OutboxEvent,
    /// Where the run that opened the incident failed; none where no run did.
    pub(crate) opening: Option<Opening>,
    /// What channels were told of the incident, in this order.
    pub(crate) told: Vec<Told>,
    /// Threads of the incident in which no recovery is due: another of their incidents goes on, or they have heard of it.
    pub(crate) busy_threads: Vec<(String, i64)>,
    /// Conversations about the same outage, which an incident that opens joins.
    pub(crate) joins: Vec<Conversation>,
}

impl Arrival {
    /// Of the run that opened the incident.
    fn reason(&self) -> Option<Reason> {
        self.opening.as_ref().map(|opening| opening.reason)
    }
}

/// Where an incident's notices go first.
struct Destination {
    channel: ChannelName,
    begin: Begin,
    due: UnixMillis,
}

/// The deliveries of all events that can be told of now. Events that wait for others like them are left out.
pub(crate) fn plan(alerting: &Alerting, arrivals: &[Arrival], now: UnixMillis) -> Vec<Routed> {
    let mut routed = Vec::new();
    let mut alarms: BTreeMap<IncidentKind, Vec<&Arrival>> = BTreeMap::new();
    let mut over = BTreeSet::new();
    let newest: BTreeMap<i64, i64> = arrivals
        .iter()
        .filter(|arrival| !matches!(arrival.event.kind, None | Some(NoticeKind::Resolved)))
        .map(|arrival| (arrival.event.incident.number, arrival.event.number))
        .collect();
    for arrival in arrivals {
        let OutboxEvent { number, incident, .. } = &arrival.event;
        let is_known = arrival.told.iter().any(|told| !told.is_dead);
        // Whoever has not heard of an incident hears once that it goes on, and nothing of one that is over.
        let is_stale =
            incident.resolved.is_some() || !is_known && newest.get(&incident.number) != Some(number);
        match arrival.event.kind {
            None => routed.push(nobody(arrival)),
            Some(NoticeKind::Resolved) => routed.push(recovery(alerting, arrival, &mut over, now)),
            Some(_) if is_stale || incident.is_muted(now) => routed.push(nobody(arrival)),
            // It was held, and is overtaken by what happened to its incident later.
            Some(NoticeKind::Opened) if is_known => routed.push(nobody(arrival)),
            Some(kind @ (NoticeKind::Reopened | NoticeKind::Reminder)) if is_known => {
                routed.push(again(alerting, arrival, kind, now));
            }
            Some(_) => alarms.entry(incident.kind).or_default().push(arrival),
        }
    }
    for arrivals in alarms.into_values() {
        for group in groups(&arrivals, alerting.group_within) {
            routed.extend(alarm(alerting, &group, now));
        }
    }
    routed
}

/// Nobody is told, and the event leaves the outbox.
fn nobody(arrival: &Arrival) -> Routed {
    Routed { event: arrival.event.number, deliveries: Vec::new() }
}

/// Incidents of one kind that are one notice. One of which nobody knows where it failed is alone.
fn groups<'a>(arrivals: &[&'a Arrival], window: Duration) -> Vec<Vec<&'a Arrival>> {
    let openings: Vec<Opening> = arrivals.iter().filter_map(|arrival| arrival.opening.clone()).collect();
    let (mut left, alone): (Vec<&Arrival>, Vec<&Arrival>) =
        arrivals.iter().copied().partition(|arrival| arrival.opening.is_some());
    let mut groups: Vec<Vec<&Arrival>> = alone.into_iter().map(|arrival| vec![arrival]).collect();
    for found in group(&openings, window) {
        let is_member = |arrival: &&Arrival| is_in(arrival, &found, window);
        let (members, others) = left.into_iter().partition(is_member);
        groups.push(members);
        left = others;
    }
    groups
}

fn is_in(arrival: &Arrival, group: &Group, window: Duration) -> bool {
    let after = arrival.event.occurred.0.checked_sub(group.first_at.0);
    let AlertIncident { tenant, journey, .. } = &arrival.event.incident;
    tenant.as_ref() == Some(&group.tenant)
        && journey.as_ref().is_some_and(|journey| group.journeys.contains(journey))
        && after.is_some_and(|after| after <= millis(window))
}

/// Incidents that opened, and are alike.
fn alarm(alerting: &Alerting, group: &[&Arrival], now: UnixMillis) -> Vec<Routed> {
    let first = group.iter().map(|arrival| arrival.event.occurred).min().unwrap_or(now);
    if !alerting.has_waited(first, now) {
        return Vec::new();
    }
    // For each channel, the incident that identifies its conversation.
    let mut threads: BTreeMap<ChannelName, i64> = BTreeMap::new();
    let mut routed = Vec::new();
    for arrival in group {
        let incident = &arrival.event.incident;
        let mut deliveries = Vec::new();
        for destination in destinations(alerting, incident, arrival.reason(), now) {
            let (thread, begin, due) = place(alerting, arrival, &destination, &mut threads);
            deliveries.push(NewDelivery {
                event: arrival.event.number,
                incident: incident.number,
                kind: arrival.event.kind.unwrap_or(NoticeKind::Opened),
                ordinal: 0,
                channel: destination.channel.as_str().to_owned(),
                thread,
                begin,
                fallback_of: None,
                due,
            });
        }
        routed.push(Routed { event: arrival.event.number, deliveries });
    }
    routed
}

/// The conversation of an incident that opens with a channel, and when the channel is told. The first incident of a group tells of all.
///
/// One that joins a conversation updates it at once where a machine keeps the conversation's state. People are told of all that joined by one further
/// message, some time after the last one.
fn place(
    alerting: &Alerting,
    arrival: &Arrival,
    destination: &Destination,
    threads: &mut BTreeMap<ChannelName, i64>,
) -> (i64, Begin, UnixMillis) {
    let (incident, Destination { channel, begin, due }) = (&arrival.event.incident, destination);
    let kind = kind_of(alerting, incident, channel);
    // Who learns of it when quiet hours end gets a list anyway, and Alertmanager groups by itself.
    if *begin == Begin::Held || kind == Some(ChannelKind::Repeated) {
        return (incident.number, *begin, *due);
    }
    if let Some(thread) = threads.get(channel) {
        return (*thread, Begin::Grouped, *due);
    }
    let joined = arrival.joins.iter().find(|known| known.channel == channel.as_str());
    threads.insert(channel.clone(), joined.map_or(incident.number, |known| known.thread));
    match joined {
        None => (incident.number, *begin, *due),
        Some(known) if known.is_pending => (known.thread, Begin::Grouped, *due),
        Some(known) if kind == Some(ChannelKind::Messages) => {
            let later = known.told.0.saturating_add(millis(alerting.join_within));
            (known.thread, *begin, UnixMillis(later.max(due.0)))
        }
        Some(known) => (known.thread, *begin, *due),
    }
}

/// The channels of the routes that an incident takes, each once.
fn destinations(
    alerting: &Alerting,
    incident: &AlertIncident,
    reason: Option<Reason>,
    now: UnixMillis,
) -> Vec<Destination> {
    let mut destinations: Vec<Destination> = Vec::new();
    for route in routes(alerting, incident, reason) {
        for channel in &route.to {
            if destinations.iter().all(|known| known.channel != *channel) {
                let (begin, due) = beginning(alerting, incident, channel, route, now);
                destinations.push(Destination { channel: channel.clone(), begin, due });
            }
        }
    }
    destinations
}

pub(super) fn routes<'a>(
    alerting: &'a Alerting,
    incident: &AlertIncident,
    reason: Option<Reason>,
) -> Vec<&'a Route> {
    let facts =
        Facts { journey: incident.journey.as_ref(), tags: &incident.tags, kind: incident.kind, reason };
    alerting.routes(incident.tenant.as_ref(), facts)
}

/// When a channel is told, and how that begins.
pub(super) fn beginning(
    alerting: &Alerting,
    incident: &AlertIncident,
    channel: &ChannelName,
    route: &Route,
    now: UnixMillis,
) -> (Begin, UnixMillis) {
    let Some(end) = route.quiet_until(now) else { return (Begin::Waiting, now) };
    // A machine joins alarm and recovery by itself: each of its own, and late.
    let begin = if kind_of(alerting, incident, channel) == Some(ChannelKind::Messages) {
        Begin::Held
    } else {
        Begin::Waiting
    };
    (begin, end)
}

pub(super) fn kind_of(
    alerting: &Alerting,
    incident: &AlertIncident,
    channel: &ChannelName,
) -> Option<ChannelKind> {
    alerting.channel(incident.tenant.as_ref(), channel.as_str()).map(|ready| ready.channel.kind())
}

/// What channels were told of the incident, and by which thread, each once and the newest thread.
pub(super) fn conversations(told: &[Told]) -> BTreeMap<&str, &Told> {
    let alive = told.iter().filter(|told| !told.is_dead);
    alive.map(|told| (told.channel.as_str(), told)).collect()
}

/// Recovery goes where the alarm went. `over` has the conversations that hear of it already: several incidents of one may end at once.
fn recovery(
    alerting: &Alerting,
    arrival: &Arrival,
    over: &mut BTreeSet<(String, i64)>,
    now: UnixMillis,
) -> Routed {
    let mut deliveries = to_whom_it_was_told(alerting, arrival, NoticeKind::Resolved, now);
    deliveries.retain(|delivery| {
        let key = (delivery.channel.clone(), delivery.thread);
        !arrival.busy_threads.contains(&key) && over.insert(key)
    });
    Routed { event: arrival.event.number, deliveries }
}

/// An incident goes on that people were told of. Quiet hours hold that as they hold an alarm.
fn again(alerting: &Alerting, arrival: &Arrival, kind: NoticeKind, now: UnixMillis) -> Routed {
    let mut deliveries = to_whom_it_was_told(alerting, arrival, kind, now);
    let routed = destinations(alerting, &arrival.event.incident, arrival.reason(), now);
    for delivery in deliveries.iter_mut().filter(|delivery| delivery.begin == Begin::Waiting) {
        if let Some(found) = routed.iter().find(|found| found.channel.as_str() == delivery.channel) {
            (delivery.begin, delivery.due) = (found.begin, found.due);
        }
    }
    Routed { event: arrival.event.number, deliveries }
}

/// A message for each conversation about the incident, to the channels that are still there.
fn to_whom_it_was_told(
    alerting: &Alerting,
    arrival: &Arrival,
    kind: NoticeKind,
    now: UnixMillis,
) -> Vec<NewDelivery> {
    let OutboxEvent { number, incident, .. } = &arrival.event;
    let there = conversations(&arrival.told)
        .into_iter()
        .filter(|(channel, _)| alerting.channel(incident.tenant.as_ref(), channel).is_some());
    let delivery = |(channel, told): (&str, &Told)| NewDelivery {
        event: *number,
        incident: incident.number,
        kind,
        ordinal: 0,
        channel: channel.to_owned(),
        thread: told.thread,
        begin: if told.held_until.is_some() { Begin::Held } else { Begin::Waiting },
        fallback_of: None,
        due: told.held_until.unwrap_or(now),
    };
    there.map(delivery).collect()
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
