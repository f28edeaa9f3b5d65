//! How attempts of a journey follow each other, as a part of its version that travels.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::retry::{RetryPolicy, RetryReason};

use super::journey_body::micros;

/// How attempts follow each other
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct RetryBody {
    /// From the first attempt to the second, less up to a half by chance; each further wait is twice as long, up to 10 s
    pub(crate) wait_us: u64,
    /// The reasons of an attempt that lead to another
    #[schema(value_type = Vec<String>)]
    pub(crate) on: Vec<RetryReason>,
    /// The most retries of the journey in an hour
    pub(crate) per_hour: u32,
}

impl Default for RetryBody {
    fn default() -> Self {
        RetryPolicy::default().into()
    }
}

impl From<RetryPolicy> for RetryBody {
    fn from(RetryPolicy { retries: _, backoff, on, per_hour }: RetryPolicy) -> Self {
        Self { wait_us: micros(backoff), on: on.iter().collect(), per_hour }
    }
}

impl From<RetryBody> for RetryPolicy {
    fn from(RetryBody { wait_us, on, per_hour }: RetryBody) -> Self {
        let backoff = Duration::from_micros(wait_us);
        Self { backoff, on: on.into_iter().collect(), per_hour, ..Self::default() }
    }
}
