//! Runs the selected journeys, some at a time, and reports what happens as [`Event`]s.
//!
//! Every attempt is kept. Runs start in the order of the selection and end in any order; the events of one run are in
//! order. After an interruption no further run starts, and those in flight are cancelled and still reported.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::RunId;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::retry::{RetryPolicy, outcome};
use wayfarer_model::units::UnixMillis;

use super::{Event, FailOn, SessionRun, Tally};
use crate::clock::{Stopwatch, now};
use crate::exit::Exit;
use crate::runnable::attempts;
use crate::shutdown::Cancellation;

/// One journey that is going to run.
#[derive(Debug, Clone)]
pub(crate) struct SelectedJourney {
    pub(crate) journey: Arc<Descriptor>,
    pub(crate) retry: RetryPolicy,
    /// Its index among the walker's journeys.
    pub(crate) index: usize,
}

/// How to go through the selection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionPlan {
    /// How many runs at a time.
    pub(crate) jobs: u32,
    /// How many runs of each journey.
    pub(crate) repeat: u32,
    /// Which good runs are failures.
    pub(crate) fails: FailOn,
}

/// One attempt to be made.
#[derive(Debug, Clone)]
pub(crate) struct AttemptOrder {
    /// The journey's index among the walker's journeys.
    pub(crate) index: usize,
    pub(crate) run: RunId,
    /// When the run was asked for: the same for all its attempts.
    pub(crate) slot: UnixMillis,
    /// From 1.
    pub(crate) number: u32,
    /// Receives steps as they begin and end.
    pub(crate) events: UnboundedSender<Event>,
    pub(crate) cancellation: Cancellation,
}

/// Makes one attempt.
pub(crate) trait Walk: Send + Sync + 'static {
    /// Whatever happens is in the report; none if no journey has that index.
    fn walk(&self, order: AttemptOrder) -> impl Future<Output = Option<AttemptReport>> + Send;
}

/// Runs everything and passes each event to `report`, from the start of the session to its end.
pub(crate) async fn run_all<W: Walk>(
    walker: &Arc<W>,
    selected: &[SelectedJourney],
    plan: SessionPlan,
    cancellation: Cancellation,
    mut report: impl FnMut(&Event),
) -> Exit {
    let watch = Stopwatch::start();
    let runs = selected.len() * plan.repeat as usize;
    report(&Event::SessionStarted { at: now(), journeys: selected.len(), runs, jobs: plan.jobs });
    let mut queue = (0..plan.repeat).flat_map(|_| selected.iter());
    let (events, mut inbox) = unbounded_channel();
    let mut tasks = JoinSet::new();
    let mut tally = Tally::default();
    let mut started = 0;
    loop {
        while !cancellation.is_cancelled() && tasks.len() < plan.jobs.max(1) as usize {
            let Some(next) = queue.next() else { break };
            started += 1;
            tasks.spawn(one_run(Arc::clone(walker), next.clone(), events.clone(), cancellation.clone()));
        }
        if tasks.is_empty() {
            break;
        }
        tokio::select! {
            Some(event) = inbox.recv() => report(&event),
            Some(ended) = tasks.join_next() => {
                drain(&mut inbox, &mut report);
                match ended {
                    Ok(run) => finish(run, &mut tally, &mut report),
                    Err(error) => {
                        tracing::error!(%error, "a run was lost");
                        tally.lost += 1;
                    }
                }
            }
            _ = cancellation.cancelled(), if !cancellation.is_cancelled() => {}
        }
    }
    tally.not_begun = runs - started;
    let exit = tally.exit(plan.fails, cancellation.is_cancelled());
    report(&Event::SessionFinished { at: now(), tally, duration: watch.elapsed(), exit });
    exit
}

fn drain(inbox: &mut UnboundedReceiver<Event>, report: &mut impl FnMut(&Event)) {
    while let Ok(event) = inbox.try_recv() {
        report(&event);
    }
}

fn finish(run: Option<SessionRun>, tally: &mut Tally, report: &mut impl FnMut(&Event)) {
    let Some(run) = run else {
        tally.lost += 1;
        return;
    };
    tally.count(run.outcome);
    report(&Event::RunFinished { at: now(), run: Arc::new(run) });
}

/// All attempts of one run. None only if the walker does not know the journey: a fault of the runner.
async fn one_run<W: Walk>(
    walker: Arc<W>,
    selected: SelectedJourney,
    events: UnboundedSender<Event>,
    cancellation: Cancellation,
) -> Option<SessionRun> {
    let slot = now();
    let id = RunId::new(slot, rand::random());
    // A closed channel means that the session has ended and nobody reads any more.
    let say = |event| drop(events.send(event));
    say(Event::RunStarted { at: slot, run: id, journey: Arc::clone(&selected.journey) });
    let attempt = |number| {
        let (index, events, cancellation) = (selected.index, events.clone(), cancellation.clone());
        let walker = Arc::clone(&walker);
        async move { walker.walk(AttemptOrder { index, run: id, slot, number, events, cancellation }).await }
    };
    let ended = |report: &Arc<AttemptReport>, retried| {
        say(Event::AttemptFinished { at: now(), run: id, report: Arc::clone(report), retried });
    };
    let attempts = attempts((selected.retry, id), &cancellation, attempt, || true, ended).await?;
    let verdicts: Vec<_> = attempts.iter().map(|report| report.verdict).collect();
    Some(SessionRun { journey: selected.journey, id, outcome: outcome(&verdicts)?, attempts })
}
