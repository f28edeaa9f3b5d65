//! Events as JSON, one per line, for programs. `wayfarer schema events` prints the schema.
//!
//! Keys and events are never removed or changed. New ones may be added; a reader skips those that it does not know.

use std::io::{self, Write};

use serde::Serialize;
use wayfarer_model::ids::{JourneyName, RunId};
use wayfarer_model::report::AttemptReport;
use wayfarer_model::text::printable_json;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use crate::author::session::{Event, SessionRun, Tally};

/// The JSON Schema of every line.
pub(crate) const SCHEMA: &str = include_str!("../../../schema/events.v1.json");

#[derive(Serialize)]
struct Line<'a> {
    schema_version: u32,
    at_ms: UnixMillis,
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Body<'a> {
    SessionStarted {
        wayfarer: &'static str,
        journeys: usize,
        runs: usize,
        jobs: u32,
    },
    RunStarted {
        run_id: RunId,
        journey: &'a JourneyName,
        title: &'a str,
        tags: &'a [String],
        steps: &'a [String],
    },
    AttemptFinished {
        run_id: RunId,
        journey: &'a JourneyName,
        retried: bool,
        attempt: &'a AttemptReport,
    },
    RunFinished {
        run_id: RunId,
        journey: &'a JourneyName,
        verdict: Verdict,
        reason: &'static str,
        flaky: bool,
        attempts: usize,
        duration_us: Micros,
    },
    SessionFinished {
        runs: usize,
        passed: usize,
        degraded: usize,
        failed: usize,
        broken: usize,
        inconclusive: usize,
        cancelled: usize,
        flaky: usize,
        lost: usize,
        not_begun: usize,
        duration_us: Micros,
        exit_code: u8,
    },
}

pub(crate) struct Json;

impl Json {
    #[expect(clippy::unused_self, reason = "every reporter is called in the same way")]
    pub(super) fn handle(&self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        let Some(line) = line(event) else { return Ok(()) };
        let line = serde_json::to_string(&line)?;
        writeln!(out, "{}", printable_json(&line))
    }
}

fn line(event: &Event) -> Option<Line<'_>> {
    let (at_ms, body) = match event {
        Event::SessionStarted { at, journeys, runs, jobs } => {
            let wayfarer = env!("CARGO_PKG_VERSION");
            (*at, Body::SessionStarted { wayfarer, journeys: *journeys, runs: *runs, jobs: *jobs })
        }
        Event::RunStarted { at, run, journey } => {
            let body = Body::RunStarted {
                run_id: *run,
                journey: &journey.name,
                title: &journey.title,
                tags: &journey.tags,
                steps: &journey.steps,
            };
            (*at, body)
        }
        Event::AttemptFinished { at, run, report, retried } => {
            let journey = &report.context.journey;
            (*at, Body::AttemptFinished { run_id: *run, journey, retried: *retried, attempt: report })
        }
        Event::RunFinished { at, run } => (*at, run_finished(run)),
        Event::SessionFinished { at, tally, duration, exit } => {
            (*at, session_finished(tally, Micros::from_duration(*duration), exit.code()))
        }
        Event::Step(_) => return None,
    };
    Some(Line { schema_version: 1, at_ms, body })
}

fn run_finished(run: &SessionRun) -> Body<'_> {
    Body::RunFinished {
        run_id: run.id,
        journey: &run.journey.name,
        verdict: run.outcome.verdict,
        reason: run.attempts.last().map_or("none", |report| report.reason.as_str()),
        flaky: run.outcome.flaky,
        attempts: run.attempts.len(),
        duration_us: Micros(run.attempts.iter().map(|report| report.duration_us.0).sum()),
    }
}

fn session_finished(tally: &Tally, duration_us: Micros, exit_code: u8) -> Body<'static> {
    Body::SessionFinished {
        runs: tally.finished(),
        passed: tally.of(Verdict::Passed),
        degraded: tally.of(Verdict::Degraded),
        failed: tally.of(Verdict::Failed),
        broken: tally.of(Verdict::Broken),
        inconclusive: tally.of(Verdict::Inconclusive),
        cancelled: tally.of(Verdict::Cancelled),
        flaky: tally.flaky,
        lost: tally.lost,
        not_begun: tally.not_begun,
        duration_us,
        exit_code,
    }
}
