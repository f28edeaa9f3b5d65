//! The task under a clock that leaps, over a real store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::mpsc;
use wayfarer_model::clock::ClockVerdict;
use wayfarer_model::context::Lane;
use wayfarer_model::ids::RunId;
use wayfarer_model::run::Fence;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{
    Deployment, Identity, KeptClock, Opened, RunFilter, SkippedSlot, Store, StoreSettings, TenantSetting,
};
use wayfarer_testkit::NOON;

use super::{Periods, Retention};
use crate::clock::WallClock;
use crate::server::ServerContext;
use crate::server::background::driver::Reconcile as _;
use crate::server::dispatcher::TestInbox;
use crate::server::metrics::Metrics;
use crate::server::planner::{Plan, Planner};

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// A server whose wall clock and boot clock the test sets, with a slot a day for 30 days before noon. Runs are kept for ten days.
struct Rig {
    _dir: TempDir,
    context: ServerContext,
    wall: Arc<AtomicU64>,
    boot: Arc<AtomicU64>,
    task: Retention,
}

impl Rig {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = StoreSettings::new(dir.path().to_owned(), "local".parse().unwrap(), "0");
        let Opened { store, location, .. } = Store::open(settings, NOON).await.unwrap();
        fill(&store, location).await;
        let (wall, boot) = (Arc::new(AtomicU64::new(NOON.0)), Arc::new(AtomicU64::new(DAY)));
        let (seen, counted) = (Arc::clone(&wall), Arc::clone(&boot));
        let clock = WallClock::saying_both(move || {
            let ms = |clock: &AtomicU64| Duration::from_millis(clock.load(Ordering::SeqCst));
            (ms(&seen), ms(&counted))
        });
        let kept = KeptClock { boot: String::new(), boot_ms: DAY, wall: NOON, rest_ms: 0 };
        store.keep_clock(kept).await.unwrap();
        let planner = Planner::start(Plan::new(NOON), clock.clone(), mpsc::channel(1).0).unwrap();
        let metrics = Arc::new(Metrics::new("local".parse().unwrap()));
        let (dispatcher, _) = TestInbox::new();
        let context = ServerContext { store, clock, metrics, dispatcher, planner: Arc::new(planner) };
        let task = Retention::new(Periods::of(&toml::from_str("[retention]\nruns = \"10d\"").unwrap()));
        Self { _dir: dir, context, wall, boot, task }
    }

    /// A round after both clocks went on, or one of them leapt; how many runs are left.
    async fn round(&mut self, wall_ms: u64, boot_ms: u64) -> usize {
        self.wall.fetch_add(wall_ms, Ordering::SeqCst);
        self.boot.fetch_add(boot_ms, Ordering::SeqCst);
        self.task.reconcile(&self.context).await.unwrap();
        let filter = RunFilter { limit: 1_000, ..RunFilter::default() };
        self.context.store.runs(&filter).await.unwrap().len()
    }
}

async fn fill(store: &Store, location: wayfarer_store::LocationKey) {
    let tenant: wayfarer_model::ids::TenantName = "acme".parse().unwrap();
    let setting = TenantSetting { name: tenant.clone(), policy: "{}".to_owned() };
    let row = store.configure_tenants(vec![setting], NOON).await.unwrap().remove(0);
    let first = UnixMillis(NOON.0 - 40 * DAY);
    let (by, set) = ("test".to_owned(), vec![wayfarer_testkit::spec("pay")]);
    let deployment = Deployment {
        tenant: tenant.clone(),
        by,
        now: first,
        valid_from: first,
        set,
        remove: vec![],
        provenance: wayfarer_model::provenance::Provenance::default(),
    };
    store.deploy(deployment).await.unwrap();
    let version = store.current(&tenant).await.unwrap().remove(0);
    let slots = (1..=30_u8).map(|day| {
        let slot = UnixMillis(NOON.0 - u64::from(day) * DAY);
        let identity = Identity {
            run: RunId::new(slot, [day; 10]),
            journey: version.journey,
            version: version.key,
            policy: row.policy,
            location,
            slot,
            lane: Lane::Scheduled,
            seq: 0,
            fence: Fence { incarnation: store.incarnation(), number: 1 },
            maintenance: None,
        };
        SkippedSlot { identity, at: slot, verdict: Verdict::Missed, reason: Reason::RunnerDown }
    });
    store.settle_all(&slots.collect::<Vec<_>>()).await.unwrap();
    // However far the clock leaps: the watermark says that no start would settle these again.
    store.planned_until(location, UnixMillis(NOON.0 + 400 * DAY));
    store.flush().await.unwrap();
}

#[tokio::test]
async fn a_clock_that_leaps_makes_it_remove_nothing_for_a_day_and_little_afterwards() {
    let mut rig = Rig::new().await;
    let kept = rig.round(0, 0).await;
    assert_eq!(kept, 10, "ten days are kept");
    assert_eq!(rig.round(100 * DAY, 60_000).await, kept, "the step is not believed");
    assert!(matches!(rig.context.clock.settle(), ClockVerdict::Wait));
    let (at, _) = rig.context.clock.trace();
    let leapt = UnixMillis(rig.wall.load(Ordering::SeqCst));
    rig.context.clock.take_over(wayfarer_model::clock::ClockReading { wall: leapt, ..at });
    // As many rounds as would make half a day, an hour each.
    for round in 0..15 {
        assert_eq!(rig.round(60_000, 60_000).await, kept, "it is believed, and retention rests: {round}");
    }
    // A day later it follows the clock by what the boot clock has counted since its last round, and an hour.
    assert_eq!(rig.round(DAY, DAY).await, kept - 1);
    assert_eq!(rig.round(60_000, 60_000).await, kept - 1);
}

#[tokio::test]
async fn a_round_of_another_process_says_how_far_the_next_one_goes() {
    let mut rig = Rig::new().await;
    rig.context.store.keep_retention_instant(UnixMillis(NOON.0 - 15 * DAY)).await.unwrap();
    // The clock was 15 days behind, or nobody was there: ten days before that and an hour.
    assert_eq!(rig.round(0, 0).await, 25);
    assert_eq!(rig.round(60_000, 60_000).await, 25);
}
