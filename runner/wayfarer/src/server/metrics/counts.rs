//! What is counted while runs go by, and the scrape that puts all families together.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::{Histogram, NativeHistogramConfig};
use prometheus_client::registry::Registry;
use wayfarer_model::context::Lane;
use wayfarer_model::ids::{JourneyName, LocationName, TenantName};
use wayfarer_model::incident::IncidentKind;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{DeliveryFigures, DiskSpace, RetentionKind, TraceBacklog, WriterHealth};

use super::alerts::AlertMetrics;
use super::background::{BackgroundMetrics, TaskMetrics};
use super::figures::Figures;
use super::lateness::RecentLateness;
use super::load::Load;
use super::outlook::{Look, Outlook};
use super::probe::Probes;
use super::recent::RecentRuns;
use super::retries::RetryMetrics;
use super::scrape::Scrape;
use super::storage::{register_disk, register_store};
use super::traces::{SpanResult, TraceMetrics};
use super::unwell::{Part, register_unwell};
use crate::server::retries::RetryFigures;

/// Upper bounds of the classic buckets of lateness, in seconds.
const LATENESS_BOUNDS: [f64; 12] =
    [0.000_25, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 10.0];
/// Native buckets before their resolution is halved. Prometheus' own servers use the same limit.
const NATIVE_BUCKETS: usize = 160;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RunLabels {
    tenant: String,
    lane: &'static str,
    verdict: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct IncidentLabels {
    tenant: String,
    kind: &'static str,
}

/// Audit events among what retention removes.
const AUDIT: KindLabels = KindLabels { kind: "audit" };

/// Counts of one server, from its start on.
#[derive(Debug)]
pub(crate) struct Metrics {
    location: LocationName,
    /// In seconds.
    lateness: Histogram,
    runs: Family<RunLabels, Counter>,
    removed: Family<KindLabels, Counter>,
    open_incidents: Family<IncidentLabels, Gauge>,
    background: BackgroundMetrics,
    alerts: AlertMetrics,
    traces: TraceMetrics,
    retries: RetryMetrics,
    probes: Mutex<Probes>,
    disk: Mutex<Option<DiskSpace>>,
    recent: Mutex<RecentRuns>,
    recent_lateness: Mutex<RecentLateness>,
    outlook: Mutex<Outlook>,
    unwell: Mutex<BTreeSet<Part>>,
    /// How far the wall clock has stepped, in milliseconds.
    clock_step: AtomicI64,
}

impl Metrics {
    pub(crate) fn new(location: LocationName) -> Self {
        let native = NativeHistogramConfig::default().max_buckets(NATIVE_BUCKETS);
        let removed: Family<KindLabels, Counter> = Family::default();
        for kind in RetentionKind::ALL {
            drop(removed.get_or_create(&KindLabels { kind: kind.as_str() }));
        }
        drop(removed.get_or_create(&AUDIT));
        Self {
            location,
            lateness: Histogram::new_classic_and_native(LATENESS_BOUNDS, native),
            runs: Family::default(),
            removed,
            open_incidents: Family::default(),
            background: BackgroundMetrics::default(),
            alerts: AlertMetrics::default(),
            traces: TraceMetrics::default(),
            retries: RetryMetrics::default(),
            probes: Mutex::default(),
            disk: Mutex::default(),
            recent: Mutex::default(),
            recent_lateness: Mutex::default(),
            outlook: Mutex::default(),
            unwell: Mutex::default(),
            clock_step: AtomicI64::new(0),
        }
    }

    /// Counts a slot that was handed to the sandbox so long after its instant.
    pub(crate) fn handed_over(&self, late: Duration) {
        self.lateness.observe(late.as_secs_f64());
        self.recent_lateness.lock().handed_over(late);
    }

    /// Counts a slot or a triggered run that has got its terminal verdict.
    pub(crate) fn settled(&self, tenant: &TenantName, lane: Lane, verdict: Verdict) {
        let labels = RunLabels { tenant: tenant.to_string(), lane: lane.as_str(), verdict: verdict.as_str() };
        self.runs.get_or_create(&labels).inc();
    }

    /// Takes over the verdict of a run that was made.
    pub(crate) fn ended(&self, verdict: Verdict) {
        self.recent.lock().ended(verdict);
    }

    /// How many of the last 20 runs were inconclusive, if they were above half.
    pub(crate) fn mostly_inconclusive(&self) -> Option<usize> {
        self.recent.lock().mostly_inconclusive()
    }

    /// Takes over what the control probe saw, and says whether something is wrong.
    pub(crate) fn looked_out(&self, look: Look) -> bool {
        self.outlook.lock().looked(look)
    }

    /// Since when the runner's own network is unwell, and what is wrong with it.
    pub(crate) fn network_unwell(&self) -> Option<(UnixMillis, &'static str)> {
        self.outlook.lock().unwell()
    }

    /// Remembers which parts of the runner itself are unwell.
    pub(crate) fn unwell(&self, parts: BTreeSet<Part>) {
        *self.unwell.lock() = parts;
    }

    /// Takes over a scheduled run that has ended; `last` is its last attempt.
    pub(crate) fn probed(
        &self,
        journey: (TenantName, JourneyName),
        verdict: Verdict,
        last: Option<&AttemptReport>,
        finished: UnixMillis,
    ) {
        self.probes.lock().finished(journey, verdict, last, finished);
    }

    /// Takes over when a journey's last counted run ended, from before this process began.
    pub(crate) fn counted_before(&self, journey: (TenantName, JourneyName), at: UnixMillis) {
        self.probes.lock().counted_before(journey, at);
    }

    /// A scheduled slot of a journey had no run, for a reason that may last.
    pub(crate) fn blind(&self, tenant: &TenantName, journey: &JourneyName) {
        self.probes.lock().blind(&(tenant.clone(), journey.clone()));
    }

    /// Counts what retention has removed.
    pub(crate) fn removed(&self, kind: RetentionKind, count: u64) {
        self.removed.get_or_create(&KindLabels { kind: kind.as_str() }).inc_by(count);
    }

    /// Counts audit events that retention has removed.
    pub(crate) fn removed_audit_events(&self, count: u64) {
        self.removed.get_or_create(&AUDIT).inc_by(count);
    }

    /// Remembers how many incidents are open. Kinds without one keep their series, at 0. The platform's own have an empty tenant.
    pub(crate) fn open_incidents(&self, open: &[(Option<TenantName>, IncidentKind, u64)]) {
        let labels = |tenant: Option<&TenantName>, kind: IncidentKind| IncidentLabels {
            tenant: tenant.map(TenantName::to_string).unwrap_or_default(),
            kind: kind.as_str(),
        };
        for (tenant, kind, count) in open {
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            self.open_incidents.get_or_create(&labels(tenant.as_ref(), *kind)).set(count);
        }
    }

    /// Remembers what became of retries, and which hosts are dead.
    pub(crate) fn retries(&self, figures: RetryFigures) {
        self.retries.set(figures);
    }

    /// Remembers how full the disk is.
    pub(crate) fn disk_space(&self, disk: DiskSpace) {
        *self.disk.lock() = Some(disk);
    }

    /// Remembers how far the wall clock has stepped, in milliseconds; zero if it has not.
    pub(crate) fn clock_step(&self, by_ms: i64) {
        self.clock_step.store(by_ms, Ordering::Relaxed);
    }

    /// When beacons and control names were asked last, and whether something was wrong then.
    pub(crate) fn last_look(&self) -> Option<(UnixMillis, bool)> {
        self.outlook.lock().last()
    }

    /// Counts a notice that was sent to a channel, by what became of it.
    pub(crate) fn alert_sent(&self, tenant: Option<&TenantName>, channel: &str, result: &'static str) {
        self.alerts.sent(tenant, channel, result);
    }

    /// Remembers how many notices wait.
    pub(crate) fn alerts_waiting(&self, figures: DeliveryFigures, now: UnixMillis) {
        self.alerts.waiting(figures, now);
    }

    /// Counts spans that were sent, by what became of them.
    pub(crate) fn spans(&self, result: SpanResult, count: u64) {
        self.traces.spans(result, count);
    }

    /// Counts a request with spans that is sent again.
    pub(crate) fn trace_request_failed(&self, error: String) {
        self.traces.request_failed(error);
    }

    /// The receiver of traces has answered a request for good.
    pub(crate) fn trace_request_taken(&self) {
        self.traces.request_taken();
    }

    /// Counts rows that were removed before the receiver of traces could have them.
    pub(crate) fn traces_removed(&self, rows: u64) {
        self.traces.removed(rows);
    }

    /// Remembers that no traces are exported.
    pub(crate) fn no_traces(&self) {
        self.traces.off();
    }

    /// Remembers what the export of traces has not come to yet.
    pub(crate) fn traces_behind(&self, backlog: TraceBacklog, now: UnixMillis) {
        self.traces.behind(backlog, now);
    }

    /// What the background task of that name reports into.
    pub(crate) fn background_task(&self, name: &'static str) -> TaskMetrics {
        self.background.task(name)
    }

    /// Forgets the results of journeys that are not deployed any more.
    pub(crate) fn retain(&self, is_deployed: impl Fn(&TenantName, &JourneyName) -> bool) {
        self.probes.lock().retain(is_deployed);
    }

    /// The figures that people look at, with what the dispatcher and the store say at this instant.
    pub(crate) fn figures(&self, load: Load, store: WriterHealth) -> Figures {
        Figures {
            load,
            store,
            disk: *self.disk.lock(),
            lateness: self.recent_lateness.lock().summary(),
            unwell: self.unwell.lock().iter().copied().collect(),
            tasks: self.background.figures(),
            traces: self.traces.figures(),
        }
    }

    /// All families, with what the dispatcher and the store say at this instant.
    pub(crate) fn scrape(&self, load: &Load, store: &WriterHealth, now: UnixMillis) -> Scrape {
        let mut registry = Registry::default();
        registry.register(
            "wayfarer_slot_lateness_seconds",
            "Time from a slot's instant until it was handed to the sandbox",
            self.lateness.clone(),
        );
        registry.register(
            "wayfarer_runs",
            "Slots and triggered runs that have got their terminal verdict",
            self.runs.clone(),
        );
        load.register(&mut registry);
        register_store(&mut registry, store);
        if let Some(disk) = *self.disk.lock() {
            register_disk(&mut registry, disk);
        }
        registry.register(
            "wayfarer_incidents_open",
            "Incidents that are open, by kind",
            self.open_incidents.clone(),
        );
        registry.register(
            "wayfarer_clock_step_seconds",
            "How far the wall clock stepped while nobody believes it; 0 if it is right",
            ConstGauge::new(self.clock_step.load(Ordering::Relaxed) as f64 / 1e3),
        );
        self.outlook.lock().register(&mut registry);
        register_unwell(&mut registry, &self.unwell.lock());
        registry.register(
            "wayfarer_retention_removed",
            "Excerpts of bodies, log lines, artifacts, runs, rows of roll-ups and audit events that retention has removed",
            self.removed.clone(),
        );
        self.retries.register(&mut registry);
        self.alerts.register(&mut registry);
        self.traces.register(&mut registry);
        self.background.register(&mut registry);
        self.probes.lock().register(&mut registry, &self.location, now);
        Scrape(registry)
    }
}
