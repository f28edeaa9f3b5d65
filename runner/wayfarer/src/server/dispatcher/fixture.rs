//! What tests of the dispatcher stand on: a store with a tenant and its journeys, and runs that end when the test says so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use wayfarer_model::admission::Standing;
use wayfarer_model::deployment::{JourneySpec, Overlap, Timing};
use wayfarer_model::ids::TenantName;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{
    Deployment, LocationKey, RunFilter, RunRow, Store, StoreSettings, TenantSetting, Version,
};

use super::{Execute, RunOrder, RunReport};
use crate::clock::WallClock;
use crate::server::planner::{Owner, PlannedVersion};
use crate::view::samples;

/// In milliseconds.
pub(super) const NOON: u64 = wayfarer_testkit::NOON.0;

/// So many minutes after noon.
pub(super) fn minute(minute: u64) -> UnixMillis {
    UnixMillis(NOON + minute * 60_000)
}

/// A clock that shows what the test says.
pub(super) fn clock(now: &Arc<AtomicU64>) -> WallClock {
    let now = Arc::clone(now);
    WallClock::saying(move || Duration::from_millis(now.load(Ordering::SeqCst)))
}

/// Runs that report their start, and end when the test adds a permit or the runner cancels them.
pub(super) struct Held {
    pub(super) begun: UnboundedSender<String>,
    pub(super) ends: Arc<Semaphore>,
}

impl Execute for Held {
    async fn execute(&self, order: RunOrder) -> RunReport {
        self.begun.send(order.version.name.to_string()).unwrap();
        assert!(order.version.name.as_str() != "panics", "as it should");
        let (verdict, reason) = tokio::select! {
            permit = self.ends.acquire() => { permit.unwrap().forget(); (Verdict::Passed, Reason::None) }
            cause = order.cancellation.cancelled() => cause.verdict(),
        };
        let report = AttemptReport { reason, ..samples::report(verdict, 1) };
        RunReport::of(vec![Arc::new(report)])
    }
}

fn spec(name: &str, overlap: Overlap) -> JourneySpec {
    JourneySpec {
        timing: Some(Timing { overlap, ..Timing::of("every 1m".parse().unwrap()) }),
        ..wayfarer_testkit::spec(name)
    }
}

const JOURNEYS: [(&str, Overlap); 5] = [
    ("one", Overlap::Skip),
    ("two", Overlap::Skip),
    ("three", Overlap::Queue),
    ("panics", Overlap::Skip),
    ("paused", Overlap::Skip),
];

/// A store in which tenant `acme` has deployed its journeys at noon.
pub(super) struct Fixture {
    pub(super) dir: TempDir,
    pub(super) store: Store,
    pub(super) location: LocationKey,
    pub(super) owner: Owner,
    pub(super) versions: BTreeMap<String, Version>,
}

impl Fixture {
    pub(super) async fn new() -> Self {
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
            provenance: wayfarer_model::provenance::Provenance::default(),
        };
        store.deploy(deployment).await.unwrap();
        let current = store.current(&tenant).await.unwrap().into_iter();
        let versions = current.map(|v| (v.name.to_string(), v)).collect();
        Self { dir, store, location: opened.location, owner, versions }
    }

    pub(super) fn version(&self, name: &str) -> Arc<PlannedVersion> {
        version(&self.versions, &self.owner, name)
    }
}

/// The journey of that name, as the planner hands it out.
pub(super) fn version(
    versions: &BTreeMap<String, Version>,
    owner: &Owner,
    name: &str,
) -> Arc<PlannedVersion> {
    let standing = if name == "paused" { Standing::PAUSED } else { Standing::ENABLED };
    Arc::new(PlannedVersion::new(&versions[name], owner.clone(), standing, &"local".parse().unwrap()))
}

/// All rows: `minute journey verdict reason`.
pub(super) async fn rows(store: &Store) -> Vec<String> {
    store.flush().await.unwrap();
    let filter = RunFilter { limit: 10_000, ..RunFilter::default() };
    let mut rows = store.runs(&filter).await.unwrap();
    rows.sort_by_key(|row| (row.slot, row.journey.to_string()));
    let show = |row: &RunRow| {
        format!("{} {} {} {}", (row.slot.0 - NOON) / 60_000, row.journey, row.verdict, row.reason)
    };
    rows.iter().map(show).collect()
}
