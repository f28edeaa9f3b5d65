//! Which events of the outbox wait, and for what: the runner may be at fault, or another journey fails on which the incident's journey depends.
//!
//! Each round asks anew, from rows. An event that waits names the incident that it waits for (`held_for`), and is told of once nothing holds it
//! any more and its journey still fails: a run that is not good began after the other incident was over. It is never told of if its own
//! incident is over before.

use std::collections::BTreeMap;
use std::time::Duration;

use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::notice::NoticeKind;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{AlertIncident, OutboxEvent, PlatformIncident, Routed, Store, StoreError};

use crate::server::ServerContext;
use crate::server::alert::{Doubts, LONGEST, Suspicions, hold};

/// Held events of one pass, the oldest first.
const AT_A_TIME: u32 = 5_000;

/// What is to be routed now.
pub(super) struct Sifted {
    /// Fresh events that nothing holds, and held ones that nothing holds any more; the oldest first.
    pub(super) events: Vec<OutboxEvent>,
    /// Held events whose incidents are over: nobody is told.
    pub(super) dropped: Vec<Routed>,
}

/// Takes out of the fresh events what is to be held, and adds what has been held until now.
pub(super) async fn sift(
    context: &ServerContext,
    fresh: Vec<OutboxEvent>,
    now: UnixMillis,
) -> Result<Sifted, StoreError> {
    let store = &context.store;
    let held = store.held(AT_A_TIME).await?;
    let opened = fresh.iter().chain(&held).filter(|event| may_wait(event)).map(|event| event.incident.opened);
    let Some(first) = opened.min() else {
        let dropped = held.iter().map(nobody).collect();
        return Ok(Sifted { events: fresh, dropped });
    };
    let longest_ms = u64::try_from(LONGEST.as_millis()).unwrap_or(u64::MAX);
    let platform = store.platform_incidents(UnixMillis(first.0.saturating_sub(longest_ms))).await?;
    let last_look = context.metrics.last_look();
    let mut reading = Reading { store, platform: &platform, last_look, now, tenants: BTreeMap::new() };
    let mut sifted = Sifted { events: Vec::new(), dropped: Vec::new() };
    let mut to_hold: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for event in held.into_iter().chain(fresh) {
        if !may_wait(&event) {
            match event.held_for {
                Some(_) => sifted.dropped.push(nobody(&event)),
                None => sifted.events.push(event),
            }
            continue;
        }
        match reading.holder(&event).await? {
            None => sifted.events.push(event),
            Some(by) if event.held_for.is_some_and(|(known, _)| known == by) => {}
            Some(by) => to_hold.entry(by).or_default().push(event.number),
        }
    }
    for (by, events) in to_hold {
        store.hold(events, by).await?;
    }
    sifted.events.sort_by_key(|event| event.number);
    Ok(sifted)
}

/// An alarm of an incident that goes on and that something outside of its journey may have caused.
fn may_wait(event: &OutboxEvent) -> bool {
    let is_alarm = matches!(event.kind, Some(NoticeKind::Opened | NoticeKind::Reopened));
    is_alarm && event.incident.resolved.is_none() && event.incident.kind.may_come_from_outside()
}

fn nobody(event: &OutboxEvent) -> Routed {
    Routed { event: event.number, deliveries: Vec::new() }
}

/// What one pass has read.
struct Reading<'a> {
    store: &'a Store,
    platform: &'a [PlatformIncident],
    last_look: Option<(UnixMillis, bool)>,
    now: UnixMillis,
    /// Of each tenant the open incidents whose notices stand for those of other journeys, by these.
    tenants: BTreeMap<TenantName, BTreeMap<JourneyName, i64>>,
}

impl Reading<'_> {
    /// The incident that an event waits for; none if it waits for nothing.
    async fn holder(&mut self, event: &OutboxEvent) -> Result<Option<i64>, StoreError> {
        let incident = &event.incident;
        if let Some(other) = self.stand_in(incident).await? {
            return Ok(Some(other));
        }
        let is_of_journey =
            |(holder, _): &(i64, Option<UnixMillis>)| !self.platform.iter().any(|own| own.number == *holder);
        let waited_for = event.held_for.filter(is_of_journey);
        if waited_for.is_none() && self.platform.is_empty() {
            return Ok(None);
        }
        let (interval, newest_bad) = self.store.doubts_of(incident.number).await?;
        if let Some((other, Some(over))) = waited_for
            && newest_bad.is_none_or(|newest| newest <= over)
        {
            return Ok(Some(other));
        }
        let doubts = Doubts { interval: interval.map(Duration::from_millis), newest_bad };
        let suspicions = Suspicions { platform: self.platform, last_look: self.last_look };
        Ok(hold(incident, doubts, suspicions, self.now).map(|(_, by)| by))
    }

    /// The open incident of the journey whose notice stands for this one's.
    async fn stand_in(&mut self, incident: &AlertIncident) -> Result<Option<i64>, StoreError> {
        let (Some(tenant), Some(journey)) = (&incident.tenant, &incident.journey) else { return Ok(None) };
        if !self.tenants.contains_key(tenant) {
            let dependencies = self.store.dependencies(tenant).await?;
            let failing = self.store.failing_journeys(tenant).await?;
            let stand_ins = dependencies.stand_ins(&failing.keys().cloned().collect());
            let incidents =
                stand_ins.into_iter().filter_map(|(journey, other)| Some((journey, *failing.get(&other)?)));
            self.tenants.insert(tenant.clone(), incidents.collect());
        }
        Ok(self.tenants.get(tenant).and_then(|stand_ins| stand_ins.get(journey)).copied())
    }
}
