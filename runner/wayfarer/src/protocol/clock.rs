//! The server's clock as the API shows it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The server's clock
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ClockInfo {
    /// The time that the server goes by, in unix milliseconds
    pub(crate) now_ms: u64,
    /// The step of the wall clock that nobody believes yet; none if the clock is right
    pub(crate) step: Option<ClockStepInfo>,
}

/// A step of the wall clock
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ClockStepInfo {
    /// How far the wall clock is ahead of the time that the server goes by, in milliseconds; below zero if it is behind
    pub(crate) by_ms: i64,
    /// For how long, in milliseconds
    pub(crate) lasts_ms: u64,
    /// Whether only a person can end it, unless the clock is set right
    pub(crate) needs_person: bool,
}
