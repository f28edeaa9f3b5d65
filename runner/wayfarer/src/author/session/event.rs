//! What happens in a session, in the order in which reporters hear of it.

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
pub(crate) struct Run {
    /// What was walked.
    pub(crate) journey: Arc<Descriptor>,
    /// Its public id.
    pub(crate) id: RunId,
    /// Every attempt, the first one first.
    pub(crate) attempts: Vec<Arc<AttemptReport>>,
    /// What they amount to.
    pub(crate) outcome: RunOutcome,
}

/// A step of a run under way.
#[derive(Debug, Clone)]
pub(crate) struct StepEvent {
    /// The run.
    pub(crate) run: RunId,
    /// Its name.
    pub(crate) name: String,
    /// How it ended; none when it began.
    pub(crate) outcome: Option<StepOutcome>,
}

/// What happens.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// Everything is prepared.
    SessionStarted {
        /// Now.
        at: UnixMillis,
        /// How many journeys were selected.
        journeys: usize,
        /// How many runs there will be.
        runs: usize,
        /// How many at a time.
        jobs: u32,
    },
    /// A run began.
    RunStarted {
        /// Now.
        at: UnixMillis,
        /// Its public id.
        run: RunId,
        /// What is walked.
        journey: Arc<Descriptor>,
    },
    /// A step began or ended. For live display only; the attempt's report holds them all.
    Step(StepEvent),
    /// An attempt ended.
    AttemptFinished {
        /// Now.
        at: UnixMillis,
        /// The run.
        run: RunId,
        /// All of it.
        report: Arc<AttemptReport>,
        /// Whether another attempt follows.
        retried: bool,
    },
    /// A run ended.
    RunFinished {
        /// Now.
        at: UnixMillis,
        /// All of it.
        run: Arc<Run>,
    },
    /// All is over.
    SessionFinished {
        /// Now.
        at: UnixMillis,
        /// What it amounts to.
        tally: Tally,
        /// How long it took.
        duration: Duration,
        /// How the command will end.
        exit: Exit,
    },
}
