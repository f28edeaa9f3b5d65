//! The families about alerts.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::DeliveryFigures;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeliveryLabels {
    /// Empty for the platform's own.
    tenant: String,
    channel: String,
    result: &'static str,
}

#[derive(Debug, Default)]
pub(super) struct AlertMetrics {
    deliveries: Family<DeliveryLabels, Counter>,
    waiting: Gauge,
    oldest_seconds: Gauge<f64, AtomicU64>,
}

impl AlertMetrics {
    pub(super) fn sent(&self, tenant: Option<&TenantName>, channel: &str, result: &'static str) {
        let tenant = tenant.map(ToString::to_string).unwrap_or_default();
        let labels = DeliveryLabels { tenant, channel: channel.to_owned(), result };
        self.deliveries.get_or_create(&labels).inc();
    }

    pub(super) fn waiting(&self, figures: DeliveryFigures, now: UnixMillis) {
        self.waiting.set(i64::try_from(figures.waiting).unwrap_or(i64::MAX));
        let age = figures.oldest.map_or(0, |oldest| now.0.saturating_sub(oldest.0));
        self.oldest_seconds.set(age as f64 / 1e3);
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "wayfarer_alert_deliveries",
            "Notices that were sent to a channel: delivered, failed (sent again later) or refused",
            self.deliveries.clone(),
        );
        registry.register(
            "wayfarer_alert_deliveries_waiting",
            "Notices that no channel has taken yet",
            self.waiting.clone(),
        );
        registry.register(
            "wayfarer_alert_oldest_waiting_seconds",
            "Age of the oldest of them; 0 without any",
            self.oldest_seconds.clone(),
        );
    }
}
