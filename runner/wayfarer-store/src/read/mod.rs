//! What people and the API read. Everything here uses the pool of connections that only read.

mod detail;
mod failing;
mod flakes;
mod journeys;
mod run_list;
mod slots;

pub use detail::RunDetail;
pub use flakes::Flake;
pub use journeys::{DayFigures, JourneyStatus};
pub use run_list::{RunFilter, RunRow, RunningRow};
pub(crate) use slots::settled;
