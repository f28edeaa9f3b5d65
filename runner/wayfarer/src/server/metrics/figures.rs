//! The server's own figures at one instant as values, for the API and for people. `/metrics` has them as families.

use std::time::Duration;

use wayfarer_model::units::UnixMillis;
use wayfarer_store::{DiskSpace, WriterHealth};

use super::lateness::Lateness;
use super::load::Load;
use super::traces::TraceFigures;
use super::unwell::Part;

/// All of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures {
    pub(crate) load: Load,
    pub(crate) store: WriterHealth,
    /// None before the disk was looked at first.
    pub(crate) disk: Option<DiskSpace>,
    pub(crate) lateness: Lateness,
    pub(crate) unwell: Vec<Part>,
    /// By name.
    pub(crate) tasks: Vec<TaskFigures>,
    /// None while no traces are exported.
    pub(crate) traces: Option<TraceFigures>,
}

/// What one background task did since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TaskFigures {
    pub(crate) task: &'static str,
    /// Passes that have ended, and how many of them failed.
    pub(crate) passes: u64,
    pub(crate) failures: u64,
    /// Whether the last pass failed.
    pub(crate) fails: bool,
    /// When the last pass that did not fail ended.
    pub(crate) last_success: Option<UnixMillis>,
    /// How long the last pass took.
    pub(crate) took: Duration,
}
