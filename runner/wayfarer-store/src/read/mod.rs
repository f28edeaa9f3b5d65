//! What people and the API read. Everything here comes from the pool that only reads.

mod detail;
mod failing;
mod journeys;
mod runs;
mod slots;

pub use detail::RunDetail;
pub use journeys::{DayFigures, JourneyStatus};
pub use runs::{RunFilter, RunRow, RunningRow};
pub(crate) use slots::settled;
