//! What is counted while runs go by, and the whole page.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use wayfarer_model::context::Lane;
use wayfarer_model::ids::{JourneyName, LocationName, TenantName};
use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{COMMIT_BOUNDS_US, DiskSpace, RetentionKind, WriterHealth};

use super::histogram::{Histogram, seconds};
use super::page::{Kind, Page};
use super::probe::Probes;

/// What waits and runs of one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Share {
    /// Whose.
    pub(crate) tenant: TenantName,
    /// How many wait for a place.
    pub(crate) waiting: usize,
    /// How many have one.
    pub(crate) running: u32,
    /// Whether its kill switch, or the whole runner's, is thrown.
    pub(crate) is_stopped: bool,
}

/// What waits and runs, at one instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// How many wait, those that are set aside because of an earlier run among them.
    pub(crate) waiting: usize,
    /// How many have a place.
    pub(crate) running: u32,
    /// How many places there are.
    pub(crate) places: u32,
    /// Up to where every slot is settled or started.
    pub(crate) planned_until: UnixMillis,
    /// By tenant.
    pub(crate) tenants: Vec<Share>,
}

/// By lane and verdict.
type ByWords = BTreeMap<(&'static str, &'static str), u64>;

/// Counts of a server.
#[derive(Debug)]
pub(crate) struct Metrics {
    location: LocationName,
    lateness: Histogram,
    runs: Mutex<BTreeMap<TenantName, ByWords>>,
    probes: Mutex<Probes>,
    removed: Mutex<BTreeMap<RetentionKind, u64>>,
    room: Mutex<Option<DiskSpace>>,
}

impl Metrics {
    /// Nothing is counted yet.
    pub(crate) fn new(location: LocationName) -> Self {
        Self {
            location,
            lateness: Histogram::default(),
            runs: Mutex::default(),
            probes: Mutex::default(),
            removed: Mutex::new(RetentionKind::ALL.map(|kind| (kind, 0)).into()),
            room: Mutex::default(),
        }
    }

    /// A slot was handed to the sandbox this long after its instant.
    pub(crate) fn handed_over(&self, late: Duration) {
        self.lateness.observe(late);
    }

    /// A slot or a run has its terminal word.
    pub(crate) fn settled(&self, tenant: &TenantName, lane: Lane, verdict: Verdict) {
        let mut runs = self.runs.lock();
        let key = (lane.as_str(), verdict.as_str());
        match runs.get_mut(tenant) {
            Some(counts) => *counts.entry(key).or_default() += 1,
            None => drop(runs.insert(tenant.clone(), BTreeMap::from([(key, 1)]))),
        }
    }

    /// A scheduled run has ended.
    pub(crate) fn probed(
        &self,
        journey: (TenantName, JourneyName),
        verdict: Verdict,
        last: Option<&AttemptReport>,
        finished: UnixMillis,
    ) {
        self.probes.lock().finished(journey, verdict, last, finished);
    }

    /// So many of a kind are gone, because their time was over.
    pub(crate) fn removed(&self, kind: RetentionKind, count: u64) {
        *self.removed.lock().entry(kind).or_default() += count;
    }

    /// There is so much room on the disk.
    pub(crate) fn room(&self, room: DiskSpace) {
        *self.room.lock() = Some(room);
    }

    /// Keeps only results of journeys that are still there.
    pub(crate) fn retain(&self, is_there: impl Fn(&TenantName, &JourneyName) -> bool) {
        self.probes.lock().retain(is_there);
    }

    /// The page.
    pub(crate) fn render(&self, load: &Load, store: &WriterHealth) -> String {
        let mut page = Page::default();
        let help = "From a slot's instant until it was handed to the sandbox.";
        self.lateness.render(&mut page, "wayfarer_slot_lateness_seconds", help);
        render_load(&mut page, load);
        let name = "wayfarer_runs_total";
        page.family(name, Kind::Counter, "Slots and triggered runs that have their terminal word.");
        for (tenant, counts) in &*self.runs.lock() {
            for ((lane, verdict), count) in counts {
                let labels = [("tenant", tenant.as_str()), ("lane", *lane), ("verdict", *verdict)];
                page.sample(name, &labels, *count as f64);
            }
        }
        render_store(&mut page, store);
        if let Some(room) = *self.room.lock() {
            render_room(&mut page, room);
        }
        let name = "wayfarer_retention_removed_total";
        page.family(
            name,
            Kind::Counter,
            "Excerpts, log lines, artifacts, runs and rows of roll-ups that were too old.",
        );
        for (kind, count) in &*self.removed.lock() {
            page.sample(name, &[("kind", kind.as_str())], *count as f64);
        }
        self.probes.lock().render(&mut page, &self.location);
        page.finish()
    }
}

fn render_load(page: &mut Page, load: &Load) {
    let help = "The most runs that may be in flight at a time.";
    page.single("wayfarer_run_concurrency_limit", Kind::Gauge, help, f64::from(load.places));
    let until = load.planned_until.0 as f64 / 1e3;
    let help = "Up to where every slot is settled or started.";
    page.single("wayfarer_planned_until_timestamp_seconds", Kind::Gauge, help, until);
    let of_tenant = |page: &mut Page, name, help, value: &dyn Fn(&Share) -> f64| {
        page.family(name, Kind::Gauge, help);
        for share in &load.tenants {
            page.sample(name, &[("tenant", share.tenant.as_str())], value(share));
        }
    };
    let help = "Runs of a tenant that wait for a permit.";
    of_tenant(page, "wayfarer_runs_queued", help, &|share| share.waiting as f64);
    let help = "Runs of a tenant that are in flight.";
    of_tenant(page, "wayfarer_runs_in_flight", help, &|share| f64::from(share.running));
    let help = "Whether a tenant's runs are stopped by its kill switch or the whole runner's.";
    of_tenant(page, "wayfarer_tenant_kill_switch", help, &|share| f64::from(u8::from(share.is_stopped)));
}

fn render_room(page: &mut Page, room: DiskSpace) {
    let help = "Room on the disk of the data directory.";
    page.single("wayfarer_disk_free_bytes", Kind::Gauge, help, room.free as f64);
    let help = "Room that is held back for results that are made, and for cleanups.";
    page.single("wayfarer_disk_reserved_bytes", Kind::Gauge, help, room.held as f64);
    let help = "Whether nothing new is run because the disk is nearly full.";
    page.single("wayfarer_disk_full", Kind::Gauge, help, f64::from(u8::from(!room.is_enough)));
}

fn render_store(page: &mut Page, store: &WriterHealth) {
    let up = f64::from(u8::from(store.last_error.is_none()));
    page.single("wayfarer_store_up", Kind::Gauge, "Whether the last transaction was committed.", up);
    let help = "Runs that have ended and wait for their commit.";
    page.single("wayfarer_store_queue_length", Kind::Gauge, help, store.queued as f64);
    page.single("wayfarer_store_rows_total", Kind::Counter, "Rows of runs written.", store.runs as f64);
    // The store's last bound is endless, as the last bucket is here.
    let bounds = COMMIT_BOUNDS_US.split_last().map_or(Vec::new(), |(_, finite)| seconds(finite));
    let sum = store.commit_sum_us as f64 / 1e6;
    let help = "Size of the database's WAL.";
    page.single("wayfarer_store_wal_bytes", Kind::Gauge, help, store.wal_bytes as f64);
    let help = "How long transactions took.";
    page.histogram("wayfarer_store_commit_seconds", help, &bounds, &store.commit_buckets, sum);
}
