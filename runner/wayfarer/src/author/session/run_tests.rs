//! Sessions over walkers that follow a script: order, retries, repetition, interruption, exit codes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use wayfarer_model::cancel::CancelCause;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::retry::RetryPolicy;
use wayfarer_model::verdict::Verdict;
use wayfarer_testkit::within;

use super::*;
use crate::shutdown::Cancellation;
use crate::view::samples;

/// Answers with the verdicts of a journey's script, in order, the last one for ever.
struct Scripted {
    scripts: Vec<Vec<Verdict>>,
    under_way: AtomicUsize,
    most: AtomicUsize,
    walked: Mutex<Vec<(usize, u32)>>,
    /// An attempt began.
    begun: Notify,
}

impl Scripted {
    fn new(scripts: &[&[Verdict]]) -> Arc<Self> {
        Arc::new(Self {
            scripts: scripts.iter().map(|script| script.to_vec()).collect(),
            under_way: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            walked: Mutex::default(),
            begun: Notify::new(),
        })
    }
}

impl Walk for Scripted {
    async fn walk(&self, order: AttemptOrder) -> Option<AttemptReport> {
        let script = self.scripts.get(order.index)?;
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        self.walked.lock().unwrap().push((order.index, order.number));
        self.begun.notify_one();
        let verdict = script.get(order.number as usize - 1).or(script.last()).copied()?;
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
            _ = order.cancellation.cancelled() => {}
        }
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        let verdict = if order.cancellation.is_cancelled() { Verdict::Cancelled } else { verdict };
        Some(samples::report(verdict, order.number))
    }
}

struct Heard {
    exit: u8,
    words: Vec<String>,
    tally: Tally,
}

async fn session(walker: &Arc<Scripted>, plan: SessionPlan, retries: u32, stop: Cancellation) -> Heard {
    let selected: Vec<SelectedJourney> = (0..walker.scripts.len())
        .map(|index| SelectedJourney {
            journey: Arc::new(samples::journey(&format!("j{index}"), &[])),
            retry: RetryPolicy::of(retries),
            index,
        })
        .collect();
    let (mut words, mut last) = (Vec::new(), Tally::default());
    let exit = run_all(walker, &selected, plan, stop, |event| {
        words.push(match event {
            Event::SessionStarted { runs, .. } => format!("begin {runs}"),
            Event::RunStarted { journey, .. } => format!("run {}", journey.name),
            Event::AttemptFinished { report, retried, .. } => format!("{} {retried}", report.verdict),
            Event::RunFinished { run, .. } => format!("end {} {}", run.journey.name, run.outcome.flaky),
            Event::SessionFinished { tally, .. } => {
                last = tally.clone();
                "over".to_owned()
            }
            Event::Step(_) => return,
        });
    })
    .await;
    Heard { exit: exit.code(), words, tally: last }
}

fn plan(jobs: u32, repeat: u32) -> SessionPlan {
    SessionPlan { jobs, repeat, fails: FailOn::default() }
}

#[tokio::test]
async fn retries_keep_every_attempt_and_mark_the_flaky() {
    use Verdict::{Broken, Failed, Passed};
    let stop = Cancellation::new();
    let walker = Scripted::new(&[&[Failed, Passed], &[Broken]]);
    let heard = session(&walker, plan(1, 1), 2, stop).await;
    let expected = [
        "begin 2",
        "run j0",
        "failed true",
        "passed false",
        "end j0 true",
        "run j1",
        "broken false",
        "end j1 false",
        "over",
    ];
    assert_eq!(heard.words, expected);
    assert_eq!((heard.exit, heard.tally.flaky), (3, 1));
}

#[tokio::test]
async fn no_more_at_a_time_than_asked_for_and_every_repetition() {
    let stop = Cancellation::new();
    let walker = Scripted::new(&[&[Verdict::Passed], &[Verdict::Passed]]);
    let heard = session(&walker, plan(2, 3), 0, stop).await;
    assert_eq!((heard.exit, heard.tally.finished()), (0, 6));
    assert_eq!(walker.most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_interruption_cancels_what_runs_and_begins_no_more() {
    let stop = Cancellation::new();
    let walker = Scripted::new(&[&[Verdict::Failed], &[Verdict::Passed]]);
    let (heard, ()) = tokio::join!(session(&walker, plan(1, 1), 5, stop.clone()), async {
        within("the first attempt begins", walker.begun.notified()).await;
        stop.cancel(CancelCause::Person);
    });
    assert_eq!(heard.exit, 130);
    assert_eq!(heard.words, ["begin 2", "run j0", "cancelled false", "end j0 false", "over"]);
    assert_eq!(heard.tally.not_begun, 1);
}

#[tokio::test]
async fn a_run_that_the_runner_loses_is_never_green() {
    let stop = Cancellation::new();
    let walker = Scripted::new(&[&[]]);
    let heard = session(&walker, plan(1, 1), 0, stop).await;
    assert_eq!((heard.exit, heard.tally.lost), (5, 1));
}
