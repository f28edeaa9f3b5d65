//! Runs and the events of their session, for tests.

use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::report::AttemptReport;
use wayfarer_model::retry::outcome;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Verdict;

use crate::author::session::{Event, FailOn, SessionRun, Tally};
use crate::exit::Exit;
use crate::view::samples::{journey, run_id};

pub(crate) fn run(attempts: Vec<AttemptReport>) -> Arc<SessionRun> {
    let verdicts: Vec<Verdict> = attempts.iter().map(|report| report.verdict).collect();
    Arc::new(SessionRun {
        journey: Arc::new(journey("checkout", &["log in", "place order", "order visible"])),
        id: run_id(),
        attempts: attempts.into_iter().map(Arc::new).collect(),
        outcome: outcome(&verdicts).unwrap(),
    })
}

/// Every event of a session of those runs.
pub(crate) fn session(runs: &[Arc<SessionRun>]) -> Vec<Event> {
    let at = UnixMillis(1_790_000_000_000);
    let mut tally = Tally::default();
    let mut events = vec![Event::SessionStarted { at, journeys: runs.len(), runs: runs.len(), jobs: 2 }];
    for run in runs {
        tally.count(run.outcome);
        events.push(Event::RunStarted { at, run: run.id, journey: Arc::clone(&run.journey) });
        for (position, report) in run.attempts.iter().enumerate() {
            let retried = position + 1 < run.attempts.len();
            events.push(Event::AttemptFinished { at, run: run.id, report: Arc::clone(report), retried });
        }
        events.push(Event::RunFinished { at, run: Arc::clone(run) });
    }
    let exit = if runs.is_empty() { Exit::Nothing } else { tally.exit(FailOn::default(), false) };
    events.push(Event::SessionFinished { at, tally, duration: Duration::from_millis(1_400), exit });
    events
}
