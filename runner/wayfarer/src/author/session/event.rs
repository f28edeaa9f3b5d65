//! What happens in a session, in the order in which reporters receive it.

use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::RunId;
use wayfarer_model::report::{AttemptReport, StepOutcome};
use wayfarer_model::retry::RunOutcome;
use wayfarer_model::units::UnixMillis;

use super::Tally;
use crate::exit::Exit;

/// One run, finished.
#[derive(Debug, Clone)]
pub(crate) struct SessionRun {
    pub(crate) journey: Arc<Descriptor>,
    pub(crate) id: RunId,
    /// Every attempt, the first one first.
    pub(crate) attempts: Vec<Arc<AttemptReport>>,
    pub(crate) outcome: RunOutcome,
}

/// A step of a run in flight.
#[derive(Debug, Clone)]
pub(crate) struct StepEvent {
    pub(crate) run: RunId,
    pub(crate) name: String,
    /// How it ended; none when it began.
    pub(crate) outcome: Option<StepOutcome>,
}

/// What happens.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// Every journey is ready to run.
    SessionStarted {
        at: UnixMillis,
        /// How many journeys were selected.
        journeys: usize,
        /// How many runs there will be.
        runs: usize,
        /// How many at a time.
        jobs: u32,
    },
    /// A run started.
    RunStarted { at: UnixMillis, run: RunId, journey: Arc<Descriptor> },
    /// A step began or ended. For live display only; the attempt's report holds them all.
    Step(StepEvent),
    /// An attempt ended.
    AttemptFinished {
        at: UnixMillis,
        run: RunId,
        report: Arc<AttemptReport>,
        /// Whether another attempt follows.
        retried: bool,
    },
    /// A run ended.
    RunFinished { at: UnixMillis, run: Arc<SessionRun> },
    /// The session ended.
    SessionFinished {
        at: UnixMillis,
        tally: Tally,
        duration: Duration,
        /// How the command will end.
        exit: Exit,
    },
}
