//! One attempt for people: the tree of its steps, what failed in them, and the log.

use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::failure::{Failure, FailureKind};
use wayfarer_model::report::{AttemptReport, LogRecord, StepOutcome};
use wayfarer_model::traffic::{Phases, TrafficKind, TrafficRecord};
use wayfarer_model::units::Micros;

use super::excerpt::{lines, plain};
use super::steps::{Node, not_reached, tree};
use super::{Detail, Style};

/// The column at which durations begin.
const COLUMN: usize = 35;
/// Requests of a failed step shown by custom: the last ones.
const REQUESTS: usize = 3;
/// Lines of a log shown by custom: the last ones.
const LOG: usize = 40;

/// Text on the left, more at the usual column. `width` is the text's without its colours.
pub(super) fn columns(left: &str, width: usize, right: &str) -> String {
    let gap = COLUMN.saturating_sub(width).max(2);
    format!("{left}{:gap$}{right}", "")
}

/// Writes down one attempt.
pub(super) struct Page<'a> {
    report: &'a AttemptReport,
    style: Style,
    detail: Detail,
    lines: Vec<String>,
}

impl<'a> Page<'a> {
    /// All lines, none of them ending in a line break.
    pub(super) fn of(
        journey: &'a Descriptor,
        report: &'a AttemptReport,
        style: Style,
        detail: Detail,
    ) -> Vec<String> {
        let mut page = Self { report, style, detail, lines: Vec::new() };
        for node in tree(&report.recording) {
            page.step(&node, 3);
        }
        if !report.verdict.is_good() {
            for name in not_reached(journey, &report.recording) {
                let name = plain(name);
                page.lines.push(style.dim(&columns(
                    &format!("   - {name}"),
                    5 + name.chars().count(),
                    "not reached",
                )));
            }
        }
        page.outside_of_steps();
        page.log();
        page.lines
    }

    fn full(&self) -> bool {
        self.detail == Detail::Full
    }

    fn push(&mut self, indent: usize, text: &str) {
        self.lines.push(format!("{:indent$}{text}", ""));
    }

    fn step(&mut self, node: &Node<'_>, indent: usize) {
        let (mark, ending) = match node.step.outcome {
            StepOutcome::Passed => (self.style.good("✓"), ""),
            StepOutcome::Failed => (self.style.bad("✗"), ""),
            StepOutcome::Open => (self.style.bad("✗"), "  did not end"),
        };
        let name = plain(&node.step.name);
        let right = format!("{}{ending}", node.step.duration_us);
        let width = indent + 2 + name.chars().count();
        self.lines.push(columns(&format!("{:indent$}{mark} {name}", ""), width, &right));
        for inner in &node.inner {
            self.step(inner, indent + 2);
        }
        self.step_details(node, indent + 2);
    }

    fn step_details(&mut self, node: &Node<'_>, indent: usize) {
        let failure = node.step.failure.as_ref();
        let told = |inner: &Node<'_>| inner.step.failure.as_ref().is_some_and(|known| failure == Some(known));
        let passed_on = node.inner.iter().any(told);
        if let Some(failure) = failure.filter(|_| !passed_on) {
            self.failure(failure, indent);
        }
        self.checks(Some(node.number), failure, indent);
        let went_wrong = node.step.outcome != StepOutcome::Passed && !passed_on;
        if went_wrong || self.full() {
            self.requests(Some(node.number), failure, indent);
        }
        self.metrics(Some(node.number), indent);
    }

    /// The failure of the whole, unless a step has told of it, and what was done between steps.
    fn outside_of_steps(&mut self) {
        let report = self.report;
        let told = |failure: &Failure| {
            let by_step = report.recording.steps.iter().filter_map(|step| step.failure.as_ref());
            failure.check.is_some() || by_step.into_iter().any(|known| known.message == failure.message)
        };
        if let Some(failure) = report.failure.as_ref().filter(|failure| !told(failure)) {
            self.failure(failure, 3);
        }
        self.checks(None, None, 3);
        if !report.verdict.is_good() || self.full() {
            self.requests(None, report.failure.as_ref(), 3);
        }
        self.metrics(None, 3);
    }

    fn failure(&mut self, failure: &Failure, indent: usize) {
        let begin = match failure.kind {
            FailureKind::Check if !failure.message.starts_with("check failed") => "check failed: ",
            FailureKind::Panic if !failure.message.starts_with("panicked") => "panicked: ",
            _ => "",
        };
        for line in lines(&format!("{begin}{}", failure.message), 12) {
            let line = self.style.bad(&line);
            self.push(indent, &line);
        }
        self.values(failure.actual.as_deref(), failure.expected.as_deref(), indent);
        self.source(failure.source.as_ref(), indent);
    }

    fn values(&mut self, actual: Option<&str>, expected: Option<&str>, indent: usize) {
        for (name, value) in [("  actual", actual), ("expected", expected)] {
            let Some(value) = value else { continue };
            let mut value = lines(value, 12).into_iter();
            let first = value.next().unwrap_or_default();
            self.push(indent + 1, &format!("{name}: {first}"));
            value.for_each(|line| self.push(indent + 11, &line));
        }
    }

    fn source(&mut self, source: Option<&wayfarer_model::failure::SourceLocation>, indent: usize) {
        if let Some(source) = source {
            let line = self.style.dim(&format!("at {}", plain(&source.to_string())));
            self.push(indent + 2, &line);
        }
    }

    /// Checks that did not hold and that the failure does not tell of already.
    fn checks(&mut self, step: Option<u32>, failure: Option<&Failure>, indent: usize) {
        let known = failure.and_then(|failure| failure.check);
        let report = self.report;
        let checks = (0..).zip(&report.recording.checks);
        for (_, check) in
            checks.filter(|(number, check)| check.step == step && !check.is_passed && known != Some(*number))
        {
            let name = plain(&check.name);
            let line = if check.is_soft {
                self.style.odd(&format!("soft check failed: {name}"))
            } else {
                self.style.bad(&format!("check failed: {name}"))
            };
            self.push(indent, &line);
            self.values(check.actual.as_deref(), check.expected.as_deref(), indent);
            self.source(check.source.as_ref(), indent);
        }
    }

    fn requests(&mut self, step: Option<u32>, failure: Option<&Failure>, indent: usize) {
        let report = self.report;
        let all: Vec<_> = report.recording.traffic.iter().filter(|request| request.step == step).collect();
        let skipped = if self.full() { 0 } else { all.len().saturating_sub(REQUESTS) };
        if skipped > 0 {
            let line = self.style.dim(&format!("{} before, shown by -v", count(skipped, "request")));
            self.push(indent, &line);
        }
        for request in all.into_iter().skip(skipped) {
            self.request(request, failure, indent);
        }
    }

    fn request(&mut self, request: &TrafficRecord, failure: Option<&Failure>, indent: usize) {
        let TrafficKind::Http(http) = &request.kind;
        let head = format!("{} {}", plain(&http.method), plain(&http.url));
        let ended = match (&request.error, http.status) {
            (Some(error), _) => {
                let phase = error.phase.map_or_else(String::new, |phase| format!(" ({})", phase.as_str()));
                self.style.bad(&format!("{}{phase}", word(error.kind)))
            }
            (None, Some(status)) if status >= 400 => self.style.bad(&status.to_string()),
            (None, Some(status)) => status.to_string(),
            (None, None) => self.style.bad("no answer"),
        };
        let total = request.phases.total_us;
        let time = if total == Micros(0) { String::new() } else { format!(" in {total}") };
        self.push(indent, &format!("{head} → {ended}{time}"));
        if (Phases { total_us: Micros(0), ..request.phases }) != Phases::default() {
            let phases = self.style.dim(&phases(&request.phases, request.reused));
            self.push(indent + 2, &phases);
        }
        let error = request.error.as_ref().map(|error| error.message.as_str());
        let known = failure.map_or("", |failure| failure.message.as_str());
        let told = error.or(http.excerpt.as_deref()).filter(|text| !known.contains(*text));
        for line in told.map(|text| lines(text, 3)).unwrap_or_default() {
            self.push(indent + 2, &line);
        }
    }

    fn metrics(&mut self, step: Option<u32>, indent: usize) {
        if !self.full() {
            return;
        }
        let report = self.report;
        for metric in report.recording.metrics.iter().filter(|metric| metric.step == step) {
            let line = format!("{} {} {}", plain(&metric.name), metric.value, plain(&metric.unit));
            self.push(indent, line.trim_end());
        }
    }

    fn log(&mut self) {
        let recording = &self.report.recording;
        let (kept, dropped) = (&recording.logs, recording.logs_dropped_bytes);
        if (kept.is_empty() && dropped == 0) || (self.report.verdict.is_good() && !self.full()) {
            return;
        }
        let heading = self.style.dim("log");
        self.push(3, &heading);
        let skipped = if self.full() { 0 } else { kept.len().saturating_sub(LOG) };
        if skipped > 0 {
            self.push(5, &format!("{} before, shown by -v", count(skipped, "line")));
        }
        kept.iter().skip(skipped).for_each(|record| self.log_line(record));
        if dropped > 0 {
            self.push(5, &format!("{dropped} bytes more were dropped: see `log` under [limits]"));
        }
    }

    fn log_line(&mut self, record: &LogRecord) {
        let pair = |(name, value): &(String, String)| format!("  {}={}", plain(name), plain(value));
        let fields = record.fields.iter().map(pair).collect::<Vec<_>>().concat();
        let text = lines(&record.message, 12).join("\n            ");
        let level = self.style.dim(&format!("{:<6}", plain(&record.level)));
        self.push(5, &format!("{level} {text}{}", self.style.dim(&fields)));
    }
}

/// `1 request`, `2 requests`.
pub(super) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn word(kind: wayfarer_model::traffic::TrafficErrorKind) -> &'static str {
    use wayfarer_model::traffic::TrafficErrorKind as Kind;
    match kind {
        Kind::Denied => "denied",
        Kind::Dns => "dns error",
        Kind::Connect => "connect error",
        Kind::Tls => "tls error",
        Kind::Timeout => "timeout",
        Kind::Protocol => "protocol error",
        Kind::Malformed => "malformed",
        Kind::TooLarge => "too large",
        Kind::Cancelled => "cancelled",
        Kind::Other => "error",
    }
}

fn phases(phases: &Phases, reused: bool) -> String {
    let ms = |us: Micros| us.0 / 1_000;
    let kept = if reused { " · kept connection" } else { "" };
    format!(
        "dns {} · connect {} · tls {} · wait {} · receive {}{kept}",
        ms(phases.dns_us),
        ms(phases.connect_us),
        ms(phases.tls_us),
        ms(phases.wait_us),
        ms(phases.receive_us)
    )
}
