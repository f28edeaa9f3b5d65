//! The dispatcher over a real store, with runs that end when the test says so and a clock that stands still.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;
use tokio::sync::mpsc::{self, UnboundedReceiver, unbounded_channel};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use wayfarer_model::cancel::CancelCause;
use wayfarer_model::maintenance::{MaintenanceMode, Window};
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{NewMaintenance, RunFilter, Store, StoreSettings, Version};
use wayfarer_testkit::{until, within};

use super::fixture::{Fixture, Held, NOON, clock, minute, rows, version};
use super::*;
use crate::server::RunnerMemory;
use crate::server::metrics::{Load, Metrics};
use crate::server::planner::{Due, JourneyBatch, Owner, Passed, PlannedVersion};
use crate::shutdown::Cancellation;

struct Rig {
    dir: TempDir,
    store: Store,
    now: Arc<AtomicU64>,
    versions: BTreeMap<String, Version>,
    owner: Owner,
    ends: Arc<Semaphore>,
    begun: UnboundedReceiver<String>,
    dispatcher: DispatcherHandle,
    memory: RunnerMemory,
    batches: mpsc::Sender<JourneyBatch>,
    stop: Cancellation,
    halt: Cancellation,
    task: JoinHandle<()>,
}

impl Rig {
    async fn new(permits: u32, runs_per_day: Option<(u64, u64)>) -> Self {
        let Fixture { dir, store, location, owner, versions } = Fixture::new().await;
        let now = Arc::new(AtomicU64::new(NOON));
        let (ends, (begins, begun)) = (Arc::new(Semaphore::new(0)), unbounded_channel());
        let (stop, halt) = (Cancellation::new(), Cancellation::new());
        let memory = RunnerMemory::new(4 << 30, [(owner.name.clone(), Some(1 << 30))]);
        let (dispatcher, handle) = Dispatcher::new(DispatcherSettings {
            execute: Held { begun: begins, ends: Arc::clone(&ends) },
            threads: wayfarer_sandbox::GuestPool::here(),
            store: store.clone(),
            location,
            clock: clock(&now),
            metrics: Arc::new(Metrics::new("local".parse().unwrap())),
            memory: memory.clone(),
            permits,
            tenants: vec![TenantLimits {
                tenant: owner.tenant,
                name: owner.name.clone(),
                permits: u32::MAX,
                runs_per_day: runs_per_day.map(|(limit, used)| DailyRuns { limit, used }),
                confirm_runs_per_day: runs_per_day.map(|_| DailyRuns { limit: 1, used: 0 }),
            }],
            suspensions: Suspensions::default(),
            has_disk_space: true,
            settled_until: UnixMillis(NOON),
            stop: stop.clone(),
            halt: halt.clone(),
        });
        let (batches, planned) = mpsc::channel(4);
        let task = tokio::spawn(dispatcher.run(planned));
        Self {
            dir,
            store,
            now,
            versions,
            owner,
            ends,
            begun,
            dispatcher: handle,
            memory,
            batches,
            stop,
            halt,
            task,
        }
    }

    fn version(&self, name: &str) -> Arc<PlannedVersion> {
        version(&self.versions, &self.owner, name)
    }

    /// Slots that are due this many minutes after noon; time goes there.
    async fn due(&self, minutes: u64, names: &[&str]) {
        let at = minute(minutes);
        self.now.store(at.0, Ordering::SeqCst);
        let due = names.iter().map(|name| Due { version: self.version(name), slot: at, fire: at }).collect();
        let batch = JourneyBatch { due, passed: vec![], through: at, more: false };
        self.batches.send(batch).await.unwrap();
    }

    /// Waits until what waits and runs is as it should be.
    async fn until(&self, holds: impl Fn(&Load) -> bool) -> Load {
        until("the load is as it should be", async || self.dispatcher.load().await, holds).await
    }

    /// Waits for that many rows: `minute journey verdict reason`.
    async fn rows(&self, count: usize) -> Vec<String> {
        until("there are enough rows", async || rows(&self.store).await, |rows| rows.len() >= count).await
    }

    async fn begins(&mut self) -> String {
        within("the start of a run", self.begun.recv()).await.unwrap()
    }

    async fn trigger(&self, name: &str) -> Result<Triggered, TriggerError> {
        let (answer, answered) = oneshot::channel();
        self.dispatcher.trigger(self.version(name), answer);
        within("the answer to a trigger", answered).await.unwrap()
    }

    /// Ends the planner, waits for the dispatcher, and gives all rows with the instant up to which the store knows
    /// everything to be settled.
    async fn ended(self) -> (Vec<String>, Option<UnixMillis>) {
        let Self { dir, store, batches, task, stop, .. } = self;
        stop.cancel(CancelCause::Shutdown);
        drop(batches);
        within("the dispatcher's end", task).await.unwrap();
        let rows = rows(&store).await;
        store.close(UnixMillis(NOON)).await.unwrap();
        drop(store);
        let settings = StoreSettings::new(dir.path().to_owned(), "local".parse().unwrap(), "0.0.0-test");
        (rows, Store::open(settings, UnixMillis(NOON)).await.unwrap().planned_until)
    }
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
    rig.ends.add_permits(2);
    assert_eq!(rig.begins().await, "three", "the one that waited");
    rig.ends.add_permits(1);
    let rows = rig.rows(6).await;
    let passed = ["1 one passed none", "2 three passed none", "3 three passed none"];
    assert!(passed.iter().all(|row| rows.iter().any(|own| own == row)), "{rows:?}");
    let (_, until) = rig.ended().await;
    assert_eq!(until, Some(minute(4)));
}

#[tokio::test]
async fn what_gets_no_permit_within_its_grace_is_late_and_the_watermark_waits_for_it() {
    let mut rig = Rig::new(1, None).await;
    rig.due(1, &["one"]).await;
    assert_eq!(rig.begins().await, "one");
    rig.due(2, &["two"]).await;
    let load = rig.until(|load| load.queued == 1).await;
    assert_eq!((load.in_flight, load.concurrency_limit), (1, 1));
    assert_eq!(load.planned_until, UnixMillis(NOON + 2 * 60_000 - 1), "`two` of 12:02 is open");
    rig.now.store(NOON + 3 * 60_000 + 1, Ordering::SeqCst);
    rig.due(4, &[]).await;
    assert_eq!(rig.rows(1).await, ["2 two missed grace-exceeded"]);
    rig.until(|load| load.planned_until == minute(4)).await;
}

#[tokio::test]
async fn a_run_that_panics_costs_neither_its_row_nor_its_permit() {
    let mut rig = Rig::new(1, None).await;
    rig.due(1, &["panics", "one"]).await;
    assert_eq!(rig.begins().await, "panics");
    assert_eq!(rig.begins().await, "one");
    rig.ends.add_permits(1);
    assert_eq!(rig.rows(2).await, ["1 one passed none", "1 panics inconclusive runner"]);
}

#[tokio::test]
async fn a_person_gets_an_id_at_once_goes_first_and_learns_of_the_end() {
    let mut rig = Rig::new(1, None).await;
    rig.due(1, &["one", "two"]).await;
    assert_eq!(rig.begins().await, "one");
    let (asked, again) = (rig.trigger("three").await.unwrap(), rig.trigger("three").await.unwrap());
    assert_eq!(asked.slot, again.slot);
    assert_ne!(asked.run, again.run);
    rig.ends.add_permits(1);
    assert_eq!(rig.begins().await, "three");
    rig.ends.add_permits(1);
    let ended = within("the end of a manual run", asked.ended()).await.unwrap();
    assert_eq!((ended.verdict, ended.reason), (Verdict::Passed, Reason::None));
    assert_eq!(rig.begins().await, "three", "the second one, which was asked for before `two` could begin");
    rig.ends.add_permits(1);
    assert_eq!(rig.begins().await, "two");
    assert_eq!(
        within("the end of the other", again.ended()).await.map(|ended| ended.verdict),
        Some(Verdict::Passed)
    );
}

#[tokio::test]
async fn what_does_not_fit_into_memory_waits_and_is_then_skipped() {
    let mut rig = Rig::new(8, None).await;
    for name in ["one", "two"] {
        rig.memory.learn(rig.version(name).journey, 700 << 20);
    }
    rig.due(1, &["one", "two"]).await;
    assert_eq!(rig.begins().await, "one");
    let load = rig.until(|load| load.queued == 1).await;
    assert_eq!((load.in_flight, load.memory.0), (1, 700 << 20), "`two` has a permit's turn and no room");
    rig.ends.add_permits(1);
    assert_eq!(rig.begins().await, "two");
    rig.due(2, &["one"]).await;
    rig.until(|load| load.queued == 1).await;
    rig.now.store(NOON + 3 * 60_000 + 1, Ordering::SeqCst);
    rig.due(4, &[]).await;
    let rows = rig.rows(2).await;
    assert!(rows.contains(&"2 one skipped quota".to_owned()), "{rows:?}");
    rig.due(5, &["three"]).await;
    assert_eq!(rig.begins().await, "three", "a small run fits beside the large one");
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
    /// The inbox keeps its order: once the dispatcher answers, it has handled what was sent before.
    async fn settled_in(&self) {
        self.until(|_| true).await;
    }

    /// Has the dispatcher learn what the store says is not to be run.
    async fn learn_suspensions(&self) {
        let now = UnixMillis(self.now.load(Ordering::SeqCst));
        let suspensions = Suspensions::now(&self.store, now).await.unwrap();
        self.dispatcher.set_suspensions(suspensions);
        self.settled_in().await;
    }

    async fn plan(&self, journeys: &[&str], mode: MaintenanceMode, from_minute: u64, until_minute: u64) {
        let plan = NewMaintenance {
            tenant: Some("acme".parse().unwrap()),
            journeys: journeys.iter().map(|name| name.parse().unwrap()).collect(),
            mode,
            window: Window::Once { from: minute(from_minute), until: minute(until_minute) },
            by: "test".to_owned(),
            note: String::new(),
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
    rig.ends.add_permits(8);
    for minutes in 1..=3 {
        rig.due(minutes, &["one", "two"]).await;
        rig.rows(2 * minutes as usize).await;
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
async fn without_disk_space_nothing_starts_and_what_runs_ends_by_itself() {
    let mut rig = Rig::new(1, None).await;
    rig.due(1, &["one", "two"]).await;
    assert_eq!(rig.begins().await, "one");
    rig.until(|load| load.queued == 1).await;
    rig.dispatcher.set_disk_space(false);
    rig.settled_in().await;
    rig.due(2, &["three"]).await;
    assert_eq!(rig.rows(1).await, ["2 three inconclusive disk-full"]);
    assert_eq!(rig.trigger("one").await.unwrap_err(), TriggerError::DiskFull);
    rig.ends.add_permits(1);
    let expected = ["1 one passed none", "1 two inconclusive disk-full", "2 three inconclusive disk-full"];
    assert_eq!(rig.rows(3).await, expected);
    rig.dispatcher.set_disk_space(true);
    rig.settled_in().await;
    rig.due(3, &["one"]).await;
    assert_eq!(rig.begins().await, "one");
}

#[tokio::test]
async fn a_kill_switch_ends_what_runs_and_skips_what_waits_and_what_is_due() {
    let mut rig = Rig::new(1, None).await;
    let tenant = "acme".parse().unwrap();
    rig.due(1, &["one", "two"]).await;
    assert_eq!(rig.begins().await, "one");
    rig.until(|load| load.queued == 1).await;
    assert!(rig.store.stop_runs(Some(&tenant), "test", "it floods", UnixMillis(NOON)).await.unwrap());
    assert!(!rig.store.stop_runs(Some(&tenant), "test", "", UnixMillis(NOON)).await.unwrap(), "once");
    rig.learn_suspensions().await;
    rig.due(2, &["three"]).await;
    let expected =
        ["1 one cancelled kill-switch", "1 two skipped kill-switch", "2 three skipped kill-switch"];
    assert_eq!(rig.rows(3).await, expected);
    assert_eq!(rig.trigger("one").await.unwrap_err(), TriggerError::KillSwitch("acme".parse().unwrap()));
    assert!(rig.store.start_runs(Some(&tenant), "test", UnixMillis(NOON + 150_000)).await.unwrap());
    rig.learn_suspensions().await;
    rig.due(3, &["one"]).await;
    assert_eq!(rig.begins().await, "one", "it runs again");
    rig.ends.add_permits(1);
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
    let outcome = within("the end of a manual run", asked.ended()).await.unwrap();
    assert_eq!((outcome.verdict, outcome.reason), (Verdict::Missed, Reason::RunnerDown));
    assert!(!ended.is_finished(), "the run is waited for");
    halt.cancel(CancelCause::Shutdown);
    let (rows, until) = ended.await.unwrap();
    let expected =
        ["1 one inconclusive runner-stopped", "1 three missed runner-down", "1 two missed runner-down"];
    assert_eq!(rows, expected);
    assert_eq!(until, Some(minute(1)));
}

#[tokio::test]
async fn slots_that_are_passed_over_get_their_rows_once_whatever_has_one_already() {
    let mut rig = Rig::new(4, None).await;
    rig.due(10, &["one"]).await;
    assert_eq!(rig.begins().await, "one");
    rig.ends.add_permits(1);
    rig.rows(1).await;
    let (tenant, journey) = ("acme".parse().unwrap(), "one".parse().unwrap());
    rig.plan(&[], MaintenanceMode::Skip, 30, 40).await;
    rig.plan(&[], MaintenanceMode::Mute, 50, 60).await;
    rig.store.stop_runs(Some(&tenant), "test", "", minute(70)).await.unwrap();
    rig.store.start_runs(Some(&tenant), "test", minute(77)).await.unwrap();
    rig.store.pause(&tenant, &journey, "test", "", minute(20)).await.unwrap();
    rig.store.resume(&tenant, &journey, "test", minute(25)).await.unwrap();
    let now = minute(2_501);
    rig.now.store(now.0, Ordering::SeqCst);
    let version = rig.version("one");
    let schedule = Arc::clone(&version).claim(&rig.versions["one"]).schedule.unwrap();
    let from = minute(1);
    let passed = vec![Passed { version, schedule, from, until: now }];
    rig.batches.send(JourneyBatch { due: vec![], passed, through: now, more: false }).await.unwrap();
    let rows = rig.rows(2_500).await;
    assert_eq!(rows.len(), 2_500);
    assert_eq!(rows[9], "10 one passed none");
    assert_eq!(rows.iter().filter(|row| row.ends_with("one skipped paused")).count(), 5);
    assert_eq!(rows.iter().filter(|row| row.ends_with("one skipped maintenance")).count(), 10);
    assert_eq!(rows.iter().filter(|row| row.ends_with("one skipped kill-switch")).count(), 7);
    assert_eq!(rows.iter().filter(|row| row.ends_with("one missed grace-exceeded")).count(), 2_477);
    rig.until(|load| load.planned_until == now).await;
}

#[tokio::test]
async fn confirmation_runs_take_nothing_of_the_quota_and_have_a_cap_of_their_own() {
    let mut rig = Rig::new(4, Some((2, 0))).await;
    // One a day, says the rig.
    rig.dispatcher.confirm(rig.version("one"), minute(1));
    assert_eq!(rig.begins().await, "one");
    rig.ends.add_permits(1);
    rig.rows(1).await;
    rig.dispatcher.confirm(rig.version("two"), minute(2));
    rig.settled_in().await;
    rig.due(3, &["one", "two", "three"]).await;
    assert_eq!([rig.begins().await, rig.begins().await], ["one", "two"]);
    let expected = ["1 one passed none", "3 three skipped quota"];
    assert_eq!(rig.rows(2).await, expected, "the second confirmation run has no row");
}

#[tokio::test]
async fn what_waits_and_has_not_come_is_forgotten_when_the_clock_goes_back() {
    let mut rig = Rig::new(1, None).await;
    rig.due(1, &["one"]).await;
    assert_eq!(rig.begins().await, "one");
    rig.due(2, &["three"]).await;
    rig.due(3, &["two", "three"]).await;
    rig.until(|load| load.queued == 3).await;
    let to = UnixMillis(minute(2).0 + 30_000);
    rig.now.store(to.0, Ordering::SeqCst);
    assert!(within("the answer to a rewind", rig.dispatcher.rewind(to)).await);
    let load = rig.until(|_| true).await;
    assert_eq!(
        (load.queued, load.planned_until),
        (1, UnixMillis(minute(2).0 - 1)),
        "that of 12:02 still waits"
    );
    rig.ends.add_permits(1);
    assert_eq!(rig.begins().await, "three");
    rig.until(|load| load.planned_until == to).await;
    rig.ends.add_permits(1);
    // Its slot comes again.
    rig.due(3, &["two"]).await;
    assert_eq!(rig.begins().await, "two");
    rig.ends.add_permits(1);
    rig.rows(3).await;
    let (rows, until) = rig.ended().await;
    assert_eq!(rows, ["1 one passed none", "2 three passed none", "3 two passed none"]);
    assert_eq!(until, Some(minute(3)));
}
