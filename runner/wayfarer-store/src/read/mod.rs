//! What people and the API read. Everything here uses the pool of connections that only read.

mod artifacts;
mod detail;
mod failing;
mod flakes;
mod journey_history;
mod journeys;
mod last_counted;
mod neighbours;
mod newest_runs;
mod overview;
mod run_list;
mod slots;
mod usage;

pub use artifacts::ArtifactContent;
pub use detail::RunDetail;
pub use flakes::Flake;
pub use journey_history::{PeriodFigures, PeriodLength, RunMark, RunPage, StepFigures};
pub use journeys::{DayFigures, JourneyStatus};
pub use last_counted::LastCounted;
pub use neighbours::Neighbours;
pub use overview::{JourneyFigures, Rates, RecentSlot};
pub use run_list::{RunFilter, RunRow, RunningRow};
pub(crate) use slots::settled;
pub use usage::Usage;
