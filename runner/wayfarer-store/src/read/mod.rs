//! What people and the API read. Everything here uses the pool of connections that only read.

mod artifacts;
mod detail;
mod failing;
mod flakes;
mod journeys;
mod last_counted;
mod newest_runs;
mod run_list;
mod slots;

pub use artifacts::ArtifactContent;
pub use detail::RunDetail;
pub use flakes::Flake;
pub use journeys::{DayFigures, JourneyStatus};
pub use last_counted::LastCounted;
pub use run_list::{RunFilter, RunRow, RunningRow};
pub(crate) use slots::settled;
