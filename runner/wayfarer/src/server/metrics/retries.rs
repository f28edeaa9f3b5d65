//! The families about retries and about hosts that are dead.

use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::registry::Registry;

use super::gauges::{Counters, Gauges};
use crate::server::retries::RetryFigures;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    tenant: String,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TenantLabels {
    tenant: String,
}

#[derive(Debug, Default)]
pub(super) struct RetryMetrics(Mutex<RetryFigures>);

impl RetryMetrics {
    pub(super) fn set(&self, figures: RetryFigures) {
        *self.0.lock() = figures;
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let RetryFigures { answers, open_circuits } = &*self.0.lock();
        let answers = answers.iter().map(|((tenant, answer), count)| {
            (AnswerLabels { tenant: tenant.to_string(), result: answer.as_str() }, *count)
        });
        registry.register(
            "wayfarer_retries",
            "Retries that a journey's policy asked for: made, over-budget (of the hour) or circuit-open (its host is dead)",
            answers.collect::<Counters<_>>(),
        );
        let open = open_circuits.iter();
        let open = open.map(|(tenant, count)| (TenantLabels { tenant: tenant.to_string() }, *count as f64));
        registry.register(
            "wayfarer_circuits_open",
            "Hosts that gave no useful answer five times in a row, toward which retries and confirmation runs are spaced out",
            open.collect::<Gauges<_, _>>(),
        );
    }
}
