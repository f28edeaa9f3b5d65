//! Decides who is told of what has happened to incidents, and writes the deliveries. Also reminders and escalations of incidents
//! that go on.
//!
//! What was routed has left the outbox, and what is there already is not written twice; so a pass that was cut off is made up
//! for by the next one.

use std::time::Duration;

use wayfarer_model::incident::Opening;
use wayfarer_model::notice::NoticeKind;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{OutboxEvent, StoreError};

use super::driver::Reconcile;
use crate::server::ServerContext;
use crate::server::alert::{Alerting, AlertingHandle, Arrival, evidence_of, follow_ups, plan};

/// Events of one pass.
const AT_A_TIME: u32 = 500;

/// Between two looks for reminders and escalations.
const FOLLOW_UP_MS: u64 = 5_000;

pub(super) struct AlertRouting {
    alerting: AlertingHandle,
    followed_up: UnixMillis,
}

impl AlertRouting {
    pub(super) fn new(alerting: AlertingHandle) -> Self {
        Self { alerting, followed_up: UnixMillis(0) }
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
        let events = context.store.outbox(AT_A_TIME).await?;
        // Nobody looks at runs before the first of those that opened has waited for others like it.
        let first = events.iter().filter(|event| is_opening(event)).map(|event| event.occurred).min();
        let is_time = first.is_some_and(|first| alerting.has_waited(first, now));
        let mut arrivals = Vec::new();
        for event in events.into_iter().filter(|event| is_time || !is_opening(event)) {
            arrivals.push(arrival(context, event).await?);
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

/// An event with what the plan needs to know of it.
async fn arrival(context: &ServerContext, event: OutboxEvent) -> Result<Arrival, StoreError> {
    let store = &context.store;
    let mut arrival = Arrival { event, opening: None, told: Vec::new(), busy_threads: Vec::new() };
    let incident = arrival.event.incident.clone();
    if arrival.event.kind.is_none() {
        return Ok(arrival);
    }
    arrival.told = store.told(incident.number).await?;
    if arrival.event.kind == Some(NoticeKind::Resolved) {
        for told in &arrival.told {
            let together = store.told_together(told.thread, &told.channel).await?;
            if together.iter().any(|other| other.number != incident.number && other.resolved.is_none()) {
                arrival.busy_threads.push((told.channel.clone(), told.thread));
            }
        }
        return Ok(arrival);
    }
    let evidence = evidence_of(store, &incident).await?;
    arrival.opening = evidence.map(|evidence| Opening {
        tenant: incident.tenant,
        journey: incident.journey,
        at: arrival.event.occurred,
        host: evidence.host,
        step: evidence.step,
        reason: evidence.reason,
    });
    Ok(arrival)
}

/// Reminders and escalations.
async fn follow(context: &ServerContext, alerting: &Alerting, now: UnixMillis) -> Result<(), StoreError> {
    let store = &context.store;
    for incident in store.open_for_alerts().await? {
        let told = store.told(incident.number).await?;
        if told.is_empty() {
            continue;
        }
        let run = store.run_numbered(incident.opening_run).await?;
        let due = follow_ups(alerting, &incident, run.map(|run| run.row.reason), &told, now);
        let is_new = |delivery: &wayfarer_store::NewDelivery| {
            !told.iter().any(|told| {
                (told.event, &told.channel, told.kind, told.ordinal)
                    == (delivery.event, &delivery.channel, delivery.kind, delivery.ordinal)
            })
        };
        store.add_deliveries(due.into_iter().filter(is_new).collect(), now).await?;
    }
    Ok(())
}
