//! How one journey went over a range of time, as the API and the page show it.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wayfarer_model::ids::TenantName;

use super::RatesInfo;

/// The range that is wanted
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// The tenant; the token's own where nothing is said
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<TenantName>,
    /// From this instant on, in unix milliseconds; by default a day before the end
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from_ms: Option<u64>,
    /// Up to this instant, in unix milliseconds; by default up to now
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until_ms: Option<u64>,
}

/// How a journey went over a range
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct HistoryInfo {
    /// The beginning of the range, in unix milliseconds
    pub(crate) from_ms: u64,
    /// Its end
    pub(crate) until_ms: u64,
    /// How long each period is, in milliseconds: an hour, or a UTC day for more than 14 days
    pub(crate) period_ms: u64,
    /// Periods with a slot, the oldest first
    pub(crate) periods: Vec<PeriodInfo>,
    /// The journey's steps, by name
    pub(crate) steps: Vec<StepHistoryInfo>,
}

/// An hour or a day of a journey
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(crate) struct PeriodInfo {
    /// Its beginning, in unix milliseconds
    pub(crate) from_ms: u64,
    pub(crate) rates: RatesInfo,
    /// Of good runs' durations, in microseconds: those of the slowest location
    pub(crate) p50_us: Option<u64>,
    /// The same
    pub(crate) p95_us: Option<u64>,
    /// The same
    pub(crate) p99_us: Option<u64>,
}

/// A step over the range, and over as long a range before it
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct StepHistoryInfo {
    /// Its name
    pub(crate) step: String,
    /// How often it passed
    pub(crate) passed: u64,
    /// How often it failed, or was open when its attempt ended
    pub(crate) failed: u64,
    /// How long it took on average where it passed, in microseconds
    pub(crate) mean_us: Option<u64>,
    /// The greatest 95th percentile of an hour, in microseconds
    pub(crate) p95_us: Option<u64>,
    /// The average in the range before, in microseconds
    pub(crate) mean_before_us: Option<u64>,
}

/// A figure that a journey records, over a range
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct MetricSeriesInfo {
    /// As the journey names it
    pub(crate) name: String,
    /// Such as `EUR`; may be empty
    pub(crate) unit: String,
    /// Names and values that tell figures of one name apart
    #[schema(value_type = Vec<Vec<String>>)]
    pub(crate) labels: Vec<(String, String)>,
    /// In the order of slots: of some 300 runs at most, chosen evenly
    pub(crate) points: Vec<MetricPointInfo>,
}

/// A figure of one run
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct MetricPointInfo {
    /// The run's slot, in unix milliseconds
    pub(crate) slot_ms: u64,
    /// The figure
    pub(crate) value: f64,
}
