//! The driver over a real store, with tasks that fail when the test says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use wayfarer_model::cancel::CancelCause;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Store, StoreSettings, TenantSetting, WriterHealth};
use wayfarer_testkit::{NOON as NOW, within};

use super::driver::{BackgroundTasks, Driver, Reconcile};
use super::suspensions::SuspensionsTask;
use super::{Acknowledge, Applied};
use crate::clock::WallClock;
use crate::server::ServerContext;
use crate::server::dispatcher::TestInbox;
use crate::server::metrics::{Format, Load, Metrics};
use crate::server::planner::{Plan, Planner};
use crate::shutdown::Cancellation;

struct Rig {
    _dir: TempDir,
    context: ServerContext,
    inbox: TestInbox,
    stop: Cancellation,
}

impl Rig {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = StoreSettings::new(dir.path().to_owned(), "local".parse().unwrap(), "0");
        let store = Store::open(settings, NOW).await.unwrap().store;
        let setting = TenantSetting { name: acme(), policy: "{}".to_owned() };
        store.configure_tenants(vec![setting], NOW).await.unwrap();
        let clock = WallClock::system();
        let (dispatcher, inbox) = TestInbox::new();
        let planner = Planner::start(Plan::new(NOW), clock.clone(), mpsc::channel(1).0).unwrap();
        let metrics = Arc::new(Metrics::new("local".parse().unwrap()));
        let stop = Cancellation::new();
        let context = ServerContext { store, clock, metrics, dispatcher, planner: Arc::new(planner) };
        Self { _dir: dir, context, inbox, stop }
    }

    /// Runs one task alone.
    fn start<R: Reconcile>(&self, task: R) -> (BackgroundTasks, Applied) {
        let (acknowledge, applied) = Acknowledge::new(&self.context.store, &[R::NAME]);
        let mut driver = Driver::new(self.context.clone(), acknowledge, self.stop.clone());
        driver.start(task);
        (driver.running(), applied)
    }

    fn metrics(&self) -> String {
        let scrape = self.context.metrics.scrape(&Load::default(), &WriterHealth::default(), UnixMillis(1));
        String::from_utf8(scrape.encode(Format::Text).unwrap()).unwrap()
    }
}

fn acme() -> TenantName {
    "acme".parse().unwrap()
}

/// Fails while its flag is set, and counts its runs.
struct Flaky {
    fails: Arc<AtomicBool>,
    runs: watch::Sender<u64>,
}

impl Reconcile for Flaky {
    const NAME: &'static str = "flaky";
    const PERIOD: Duration = Duration::from_hours(1);
    const RETRY: Duration = Duration::from_millis(1);
    const FOLLOWS_CONFIGURATION: bool = true;
    const WHILE_FAILING: &'static str = "nothing happens";
    type Error = &'static str;

    async fn reconcile(&mut self, _context: &ServerContext) -> Result<(), &'static str> {
        self.runs.send_modify(|runs| *runs += 1);
        if self.fails.load(Ordering::SeqCst) { Err("the flag is set") } else { Ok(()) }
    }
}

#[tokio::test]
async fn a_commit_wakes_a_task_and_whoever_wrote_waits_until_a_run_succeeds() {
    let rig = Rig::new().await;
    let (fails, (runs, mut counted)) = (Arc::new(AtomicBool::new(false)), watch::channel(0));
    let (tasks, applied) = rig.start(Flaky { fails: Arc::clone(&fails), runs });
    within("the task runs", counted.wait_for(|runs| *runs == 1)).await.unwrap();
    assert!(applied.wait(0).await, "nothing was written");

    fails.store(true, Ordering::SeqCst);
    rig.context.store.stop_runs(None, "me", "", NOW).await.unwrap();
    assert_eq!(applied.written(), 1);
    within("the task runs", counted.wait_for(|runs| *runs >= 4)).await.unwrap();
    let waiting = tokio::time::timeout(Duration::ZERO, applied.wait(1)).await;
    assert!(waiting.is_err(), "no run has succeeded since the write");
    fails.store(false, Ordering::SeqCst);
    assert!(within("the write is applied", applied.wait(1)).await);

    let page = rig.metrics();
    let count = |result: &str| -> u64 {
        let name = format!("wayfarer_background_runs_total{{task=\"flaky\",result=\"{result}\"}} ");
        let line = page.lines().find_map(|line| line.strip_prefix(&name)).unwrap_or_else(|| panic!("{page}"));
        line.parse().unwrap()
    };
    assert_eq!(count("succeeded"), 2);
    assert!(count("failed") >= 2, "{page}");
    assert!(page.contains("wayfarer_background_last_success_timestamp_seconds{task=\"flaky\"} "), "{page}");
    within("the tasks end", tasks.shut_down()).await;
}

#[tokio::test]
async fn a_server_that_stops_answers_those_who_wait() {
    let rig = Rig::new().await;
    let (runs, mut counted) = watch::channel(0);
    let (tasks, applied) = rig.start(Flaky { fails: Arc::new(AtomicBool::new(true)), runs });
    within("the task runs", counted.wait_for(|runs| *runs >= 1)).await.unwrap();
    rig.context.store.stop_runs(None, "me", "", NOW).await.unwrap();
    let stopping = async { rig.stop.cancel(CancelCause::Shutdown) };
    let (is_applied, ()) = tokio::join!(within("an answer", applied.wait(1)), stopping);
    assert!(!is_applied);
    within("the tasks end", tasks.shut_down()).await;
}

#[tokio::test]
async fn a_kill_switch_has_reached_the_dispatcher_once_it_is_applied() {
    let mut rig = Rig::new().await;
    let (_tasks, applied) = rig.start(SuspensionsTask);
    rig.context.store.stop_runs(Some(&acme()), "me", "", NOW).await.unwrap();
    assert!(within("the write is applied", applied.wait(applied.written())).await);
    let suspensions = rig.inbox.suspensions().unwrap();
    assert!(suspensions.kill_switch(&acme()).is_some());
}
