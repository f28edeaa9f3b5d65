//! For people: one line per run; for a run that did not pass also the steps, the failure and its requests.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use super::attempt::{AttemptLines, columns, count};
use super::request_lines::request_lines;
use super::step_table::StepTable;
use super::style::label;
use super::{Detail, Style};
use crate::author::session::{Event, SessionRun, Tally};
use crate::view::progress;

pub(crate) struct List {
    style: Style,
    detail: Detail,
    /// Whether each request has a line, also of a good run.
    with_requests: bool,
    /// For a session that runs its journeys more than once.
    steps: Option<StepTable>,
}

impl List {
    pub(super) fn new(style: Style, detail: Detail) -> Self {
        Self { style, detail, with_requests: false, steps: None }
    }

    /// The same with a line for each request.
    pub(super) fn with_requests(self, with_requests: bool) -> Self {
        Self { with_requests, ..self }
    }

    pub(super) fn handle(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::SessionStarted { journeys, runs, .. } => {
                self.steps = (runs > journeys).then(StepTable::default);
                Ok(())
            }
            Event::RunFinished { run, at } => {
                if let Some(steps) = &mut self.steps {
                    steps.add(run);
                }
                out.write_all(self.run(run, *at).as_bytes())
            }
            Event::SessionFinished { tally, duration, .. } => {
                if let Some(steps) = &self.steps {
                    out.write_all(steps.text(self.style).as_bytes())?;
                }
                writeln!(out, "{}", self.summary(tally, *duration))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, run: &SessionRun, at: UnixMillis) -> String {
        let uneventful = run.outcome.verdict == Verdict::Passed && !run.outcome.flaky;
        if uneventful && self.detail == Detail::Quiet {
            return String::new();
        }
        let mut text = String::new();
        if let Some(last) = run.attempts.last() {
            line(&mut text, &self.header(run, last));
        }
        let several = run.attempts.len() > 1;
        for report in &run.attempts {
            if several {
                line(&mut text, &self.attempt_header(report));
            }
            if self.with_requests {
                for shown in request_lines(report, at, self.style) {
                    line(&mut text, &shown);
                }
            }
            if report.verdict != Verdict::Passed || self.detail == Detail::Full {
                for shown in AttemptLines::of(&run.journey, report, self.style, self.detail) {
                    line(&mut text, &shown);
                }
            }
        }
        text
    }

    fn header(&self, run: &SessionRun, last: &AttemptReport) -> String {
        let verdict = run.outcome.verdict;
        let label = label(verdict, run.outcome.flaky);
        let name = run.journey.name.as_str();
        let colour = if run.outcome.flaky { Verdict::Degraded } else { verdict };
        let left = format!("{}  {}", self.style.verdict(colour, label), self.style.bold(name));
        let took: u64 = run.attempts.iter().map(|report| report.duration_us.0).sum();
        columns(&left, &format!("{:<5}  {}", Micros(took).to_string(), facts(run, last)))
    }

    fn attempt_header(&self, report: &AttemptReport) -> String {
        let left = format!("   attempt {} {}", report.context.number, report.verdict);
        self.style.dim(&columns(&left, &report.duration_us.to_string()))
    }

    fn summary(&self, tally: &Tally, duration: Duration) -> String {
        let mut parts: Vec<(String, Verdict)> =
            tally.verdicts().map(|(verdict, count)| (format!("{count} {verdict}"), verdict)).collect();
        if tally.flaky > 0 {
            parts.push((format!("{} flaky", tally.flaky), Verdict::Degraded));
        }
        if tally.lost > 0 {
            parts.push((format!("{} lost", tally.lost), Verdict::Inconclusive));
        }
        if tally.not_begun > 0 {
            parts.push((format!("{} not begun", tally.not_begun), Verdict::Inconclusive));
        }
        if parts.is_empty() {
            parts.push(("nothing ran".to_owned(), Verdict::Inconclusive));
        }
        let painted: Vec<String> =
            parts.iter().map(|(text, verdict)| self.style.verdict(*verdict, text)).collect();
        let left = format!("{}  {}", self.style.bold("Summary"), painted.join(", "));
        columns(&left, &Micros::from_duration(duration).to_string())
    }
}

/// The text after a run's duration.
fn facts(run: &SessionRun, last: &AttemptReport) -> String {
    let (done, known) = progress(&run.journey, &last.recording, last.verdict.is_good());
    let steps = if known == 1 { "step" } else { "steps" };
    let mut facts = format!("{done}/{known} {steps}, {}", count(last.recording.traffic.len(), "request"));
    if run.attempts.len() > 1 {
        // Writing to a string does not fail.
        let _ = write!(facts, ", {} attempts", run.attempts.len());
    }
    if matches!(run.outcome.verdict, Verdict::Broken | Verdict::Inconclusive) {
        let _ = write!(facts, ", {}", last.reason);
    }
    facts
}

fn line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}
