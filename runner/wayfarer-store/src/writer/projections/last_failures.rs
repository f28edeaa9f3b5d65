//! Each journey's last failed run of the lane `scheduled` at each location: `last_failure`. Retention keeps that run, and a search for it
//! among all runs would hold the writer for too long.

use wayfarer_model::context::Lane;
use wayfarer_model::verdict::Verdict;

use super::completed_run::{CompletedRun, Standing};
use super::run_rows::RunRows;
use crate::writer::statement::{ManyRows, Value};

pub(super) fn last_failures() -> RunRows {
    let statement = ManyRows::new(
        "writing to the table last_failure",
        "INSERT INTO last_failure (journey, location, run, slot_ms) VALUES",
        4,
        // Runs may end in another order than they were due in.
        "ON CONFLICT (journey, location) DO UPDATE SET run = excluded.run, slot_ms = excluded.slot_ms
         WHERE excluded.slot_ms >= last_failure.slot_ms",
    );
    RunRows::new(&["last_failure"], statement, put)
}

/// Runs of periods that are not whole count too: a last failure outlives the other runs of its time.
fn put(run: &CompletedRun<'_>, values: &mut Vec<Value>) {
    if run.lane == Lane::Scheduled && run.verdict == Verdict::Failed && run.standing != Standing::Voided {
        values.extend([run.journey.0.into(), run.location.0.into(), run.number.into(), run.slot.0.into()]);
    }
}
