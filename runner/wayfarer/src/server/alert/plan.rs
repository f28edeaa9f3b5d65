//! Who is told of an event: pure, from the event, the routes and what was told before.
//!
//! - An incident that opens waits for others like it (`group_within`), then one notice tells of all of them: those that the
//!   model groups, of one kind. By channel: the first incident is the conversation's thread, the others are grouped with it.
//! - One that opens later and is of the same outage joins that conversation: see [`place`].
//! - Recovery goes to every channel that was told of the alarm, by the thread that the channel knows, once all of the thread's
//!   incidents are over. An incident that reopens goes the same way.
//! - Quiet hours hold a notice until they end. Messages that were held together are sent as one.

use std::collections::BTreeMap;
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
    /// Threads of the incident that have another incident which goes on.
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
    for arrival in arrivals {
        let incident = &arrival.event.incident;
        match arrival.event.kind {
            None => routed.push(Routed { event: arrival.event.number, deliveries: Vec::new() }),
            Some(NoticeKind::Resolved) => routed.push(recovery(alerting, arrival, now)),
            Some(_) if incident.is_muted(now) => {
                routed.push(Routed { event: arrival.event.number, deliveries: Vec::new() });
            }
            Some(kind @ (NoticeKind::Reopened | NoticeKind::Reminder))
                if arrival.told.iter().any(|told| !told.is_dead) =>
            {
                routed.push(again(alerting, arrival, kind, now));
            }
            // It was over before anybody was told, so nobody would be told of the end.
            Some(_) if incident.resolved.is_some() => {
                routed.push(Routed { event: arrival.event.number, deliveries: Vec::new() });
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

fn routes<'a>(alerting: &'a Alerting, incident: &AlertIncident, reason: Option<Reason>) -> Vec<&'a Route> {
    let facts =
        Facts { journey: incident.journey.as_ref(), tags: &incident.tags, kind: incident.kind, reason };
    alerting.routes(incident.tenant.as_ref(), facts)
}

/// When a channel is told, and how that begins.
fn beginning(
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

fn kind_of(alerting: &Alerting, incident: &AlertIncident, channel: &ChannelName) -> Option<ChannelKind> {
    alerting.channel(incident.tenant.as_ref(), channel.as_str()).map(|ready| ready.channel.kind())
}

/// What channels were told of the incident, and by which thread, each once and the newest thread.
fn conversations(told: &[Told]) -> BTreeMap<&str, &Told> {
    let alive = told.iter().filter(|told| !told.is_dead);
    alive.map(|told| (told.channel.as_str(), told)).collect()
}

/// Recovery goes where the alarm went.
fn recovery(alerting: &Alerting, arrival: &Arrival, now: UnixMillis) -> Routed {
    let OutboxEvent { number, incident, .. } = &arrival.event;
    let deliveries = conversations(&arrival.told).into_iter().filter_map(|(channel, told)| {
        let key = (channel.to_owned(), told.thread);
        if arrival.busy_threads.contains(&key) {
            return None;
        }
        let is_there = alerting.channel(incident.tenant.as_ref(), channel).is_some();
        let begin = if told.held_until.is_some() { Begin::Held } else { Begin::Waiting };
        is_there.then(|| NewDelivery {
            event: *number,
            incident: incident.number,
            kind: NoticeKind::Resolved,
            ordinal: 0,
            channel: key.0,
            thread: told.thread,
            begin,
            fallback_of: None,
            due: told.held_until.unwrap_or(now),
        })
    });
    Routed { event: *number, deliveries: deliveries.collect() }
}

/// An incident goes on that people were told of.
fn again(alerting: &Alerting, arrival: &Arrival, kind: NoticeKind, now: UnixMillis) -> Routed {
    let Routed { event, deliveries } = recovery(alerting, arrival, now);
    let deliveries = deliveries.into_iter().map(|delivery| NewDelivery {
        kind,
        // Of those that were told together only this one goes on.
        thread: delivery.thread,
        ..delivery
    });
    Routed { event, deliveries: deliveries.collect() }
}

/// Reminders and escalations of an incident that goes on: all that ever come due, those that are not due left out. What is
/// there already is not written twice, so nobody keeps a list of them.
pub(crate) fn follow_ups(
    alerting: &Alerting,
    incident: &AlertIncident,
    reason: Option<Reason>,
    told: &[Told],
    now: UnixMillis,
) -> Vec<NewDelivery> {
    let is_told = |told: &&Told| matches!(told.kind, NoticeKind::Opened | NoticeKind::Reopened);
    let Some(last) = told.iter().rfind(is_told) else { return Vec::new() };
    // The first of a group speaks for all.
    let is_first = conversations(told).values().all(|told| told.thread == incident.number);
    if incident.is_acknowledged(now) || incident.is_muted(now) || incident.resolved.is_some() || !is_first {
        return Vec::new();
    }
    let lasted = now.0.saturating_sub(incident.opened.0);
    let mut due: Vec<NewDelivery> = Vec::new();
    for route in routes(alerting, incident, reason) {
        let mut tell = |channel: &ChannelName, kind: NoticeKind, ordinal: u64| {
            let (begin, at) = beginning(alerting, incident, channel, route, now);
            // Nobody needs a reminder of what waits for the morning anyway, and Alertmanager reminds by itself.
            let is_repeated = kind_of(alerting, incident, channel) == Some(ChannelKind::Repeated);
            if begin == Begin::Held || is_repeated {
                return;
            }
            due.push(NewDelivery {
                event: last.event,
                incident: incident.number,
                kind,
                ordinal: u32::try_from(ordinal).unwrap_or(u32::MAX),
                channel: channel.as_str().to_owned(),
                thread: incident.number,
                begin: Begin::Waiting,
                fallback_of: None,
                due: at,
            });
        };
        if let Some((after, channels)) = &route.escalate
            && lasted >= millis(*after)
        {
            for channel in channels {
                tell(channel, NoticeKind::Escalated, 0);
            }
        }
        if let Some(every) = route.remind_every {
            let ordinal = lasted / millis(every).max(1);
            if ordinal > 0 {
                for channel in &route.to {
                    tell(channel, NoticeKind::Reminder, ordinal);
                }
            }
        }
    }
    due
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
