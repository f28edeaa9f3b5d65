//! The families about runs that are queued or in flight.

use prometheus_client::encoding::{EncodeGaugeValue, EncodeLabelSet};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::StoredFigures;

use super::gauges::{Counters, Gauges};

/// One tenant's runs at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TenantLoad {
    pub(crate) tenant: TenantName,
    /// Runs that wait for a permit.
    pub(crate) queued: usize,
    pub(crate) in_flight: u32,
    /// Whether the tenant's kill switch is on, or the whole runner's.
    pub(crate) is_stopped: bool,
    /// What its runs hold in memory, and what they may, in bytes.
    pub(crate) memory: (u64, u64),
    pub(crate) stored: StoredFigures,
}

/// All runs at one instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Runs that wait for a permit, including those that wait for an earlier run of their journey.
    pub(crate) queued: usize,
    pub(crate) in_flight: u32,
    /// The most runs that may be in flight at a time.
    pub(crate) concurrency_limit: u32,
    /// What runs hold in memory, and what they may, in bytes.
    pub(crate) memory: (u64, u64),
    /// Every slot before this instant is settled or started.
    pub(crate) planned_until: UnixMillis,
    pub(crate) tenants: Vec<TenantLoad>,
}

#[derive(Debug, EncodeLabelSet)]
struct TenantLabels {
    tenant: String,
}

impl Load {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "wayfarer_run_concurrency_limit",
            "The most runs that may be in flight at a time",
            ConstGauge::new(self.concurrency_limit),
        );
        registry.register(
            "wayfarer_run_memory_bytes",
            "Memory that runs hold, their guests' and what the runner holds for them",
            ConstGauge::new(self.memory.0),
        );
        registry.register(
            "wayfarer_run_memory_limit_bytes",
            "The most memory that runs may hold",
            ConstGauge::new(self.memory.1),
        );
        registry.register(
            "wayfarer_tenant_memory_bytes",
            "Memory that a tenant's runs hold",
            self.by_tenant(|tenant| tenant.memory.0),
        );
        registry.register(
            "wayfarer_tenant_memory_limit_bytes",
            "The most memory that a tenant's runs may hold",
            self.by_tenant(|tenant| tenant.memory.1),
        );
        registry.register(
            "wayfarer_tenant_stored_bytes",
            "Bytes that a tenant's recordings have in the database",
            self.by_tenant(|tenant| tenant.stored.bytes),
        );
        registry.register(
            "wayfarer_tenant_stored_limit_bytes",
            "The most bytes that a tenant's recordings may have; absent without a limit",
            self.by_tenant_with(|tenant| tenant.stored.limit),
        );
        registry.register(
            "wayfarer_tenant_runs_reduced",
            "Runs whose recordings were reduced because their tenant's stored bytes were used up",
            self.samples(|tenant| Some(tenant.stored.reduced_runs)).collect::<Counters<_>>(),
        );
        registry.register(
            "wayfarer_planned_until_timestamp_seconds",
            "Every slot before this instant is settled or started",
            ConstGauge::new(self.planned_until.0 as f64 / 1e3),
        );
        registry.register(
            "wayfarer_runs_queued",
            "Runs of a tenant that wait for a permit",
            self.by_tenant(|tenant| tenant.queued as u64),
        );
        registry.register(
            "wayfarer_runs_in_flight",
            "Runs of a tenant that are in flight",
            self.by_tenant(|tenant| tenant.in_flight),
        );
        registry.register(
            "wayfarer_tenant_kill_switch",
            "1 if a tenant's runs are stopped by its kill switch or by the whole runner's",
            self.by_tenant(|tenant| u32::from(tenant.is_stopped)),
        );
    }

    fn by_tenant<V: EncodeGaugeValue>(&self, value: impl Fn(&TenantLoad) -> V) -> Gauges<TenantLabels, V> {
        self.by_tenant_with(|tenant| Some(value(tenant)))
    }

    fn by_tenant_with<V: EncodeGaugeValue>(
        &self,
        value: impl Fn(&TenantLoad) -> Option<V>,
    ) -> Gauges<TenantLabels, V> {
        self.samples(value).collect()
    }

    fn samples<V>(
        &self,
        value: impl Fn(&TenantLoad) -> Option<V>,
    ) -> impl Iterator<Item = (TenantLabels, V)> {
        let labels = |load: &TenantLoad| TenantLabels { tenant: load.tenant.to_string() };
        self.tenants.iter().filter_map(move |load| Some((labels(load), value(load)?)))
    }
}
