//! Walks what was prepared, some at a time, and tells of it.
//!
//! Every attempt is kept. Runs are begun in the order of the plan and end in any order; events of one run come
//! in order. After an interruption nothing more is begun, and what is under way is cancelled and still told.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::RunId;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::retry::{RetryPolicy, outcome};
use wayfarer_model::units::UnixMillis;

use super::{Event, Run, Tally};
use crate::clock::{Stopwatch, now};
use crate::exit::Exit;
use crate::runnable::attempts;
use crate::shutdown::Stop;

/// One journey that is going to be walked.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    /// What it is.
    pub(crate) journey: Arc<Descriptor>,
    /// How often it may be tried.
    pub(crate) retry: RetryPolicy,
    /// Its place among the prepared; the walker knows the rest.
    pub(crate) place: usize,
}

/// How to go through the plan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    /// How many runs at a time.
    pub(crate) jobs: u32,
    /// How many runs of each journey.
    pub(crate) repeat: u32,
    /// Whether a degraded run is a failure.
    pub(crate) fail_on_degraded: bool,
}

/// One attempt to be made.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// The journey's place among the prepared.
    pub(crate) place: usize,
    /// The run.
    pub(crate) run: RunId,
    /// When the run was asked for: the same for all its attempts.
    pub(crate) slot: UnixMillis,
    /// From 1.
    pub(crate) number: u32,
    /// Where steps are told of.
    pub(crate) steps: UnboundedSender<Event>,
    /// Ends the attempt early.
    pub(crate) stop: Stop,
}

/// Makes one attempt.
pub(crate) trait Walk: Send + Sync + 'static {
    /// Whatever happens is in the report; none if nothing has that place.
    fn walk(&self, order: Order) -> impl Future<Output = Option<AttemptReport>> + Send;
}

/// Walks everything and tells `hear` of it, the start and the end of the session included.
pub(crate) async fn run_all<W: Walk>(
    walker: &Arc<W>,
    plan: &[Planned],
    schedule: Schedule,
    mut stop: Stop,
    mut hear: impl FnMut(&Event),
) -> Exit {
    let watch = Stopwatch::start();
    let runs = plan.len() * schedule.repeat as usize;
    hear(&Event::SessionStarted { at: now(), journeys: plan.len(), runs, jobs: schedule.jobs });
    let mut queue = (0..schedule.repeat).flat_map(|_| plan.iter());
    let (tell, mut told) = unbounded_channel();
    let mut tasks = JoinSet::new();
    let mut tally = Tally::default();
    let mut begun = 0;
    loop {
        while !stop.is_set() && tasks.len() < schedule.jobs.max(1) as usize {
            let Some(planned) = queue.next() else { break };
            begun += 1;
            tasks.spawn(one_run(Arc::clone(walker), planned.clone(), tell.clone(), stop.clone()));
        }
        if tasks.is_empty() {
            break;
        }
        tokio::select! {
            Some(event) = told.recv() => hear(&event),
            Some(ended) = tasks.join_next() => {
                drain(&mut told, &mut hear);
                match ended {
                    Ok(run) => finish(run, &mut tally, &mut hear),
                    Err(error) => {
                        tracing::error!(%error, "a run was lost");
                        tally.lost += 1;
                    }
                }
            }
            () = stop.wait(), if !stop.is_set() => {}
        }
    }
    tally.not_begun = runs - begun;
    let exit = tally.exit(schedule.fail_on_degraded, stop.is_set());
    hear(&Event::SessionFinished { at: now(), tally, duration: watch.elapsed(), exit });
    exit
}

fn drain(told: &mut UnboundedReceiver<Event>, hear: &mut impl FnMut(&Event)) {
    while let Ok(event) = told.try_recv() {
        hear(&event);
    }
}

fn finish(run: Option<Run>, tally: &mut Tally, hear: &mut impl FnMut(&Event)) {
    let Some(run) = run else {
        tally.lost += 1;
        return;
    };
    tally.count(run.outcome);
    hear(&Event::RunFinished { at: now(), run: Arc::new(run) });
}

/// All attempts of one run. None only if the walker does not know the journey: a fault of the runner.
async fn one_run<W: Walk>(
    walker: Arc<W>,
    planned: Planned,
    tell: UnboundedSender<Event>,
    stop: Stop,
) -> Option<Run> {
    let slot = now();
    let id = RunId::new(slot, rand::random());
    // A closed channel means that the session is over; there is nobody left to tell.
    let say = |event| drop(tell.send(event));
    say(Event::RunStarted { at: slot, run: id, journey: Arc::clone(&planned.journey) });
    let attempt = |number| {
        let (place, steps, stop) = (planned.place, tell.clone(), stop.clone());
        let walker = Arc::clone(&walker);
        async move { walker.walk(Order { place, run: id, slot, number, steps, stop }).await }
    };
    let told = |report: &Arc<AttemptReport>, retried| {
        say(Event::AttemptFinished { at: now(), run: id, report: Arc::clone(report), retried });
    };
    let attempts = attempts(planned.retry, &mut stop.clone(), attempt, told).await?;
    let verdicts: Vec<_> = attempts.iter().map(|report| report.verdict).collect();
    Some(Run { journey: planned.journey, id, outcome: outcome(&verdicts)?, attempts })
}
