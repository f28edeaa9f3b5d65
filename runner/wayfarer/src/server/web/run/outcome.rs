//! What a run came to, in the lines at the head of its page; and each attempt in a line.

use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{RunDetail, RunRow};

use super::flow::FailureText;
use crate::server::web::charts::{Mark, legend};
use crate::server::web::figures::counted;
use crate::server::web::instants::Instant;
use crate::server::web::markup::Markup;

/// The head of the page.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) mark: Markup,
    /// The verdict, or that it was flaky.
    pub(super) word: &'static str,
    pub(super) slot: Instant,
    /// What is worth knowing beside the verdict, each with its name.
    pub(super) facts: Vec<(&'static str, String)>,
    /// The failure that decided the verdict.
    pub(super) failure: Option<FailureText>,
    /// What is said of a run that does not count as its verdict says.
    pub(super) remarks: Vec<String>,
}

/// An attempt in a line.
#[derive(Debug)]
pub(super) struct AttemptLine {
    pub(super) number: u32,
    pub(super) verdict: Verdict,
    pub(super) mark: Markup,
    pub(super) reason: String,
    pub(super) took: String,
    /// Processor time and memory.
    pub(super) used: String,
    pub(super) message: Option<String>,
}

impl Outcome {
    pub(super) fn new(detail: &RunDetail, now: UnixMillis) -> Self {
        let row = &detail.row;
        let is_flaky = row.verdict.is_good() && row.first_verdict.is_some_and(|first| !first.is_good());
        let mark = Mark::of(row.verdict, is_flaky);
        let failure = detail.attempts.last().and_then(|attempt| attempt.failure.as_ref()).map(Into::into);
        let word = if is_flaky { "flaky" } else { row.verdict.as_str() };
        Self {
            mark: legend(mark),
            word,
            slot: Instant::new(row.slot.0, now),
            facts: facts(row, now),
            failure,
            remarks: remarks(row),
        }
    }
}

fn facts(row: &RunRow, now: UnixMillis) -> Vec<(&'static str, String)> {
    let reason = row.reason.as_str();
    let late = row.started.map(|started| started.0.saturating_sub(row.slot.0)).filter(|late| *late >= 1_000);
    let facts = [
        ("took", row.duration.map(|took| took.to_string())),
        ("reason", Some(reason.to_owned()).filter(|reason| reason != "none")),
        ("attempts", Some(counted(row.attempts as usize, "attempt")).filter(|_| row.attempts != 1)),
        ("lane", Some(row.lane.as_str().to_owned())),
        ("location", Some(row.location.to_string())),
        ("version", Some(version(row))),
        ("began", row.started.map(|started| Instant::new(started.0, now).shown)),
        ("after its slot", late.map(|late| Micros(late * 1_000).to_string())),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn version(row: &RunRow) -> String {
    let from = row.provenance.to_string();
    if from.is_empty() { row.version.to_string() } else { format!("{} ({from})", row.version) }
}

fn remarks(row: &RunRow) -> Vec<String> {
    let void = row.void.as_ref().map(|void| {
        let note = if void.note.is_empty() { String::new() } else { format!(": {}", void.note) };
        format!("{} has taken this run out of the rates{note}", void.by)
    });
    let window = row.maintenance.map(|window| {
        format!("it was due within maintenance window {}, so that it counts in no rate", window.number())
    });
    let unrun = row.verdict.is_unrun().then(|| "the slot had no run: the reason says why".to_owned());
    [void, window, unrun].into_iter().flatten().collect()
}

impl AttemptLine {
    pub(super) fn new(report: &AttemptReport) -> Self {
        let message = report.failure.as_ref().and_then(|failure| failure.message.lines().next());
        Self {
            number: report.context.number,
            verdict: report.verdict,
            mark: legend(Mark::of(report.verdict, false)),
            reason: report.reason.as_str().to_owned(),
            took: report.duration_us.to_string(),
            used: format!("{} of processor, {:.1} MB", report.cpu_us, report.memory_peak.0 as f64 / 1e6),
            message: message.map(str::to_owned),
        }
    }
}
