//! Decides who is told of what has happened to incidents, and writes the deliveries. Also reminders and escalations of incidents
//! that go on.
//!
//! What was routed has left the outbox, and what is there already is not written twice; so a pass that was cut off is made up
//! for by the next one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use wayfarer_model::incident::{Group, Opening};
use wayfarer_model::notice::{Evidence, NoticeKind};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{AlertIncident, Conversation, OutboxEvent, Store, StoreError};

use super::driver::Reconcile;
use super::held_alerts::{HeldAlerts, Sifted};
use crate::server::ServerContext;
use crate::server::alert::{
    Alerting, AlertingHandle, Arrival, UNKNOWN_INTERVAL, Voices, evidence_of, follow_ups, plan,
};

/// Events of one pass.
const AT_A_TIME: u32 = 500;

/// Incidents of a conversation whose runs are read, to know what all of them share.
const MEMBERS: usize = 20;

/// Between two looks for reminders and escalations.
const FOLLOW_UP_MS: u64 = 5_000;

pub(super) struct AlertRouting {
    alerting: AlertingHandle,
    held: HeldAlerts,
    followed_up: UnixMillis,
}

impl AlertRouting {
    pub(super) fn new(alerting: AlertingHandle) -> Self {
        Self { alerting, held: HeldAlerts::default(), followed_up: UnixMillis(0) }
    }
}

impl Reconcile for AlertRouting {
    const NAME: &'static str = "alert-routing";
    const PERIOD: Duration = Duration::from_millis(500);
    const RETRY: Duration = Duration::from_secs(2);
    const WHILE_FAILING: &'static str = "nobody is told of new incidents";

    type Error = StoreError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        let (now, alerting) = (context.clock.now(), self.alerting.get());
        let fresh = context.store.outbox(AT_A_TIME).await?;
        let last_look = context.metrics.last_look();
        let Sifted { events, dropped } = self.held.sift(&context.store, last_look, fresh, now).await?;
        if !dropped.is_empty() {
            context.store.route(dropped, now).await?;
        }
        // Nobody looks at runs before the first of those that opened has waited for others like it.
        let first = events.iter().filter(|event| is_opening(event)).map(|event| event.occurred).min();
        let is_time = first.is_some_and(|first| alerting.has_waited(first, now));
        // What happens to an incident whose opening waits, waits with it: nobody hears of a recovery before the alarm.
        let waiting: BTreeSet<i64> = events
            .iter()
            .filter(|event| !is_time && is_opening(event))
            .map(|event| event.incident.number)
            .collect();
        let (mut arrivals, mut outages) = (Vec::new(), Outages::default());
        for event in events.into_iter().filter(|event| !waiting.contains(&event.incident.number)) {
            arrivals.push(arrival(context, event, &mut outages).await?);
        }
        if !arrivals.is_empty() {
            let routed = plan(&alerting, &arrivals, now);
            if !routed.is_empty() {
                context.store.route(routed, now).await?;
            }
        }
        // A clock that went back is no reason to wait.
        let is_due = now.0.abs_diff(self.followed_up.0) >= FOLLOW_UP_MS;
        if is_due {
            follow(context, &alerting, now).await?;
            self.followed_up = now;
        }
        Ok(())
    }
}

fn is_opening(event: &OutboxEvent) -> bool {
    event.kind == Some(NoticeKind::Opened)
}

/// What the incidents of each conversation have in common, by its thread: read once a pass, however many incidents open in it.
type Outages = BTreeMap<i64, Option<Group>>;

/// An event with what the plan needs to know of it.
async fn arrival(
    context: &ServerContext,
    event: OutboxEvent,
    outages: &mut Outages,
) -> Result<Arrival, StoreError> {
    let store = &context.store;
    let mut arrival =
        Arrival { event, opening: None, told: Vec::new(), busy_threads: Vec::new(), joins: Vec::new() };
    let incident = arrival.event.incident.clone();
    if arrival.event.kind.is_none() {
        return Ok(arrival);
    }
    arrival.told = store.told(incident.number).await?;
    if arrival.event.kind == Some(NoticeKind::Resolved) {
        for told in &arrival.told {
            if !store.is_recovery_due(told.thread, &told.channel, incident.number).await? {
                arrival.busy_threads.push((told.channel.clone(), told.thread));
            }
        }
        return Ok(arrival);
    }
    // An incident that goes on again did not open a second time.
    let opening = opening(store, &incident).await?;
    arrival.opening = opening.map(|opening| Opening { at: arrival.event.occurred, ..opening });
    if let Some(opening) = &arrival.opening {
        arrival.joins = joins(store, &incident, opening, outages).await?;
    }
    Ok(arrival)
}

/// Where and how the run failed that opened an incident; none where no run did.
async fn opening(store: &Store, incident: &AlertIncident) -> Result<Option<Opening>, StoreError> {
    let (Some(tenant), Some(journey)) = (incident.tenant.clone(), incident.journey.clone()) else {
        return Ok(None);
    };
    let Some(Evidence { host, step, reason, .. }) = evidence_of(store, incident).await? else {
        return Ok(None);
    };
    let (interval, _) = store.doubts_of(incident.number).await?;
    let interval = interval.map_or(UNKNOWN_INTERVAL, Duration::from_millis);
    let (at, began) = (incident.opened, incident.began);
    Ok(Some(Opening { tenant, journey, at, began, interval, host, step, reason }))
}

/// The conversations about the same outage.
async fn joins(
    store: &Store,
    incident: &AlertIncident,
    later: &Opening,
    outages: &mut Outages,
) -> Result<Vec<Conversation>, StoreError> {
    let mut joins = store.conversations(&later.tenant, incident.kind).await?;
    joins.retain(|known| known.thread != incident.number);
    for Conversation { channel, thread, .. } in &joins {
        if outages.contains_key(thread) {
            continue;
        }
        let mut members = Vec::new();
        for other in store.told_together(*thread, channel).await?.iter().take(MEMBERS) {
            members.extend(opening(store, other).await?);
        }
        outages.insert(*thread, Group::of(&members.iter().collect::<Vec<_>>()));
    }
    let admits = |thread: &i64| {
        outages.get(thread).is_some_and(|group| group.as_ref().is_some_and(|group| group.admits(later)))
    };
    joins.retain(|known| admits(&known.thread));
    Ok(joins)
}

/// Reminders and escalations.
async fn follow(context: &ServerContext, alerting: &Alerting, now: UnixMillis) -> Result<(), StoreError> {
    let store = &context.store;
    let told = store.told_of_open().await?;
    if told.is_empty() {
        return Ok(());
    }
    let (reasons, voices) = (store.opening_reasons().await?, Voices::of(&told));
    let mut due = Vec::new();
    for incident in store.open_for_alerts().await? {
        if let Some(told) = told.get(&incident.number) {
            let reason = reasons.get(&incident.number).copied();
            due.extend(follow_ups(alerting, &incident, reason, told, &voices, now));
        }
    }
    store.add_deliveries(due, now).await
}
