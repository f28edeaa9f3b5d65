//! The dispatcher over a real store, with runs that end when the test says so and a clock that stands still.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinHandle;
use wayfarer_model::deployment::{Code, JourneySpec, Overlap, Timing};
use wayfarer_model::ids::TenantName;
use wayfarer_model::limits::Limits;
use wayfarer_model::maintenance::{MaintenanceMode, Window};
use wayfarer_model::retry::RetryPolicy;
use wayfarer_model::schedule::Spread;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{Deployment, NewMaintenance, RunFilter, Store, StoreSettings, TenantSetting, Version};

use super::*;
use crate::author::report::samples;
use crate::clock::WallClock;
use crate::server::metrics::{Load, Metrics};
use crate::server::planner::{Due, JourneyBatch, Owner, Passed, PlannedVersion, Standing};
use crate::shutdown::Stop;

/// 2026-09-14 12:00:00 UTC.
const NOON: u64 = 1_789_387_200_000;

/// Runs that begin in the open and end when a permit is given, or the runner halts.
struct Held {
    begun: UnboundedSender<String>,
    permits: Arc<Semaphore>,
}

impl Execute for Held {
    async fn execute(&self, mut order: RunOrder) -> RunReport {
        self.begun.send(order.version.name.to_string()).unwrap();
        assert!(order.version.name.as_str() != "panics", "as it should");
        let verdict = tokio::select! {
            permit = self.permits.acquire() => { permit.unwrap().forget(); Verdict::Passed }
            () = order.halt.wait() => Verdict::Cancelled,
        };
        RunReport::of(vec![Arc::new(samples::report(verdict, 1))])
    }
}

fn spec(name: &str, overlap: Overlap) -> JourneySpec {
    JourneySpec {
        descriptor: samples::journey(name, &[]),
        code: Code::HttpCheck("{}".to_owned()),
        timing: Some(Timing {
            schedule: "every 1m".parse().unwrap(),
            zone: "UTC".parse().unwrap(),
            spread: Spread::NONE,
            grace: Duration::from_mins(1),
            overlap,
            confirm_every: None,
        }),
        params: BTreeMap::new(),
        secrets: BTreeMap::new(),
        allow: vec![],
        limits: Limits::default(),
        retry: RetryPolicy::default(),
        group: None,
    }
}

struct Rig {
    dir: TempDir,
    store: Store,
    now: Arc<AtomicU64>,
    versions: BTreeMap<String, (Version, Owner)>,
    permits: Arc<Semaphore>,
    begun: UnboundedReceiver<String>,
    tell: UnboundedSender<Message>,
    batches: mpsc::Sender<JourneyBatch>,
    stop: watch::Sender<bool>,
    halt: watch::Sender<bool>,
    task: JoinHandle<()>,
}

const JOURNEYS: [(&str, Overlap); 5] = [
    ("one", Overlap::Skip),
    ("two", Overlap::Skip),
    ("three", Overlap::Queue),
    ("panics", Overlap::Skip),
    ("paused", Overlap::Skip),
];

impl Rig {
    async fn new(places: u32, runs_per_day: Option<(u64, u64)>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = StoreSettings::new(dir.path().to_owned(), "local".parse().unwrap(), "0.0.0-test");
        let opened = Store::open(settings, UnixMillis(NOON)).await.unwrap();
        let store = opened.store;
        let tenant: TenantName = "acme".parse().unwrap();
        let setting = TenantSetting { name: tenant.clone(), policy: "{}".to_owned() };
        let row = store.configure_tenants(vec![setting], UnixMillis(NOON)).await.unwrap().remove(0);
        let owner = Owner { tenant: row.key, name: tenant.clone(), policy: row.policy };
        let deployment = Deployment {
            tenant: tenant.clone(),
            by: "test".to_owned(),
            now: UnixMillis(NOON),
            valid_from: UnixMillis(NOON),
            set: JOURNEYS.iter().map(|(name, overlap)| spec(name, *overlap)).collect(),
            remove: vec![],
        };
        store.deploy(deployment).await.unwrap();
        let current = store.current(&tenant).await.unwrap().into_iter();
        let versions = current.map(|v| (v.name.to_string(), (v, owner.clone()))).collect();
        let now = Arc::new(AtomicU64::new(NOON));
        let (permits, (begins, begun)) = (Arc::new(Semaphore::new(0)), unbounded_channel());
        let ((stop, stopped), (halt, halted)) = (Stop::by_hand(), Stop::by_hand());
        let clock = Arc::clone(&now);
        let (dispatcher, tell) = Dispatcher::new(DispatcherSettings {
            execute: Held { begun: begins, permits: Arc::clone(&permits) },
            store: store.clone(),
            location: opened.location,
            clock: WallClock::saying(move || Duration::from_millis(clock.load(Ordering::SeqCst))),
            metrics: Arc::new(Metrics::new("local".parse().unwrap())),
            places,
            tenants: vec![TenantShare { tenant: row.key, name: tenant, places: u32::MAX, runs_per_day }],
            suspensions: Suspensions::default(),
            has_room: true,
            done: UnixMillis(NOON),
            stop: stopped,
            halt: halted,
        });
        let (batches, planned) = mpsc::channel(4);
        let task = tokio::spawn(dispatcher.run(planned));
        Self { dir, store, now, versions, permits, begun, tell, batches, stop, halt, task }
    }

    fn version(&self, name: &str) -> Arc<PlannedVersion> {
        let (version, owner) = &self.versions[name];
        let standing = if name == "paused" { Standing::Paused } else { Standing::Runs };
        Arc::new(PlannedVersion::new(version, owner.clone(), standing))
    }

    /// Slots that are due this many minutes after noon; time goes there.
    async fn due(&self, minute: u64, names: &[&str]) {
        let at = UnixMillis(NOON + minute * 60_000);
        self.now.store(at.0, Ordering::SeqCst);
        let due = names.iter().map(|name| Due { version: self.version(name), slot: at, fire: at }).collect();
        let batch = JourneyBatch { due, passed: vec![], through: at, more: false };
        self.batches.send(batch).await.unwrap();
    }

    /// Waits until what waits and runs is as it should be.
    async fn until(&self, holds: impl Fn(&Load) -> bool) -> Load {
        loop {
            let (tell, told) = oneshot::channel();
            self.tell.send(Message::Load(tell)).unwrap();
            let load = told.await.unwrap();
            if holds(&load) {
                return load;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Waits for that many rows: `minute journey verdict reason`.
    async fn rows(&self, count: usize) -> Vec<String> {
        let mut committed = self.store.committed();
        loop {
            let rows = rows(&self.store).await;
            if rows.len() >= count {
                return rows;
            }
            committed.changed().await.unwrap();
        }
    }

    async fn begins(&mut self) -> String {
        self.begun.recv().await.unwrap()
    }

    async fn trigger(&self, name: &str) -> Result<Triggered, TriggerError> {
        let (tell, told) = oneshot::channel();
        self.tell.send(Message::Trigger(self.version(name), tell)).unwrap();
        told.await.unwrap()
    }

    /// Ends the planner, waits for the dispatcher, and gives all rows with the instant up to which the store knows
    /// everything to be settled.
    async fn ended(self) -> (Vec<String>, Option<UnixMillis>) {
        let Self { dir, store, batches, task, stop, .. } = self;
        stop.send_replace(true);
        drop(batches);
        task.await.unwrap();
        let rows = rows(&store).await;
        store.close(UnixMillis(NOON)).await.unwrap();
        drop(store);
        let settings = StoreSettings::new(dir.path().to_owned(), "local".parse().unwrap(), "0.0.0-test");
        (rows, Store::open(settings, UnixMillis(NOON)).await.unwrap().planned_until)
    }
}

async fn rows(store: &Store) -> Vec<String> {
    store.flush().await.unwrap();
    let filter = RunFilter { limit: 10_000, ..RunFilter::default() };
    let mut rows = store.runs(&filter).await.unwrap();
    rows.sort_by_key(|row| (row.slot, row.journey.to_string()));
    let show = |row: &wayfarer_store::RunRow| {
        format!("{} {} {} {}", (row.slot.0 - NOON) / 60_000, row.journey, row.verdict, row.reason)
    };
    rows.iter().map(show).collect()
}

#[tokio::test]
async fn what_is_due_runs_and_what_is_not_to_run_has_its_row() {
    let mut rig = Rig::new(8, None).await;
    rig.due(1, &["one", "paused"]).await;
    assert_eq!(rig.begins().await, "one");
    rig.due(2, &["one", "three"]).await;
    assert_eq!(rig.begins().await, "three");
    rig.due(3, &["three"]).await;
    rig.due(4, &["three"]).await;
    let rows = rig.rows(3).await;
    assert_eq!(rows, ["1 paused skipped paused", "2 one skipped overlap", "4 three skipped overlap"]);
    rig.permits.add_permits(2);
    assert_eq!(rig.begins().await, "three", "the one that waited");
    rig.permits.add_permits(1);
    let rows = rig.rows(6).await;
    let passed = ["1 one passed none", "2 three passed none", "3 three passed none"];
    assert!(passed.iter().all(|row| rows.iter().any(|own| own == row)), "{rows:?}");
    let (_, until) = rig.ended().await;
    assert_eq!(until, Some(UnixMillis(NOON + 4 * 60_000)));
}

#[tokio::test]
async fn what_gets_no_place_within_its_grace_is_late_and_the_watermark_waits_for_it() {
    let mut rig = Rig::new(1, None).await;
    rig.due(1, &["one"]).await;
    assert_eq!(rig.begins().await, "one");
    rig.due(2, &["two"]).await;
    let load = rig.until(|load| load.waiting == 1).await;
    assert_eq!((load.running, load.places), (1, 1));
    assert_eq!(load.planned_until, UnixMillis(NOON + 2 * 60_000 - 1), "`two` of 12:02 is open");
    rig.now.store(NOON + 3 * 60_000 + 1, Ordering::SeqCst);
    rig.due(4, &[]).await;
    assert_eq!(rig.rows(1).await, ["2 two missed late"]);
    rig.until(|load| load.planned_until == UnixMillis(NOON + 4 * 60_000)).await;
}

#[tokio::test]
async fn a_run_that_panics_costs_neither_its_row_nor_its_place() {
    let mut rig = Rig::new(1, None).await;
    rig.due(1, &["panics", "one"]).await;
    assert_eq!(rig.begins().await, "panics");
    assert_eq!(rig.begins().await, "one");
    rig.permits.add_permits(1);
    assert_eq!(rig.rows(2).await, ["1 one passed none", "1 panics inconclusive runner"]);
}

#[tokio::test]
async fn who_asks_gets_an_id_at_once_goes_first_and_is_told_of_the_end() {
    let mut rig = Rig::new(1, None).await;
    rig.due(1, &["one", "two"]).await;
    assert_eq!(rig.begins().await, "one");
    let (asked, again) = (rig.trigger("three").await.unwrap(), rig.trigger("three").await.unwrap());
    assert_eq!(asked.slot, again.slot);
    assert_ne!(asked.run, again.run);
    rig.permits.add_permits(1);
    assert_eq!(rig.begins().await, "three");
    rig.permits.add_permits(1);
    let ended = asked.ended().await.unwrap();
    assert_eq!((ended.verdict, ended.reason), (Verdict::Passed, Reason::None));
    assert_eq!(rig.begins().await, "three", "the second one, which was asked for before `two` could begin");
    rig.permits.add_permits(1);
    assert_eq!(rig.begins().await, "two");
    assert_eq!(again.ended().await.map(|ended| ended.verdict), Some(Verdict::Passed));
}

#[tokio::test]
async fn a_day_has_so_many_runs() {
    let mut rig = Rig::new(4, Some((3, 1))).await;
    rig.due(1, &["one", "two", "three"]).await;
    assert_eq!([rig.begins().await, rig.begins().await], ["one", "two"]);
    assert_eq!(rig.rows(1).await, ["1 three skipped quota"]);
    let refused = rig.trigger("three").await.unwrap_err();
    assert_eq!(refused, TriggerError::Quota { tenant: "acme".parse().unwrap(), limit: 3 });
}

impl Rig {
    /// Has the dispatcher learn what the store says is not to be run.
    async fn learn_suspensions(&self) {
        let now = UnixMillis(self.now.load(Ordering::SeqCst));
        let suspensions = Suspensions::now(&self.store, now).await.unwrap();
        self.tell.send(Message::Suspended(suspensions)).unwrap();
        // Once it answers this, it has heard the other.
        self.until(|_| true).await;
    }

    async fn plan(&self, journeys: &[&str], mode: MaintenanceMode, from_minute: u64, until_minute: u64) {
        let at = |minute: u64| UnixMillis(NOON + minute * 60_000);
        let plan = NewMaintenance {
            tenant: Some("acme".parse().unwrap()),
            journeys: journeys.iter().map(|name| name.parse().unwrap()).collect(),
            mode,
            window: Window::Once { from: at(from_minute), until: at(until_minute) },
            by: "test".to_owned(),
            why: String::new(),
        };
        self.store.plan_maintenance(plan, UnixMillis(NOON)).await.unwrap();
        self.learn_suspensions().await;
    }
}

#[tokio::test]
async fn within_maintenance_slots_are_skipped_or_run_and_flagged() {
    let rig = Rig::new(8, None).await;
    rig.plan(&["one"], MaintenanceMode::Skip, 2, 3).await;
    rig.plan(&["two"], MaintenanceMode::Mute, 2, 3).await;
    rig.permits.add_permits(8);
    for minute in 1..=3 {
        rig.due(minute, &["one", "two"]).await;
        rig.rows(2 * minute as usize).await;
    }
    let rows = rig.rows(6).await;
    let expected = [
        "1 one passed none",
        "1 two passed none",
        "2 one skipped maintenance",
        "2 two passed none",
        "3 one passed none",
        "3 two passed none",
    ];
    assert_eq!(rows, expected);
    let filter = RunFilter { limit: 10, ..RunFilter::default() };
    let runs = rig.store.runs(&filter).await.unwrap();
    let flagged = runs.iter().filter(|row| row.maintenance.is_some());
    let mut flagged: Vec<_> = flagged.map(|row| (row.slot.0 - NOON, row.journey.as_str())).collect();
    flagged.sort_unstable();
    assert_eq!(flagged, [(120_000, "one"), (120_000, "two")]);
}

#[tokio::test]
async fn without_room_nothing_begins_and_what_runs_ends_by_itself() {
    let mut rig = Rig::new(1, None).await;
    rig.due(1, &["one", "two"]).await;
    assert_eq!(rig.begins().await, "one");
    rig.until(|load| load.waiting == 1).await;
    rig.tell.send(Message::Room(false)).unwrap();
    rig.until(|_| true).await;
    rig.due(2, &["three"]).await;
    assert_eq!(rig.rows(1).await, ["2 three inconclusive disk-full"]);
    assert_eq!(rig.trigger("one").await.unwrap_err(), TriggerError::DiskFull);
    rig.permits.add_permits(1);
    let expected = ["1 one passed none", "1 two inconclusive disk-full", "2 three inconclusive disk-full"];
    assert_eq!(rig.rows(3).await, expected);
    rig.tell.send(Message::Room(true)).unwrap();
    rig.until(|_| true).await;
    rig.due(3, &["one"]).await;
    assert_eq!(rig.begins().await, "one");
}

#[tokio::test]
async fn a_kill_switch_ends_what_runs_and_skips_what_waits_and_what_is_due() {
    let mut rig = Rig::new(1, None).await;
    let tenant = "acme".parse().unwrap();
    rig.due(1, &["one", "two"]).await;
    assert_eq!(rig.begins().await, "one");
    rig.until(|load| load.waiting == 1).await;
    assert!(rig.store.stop_runs(Some(&tenant), "test", "it floods", UnixMillis(NOON)).await.unwrap());
    assert!(!rig.store.stop_runs(Some(&tenant), "test", "", UnixMillis(NOON)).await.unwrap(), "once");
    rig.learn_suspensions().await;
    rig.due(2, &["three"]).await;
    let expected =
        ["1 one cancelled kill-switch", "1 two skipped kill-switch", "2 three skipped kill-switch"];
    assert_eq!(rig.rows(3).await, expected);
    assert_eq!(rig.trigger("one").await.unwrap_err(), TriggerError::Stopped("acme".parse().unwrap()));
    assert!(rig.store.start_runs(Some(&tenant), "test", UnixMillis(NOON + 150_000)).await.unwrap());
    rig.learn_suspensions().await;
    rig.due(3, &["one"]).await;
    assert_eq!(rig.begins().await, "one", "it runs again");
    rig.permits.add_permits(1);
    assert_eq!(rig.rows(4).await[3], "3 one passed none");
    // The whole runner's switch is every tenant's.
    rig.store.stop_runs(None, "test", "", UnixMillis(NOON + 200_000)).await.unwrap();
    rig.learn_suspensions().await;
    rig.due(4, &["one"]).await;
    assert_eq!(rig.rows(5).await[4], "4 one skipped kill-switch");
}

#[tokio::test]
async fn a_stop_settles_what_waits_and_halts_what_runs() {
    let mut rig = Rig::new(1, None).await;
    rig.due(1, &["one", "two"]).await;
    assert_eq!(rig.begins().await, "one");
    let asked = rig.trigger("three").await.unwrap();
    let halt = rig.halt.clone();
    let ended = tokio::spawn(rig.ended());
    let told = asked.ended().await.unwrap();
    assert_eq!((told.verdict, told.reason), (Verdict::Missed, Reason::RunnerDown));
    assert!(!ended.is_finished(), "the run is waited for");
    halt.send_replace(true);
    let (rows, until) = ended.await.unwrap();
    let expected =
        ["1 one inconclusive runner-stopped", "1 three missed no-runner", "1 two missed no-runner"];
    assert_eq!(rows, expected);
    assert_eq!(until, Some(UnixMillis(NOON + 60_000)));
}

#[tokio::test]
async fn slots_that_are_passed_over_get_their_rows_once_whatever_has_one_already() {
    let mut rig = Rig::new(4, None).await;
    rig.due(10, &["one"]).await;
    assert_eq!(rig.begins().await, "one");
    rig.permits.add_permits(1);
    rig.rows(1).await;
    let (tenant, journey) = ("acme".parse().unwrap(), "one".parse().unwrap());
    rig.plan(&[], MaintenanceMode::Skip, 30, 40).await;
    rig.plan(&[], MaintenanceMode::Mute, 50, 60).await;
    rig.store.stop_runs(Some(&tenant), "test", "", UnixMillis(NOON + 70 * 60_000)).await.unwrap();
    rig.store.start_runs(Some(&tenant), "test", UnixMillis(NOON + 77 * 60_000)).await.unwrap();
    rig.store.pause(&tenant, &journey, "test", "", UnixMillis(NOON + 20 * 60_000)).await.unwrap();
    rig.store.resume(&tenant, &journey, "test", UnixMillis(NOON + 25 * 60_000)).await.unwrap();
    let now = UnixMillis(NOON + 2_501 * 60_000);
    rig.now.store(now.0, Ordering::SeqCst);
    let version = rig.version("one");
    let schedule = Arc::clone(&version).claim(&rig.versions["one"].0).schedule.unwrap();
    let from = UnixMillis(NOON + 60_000);
    let passed = vec![Passed { version, schedule, from, until: now }];
    rig.batches.send(JourneyBatch { due: vec![], passed, through: now, more: false }).await.unwrap();
    let rows = rig.rows(2_500).await;
    assert_eq!(rows.len(), 2_500);
    assert_eq!(rows[9], "10 one passed none");
    assert_eq!(rows.iter().filter(|row| row.ends_with("one skipped paused")).count(), 5);
    assert_eq!(rows.iter().filter(|row| row.ends_with("one skipped maintenance")).count(), 10);
    assert_eq!(rows.iter().filter(|row| row.ends_with("one skipped kill-switch")).count(), 7);
    assert_eq!(rows.iter().filter(|row| row.ends_with("one missed late")).count(), 2_477);
    rig.until(|load| load.planned_until == now).await;
}
