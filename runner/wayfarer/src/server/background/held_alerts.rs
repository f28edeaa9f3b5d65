//! Which events of the outbox wait, and for what: the runner may be at fault, or another journey fails on which the incident's journey depends.
//!
//! Each round asks anew, from rows. An event that waits names the incident that it waits for (`held_for`), and is told of once nothing holds it
//! any more and its journey still fails: a run that is not good began after the other incident was over. It is never told of if its own
//! incident is over before.
//!
//! In a storm more events are held than one pass looks at. Each pass goes on where the last one ended, so all of them are looked at in turn, however
//! long those before them are held. The place is in memory: a pass after a start begins with the oldest.

use std::collections::BTreeMap;
use std::time::Duration;

use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::notice::NoticeKind;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{AlertIncident, OutboxEvent, PlatformIncident, Routed, Store, StoreError};

use crate::server::alert::{Doubts, LONGEST, Suspicions, hold};

/// Held events of one pass, the oldest first.
const AT_A_TIME: u32 = 500;

/// What is to be routed now.
pub(super) struct Sifted {
    /// Fresh events that nothing holds, and held ones that nothing holds any more; the oldest first.
    pub(super) events: Vec<OutboxEvent>,
    /// Held events whose incidents are over: nobody is told.
    pub(super) dropped: Vec<Routed>,
}

/// Goes through the events that are held, pass by pass.
#[derive(Debug, Default)]
pub(super) struct HeldAlerts {
    /// The number of the last event that was looked at; 0 once there was none behind it.
    after: i64,
}

impl HeldAlerts {
    /// Takes out of the fresh events what is to be held, and adds what has been held until now, as far as this pass looks. `last_look` says when the
    /// beacons were asked last, and whether something was wrong.
    pub(super) async fn sift(
        &mut self,
        store: &Store,
        last_look: Option<(UnixMillis, bool)>,
        fresh: Vec<OutboxEvent>,
        now: UnixMillis,
    ) -> Result<Sifted, StoreError> {
        let held = store.held(self.after, AT_A_TIME).await?;
        let is_last = held.len() < AT_A_TIME as usize;
        let after = held.last().filter(|_| !is_last).map_or(0, |last| last.number);
        let sifted = sift(store, last_look, (held, fresh), now).await?;
        // Only now: what a pass that failed has not told is looked at again by the next one.
        self.after = after;
        Ok(sifted)
    }
}

async fn sift(
    store: &Store,
    last_look: Option<(UnixMillis, bool)>,
    (held, fresh): (Vec<OutboxEvent>, Vec<OutboxEvent>),
    now: UnixMillis,
) -> Result<Sifted, StoreError> {
    let opened = fresh.iter().chain(&held).filter(|event| may_wait(event)).map(|event| event.incident.opened);
    let Some(first) = opened.min() else {
        let dropped = held.iter().map(nobody).collect();
        return Ok(Sifted { events: fresh, dropped });
    };
    let longest_ms = u64::try_from(LONGEST.as_millis()).unwrap_or(u64::MAX);
    let platform = store.platform_incidents(UnixMillis(first.0.saturating_sub(longest_ms))).await?;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;

    use wayfarer_model::incident::IncidentKind;
    use wayfarer_store::{Matter, StoreSettings, TenantSetting};
    use wayfarer_testkit::NOON as NOW;

    use super::*;

    /// Many held events of incidents that have just opened, and behind them five whose incidents are over and five that have waited long enough.
    const STORM: &str = r#"import sqlite3, sys
file = sqlite3.connect(sys.argv[1])
holder, now, many = (int(word) for word in sys.argv[2:])
INCIDENT = """INSERT INTO incident (tenant, location, kind, subject, began_ms, opened_ms, resolved_ms)
    VALUES (1, 1, 'no-data', ?, ?, ?, ?)"""
EVENT = "INSERT INTO incident_event (incident, occurred_ms, kind, held_for) VALUES (?, ?, 'opened', ?)"
for number in range(many + 10):
    kind = max(number - many + 1, 0)
    opened, over = (now, None) if kind == 0 else (now, now) if kind <= 5 else (now - 180_000, None)
    cursor = file.execute(INCIDENT, (str(number), opened, opened, over))
    file.execute(EVENT, (cursor.lastrowid, opened, holder))
file.commit()"#;

    #[tokio::test]
    async fn in_a_storm_every_held_event_is_looked_at_in_turn() {
        const MANY: usize = 5_200;
        let dir = tempfile::tempdir().unwrap();
        let settings = StoreSettings::new(dir.path().to_owned(), "local".parse().unwrap(), "0");
        let store = Store::open(settings, NOW).await.unwrap().store;
        let setting = TenantSetting { name: "acme".parse().unwrap(), policy: "{}".to_owned() };
        store.configure_tenants(vec![setting], NOW).await.unwrap();
        let matter = Matter { tenant: None, kind: IncidentKind::CommonMode, subject: String::new() };
        store.open_matter(matter, "8 journeys".to_owned(), NOW, NOW).await.unwrap();
        let holder = store.platform_incidents(NOW).await.unwrap()[0].number;
        let fresh = store.outbox(9).await.unwrap();
        let file = dir.path().join("wayfarer.db").display().to_string();
        let words = [holder.to_string(), NOW.0.to_string(), MANY.to_string()];
        let made = Command::new("python3").args(["-c", STORM, &file]).args(words).status().unwrap();
        assert!(made.success());

        let mut held = HeldAlerts::default();
        let (mut told, mut dropped, mut fresh) = (BTreeSet::new(), BTreeSet::new(), Some(fresh));
        let round = (MANY + 10).div_ceil(AT_A_TIME as usize);
        for _ in 0..round {
            let fresh = fresh.take().unwrap_or_default();
            let sifted = held.sift(&store, None, fresh, NOW).await.unwrap();
            assert!(sifted.events.len() + sifted.dropped.len() <= AT_A_TIME as usize + 9);
            told.extend(sifted.events.into_iter().map(|event| event.incident.subject));
            dropped.extend(sifted.dropped.into_iter().map(|routed| routed.event));
        }
        let expected: BTreeSet<String> = (MANY + 5..MANY + 10).map(|number| number.to_string()).collect();
        assert!(told.contains(""), "the platform's own was fresh: {told:?}");
        assert!(told.is_superset(&expected) && told.len() == 6, "{told:?}");
        assert_eq!(dropped.len(), 5, "{dropped:?}");
        assert_eq!(held.after, 0, "the next pass begins again");
    }
}
