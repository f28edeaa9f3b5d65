//! Gauges and counters whose values are read at the scrape. They are written in the order in which they are given.

use std::fmt;

use prometheus_client::encoding::{
    EncodeGaugeValue, EncodeLabelSet, EncodeMetric, MetricEncoder, NoLabelSet,
};
use prometheus_client::metrics::MetricType;

/// One family: labels and the value for each.
#[derive(Debug)]
pub(super) struct Gauges<L, V>(Vec<(L, V)>);

impl<L, V> FromIterator<(L, V)> for Gauges<L, V> {
    fn from_iter<I: IntoIterator<Item = (L, V)>>(samples: I) -> Self {
        Self(samples.into_iter().collect())
    }
}

impl<L: EncodeLabelSet, V: EncodeGaugeValue> EncodeMetric for Gauges<L, V> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (labels, value) in &self.0 {
            encoder.encode_family(labels)?.encode_gauge(value)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }
}

/// The same of counters.
#[derive(Debug)]
pub(super) struct Counters<L>(Vec<(L, u64)>);

impl<L> FromIterator<(L, u64)> for Counters<L> {
    fn from_iter<I: IntoIterator<Item = (L, u64)>>(samples: I) -> Self {
        Self(samples.into_iter().collect())
    }
}

impl<L: EncodeLabelSet> EncodeMetric for Counters<L> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (labels, value) in &self.0 {
            encoder.encode_family(labels)?.encode_counter::<NoLabelSet, _, u64>(value, None)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }
}
