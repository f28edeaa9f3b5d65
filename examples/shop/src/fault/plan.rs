//! The effects on one request, from all faults that cover it.

use std::time::Duration;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) delay: Duration,
    pub(crate) answer: Option<Canned>,
    pub(crate) pace: Option<Pace>,
    pub(crate) reset: Option<When>,
}

/// A response that replaces the handler's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Canned {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

/// When a connection is reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum When {
    /// Before the handler runs.
    #[default]
    Before,
    /// In place of the response: the shop placed the order, but the client does not know.
    After,
}

/// The pace of a slow body: one chunk after each wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) chunk: usize,
    pub(crate) wait: Duration,
}

impl Pace {
    /// Ten chunks a second, or one byte at a time below ten bytes a second.
    pub(crate) fn bytes_per_second(rate: u64) -> Self {
        let rate = rate.max(1);
        if rate < 10 {
            return Self { chunk: 1, wait: Duration::from_secs(1) / rate as u32 };
        }
        Self { chunk: (rate / 10) as usize, wait: Duration::from_millis(100) }
    }

    /// 64 bytes after each delay.
    pub(crate) fn chunk_delay(wait: Duration) -> Self {
        Self { chunk: 64, wait }
    }
}
