//! One attempt for people: the tree of its steps, what failed in them, and the log.

use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::exchange::{BodyRecord, MessageRecord};
use wayfarer_model::failure::{Failure, FailureKind};
use wayfarer_model::report::{AttemptReport, LogRecord, StepOutcome};
use wayfarer_model::traffic::Phases;
use wayfarer_model::units::Micros;

use super::excerpt::{lines, plain};
use super::width::width;
use super::{Detail, Style};
use crate::view::{AttemptView, Evidence, RequestView, StepView, attempt, telling_headers};

/// The column at which durations begin.
const COLUMN: usize = 35;
/// Requests that are shown of a step that went wrong: the last ones. `-v` shows all.
const REQUESTS: usize = 3;
/// Lines that are shown of a log: the last ones. `-v` shows all.
const LOG: usize = 40;
/// Lines that are shown of a body, and with `-v`.
const BODY: usize = 3;
const WHOLE_BODY: usize = 40;

/// `left`, then `right` from the column on at which durations begin.
pub(super) fn columns(left: &str, right: &str) -> String {
    let gap = COLUMN.saturating_sub(width(left)).max(2);
    format!("{left}{:gap$}{right}", "")
}

/// The lines of one attempt while they are written.
pub(super) struct AttemptLines {
    style: Style,
    detail: Detail,
    lines: Vec<String>,
}

impl AttemptLines {
    /// All lines, without line breaks.
    pub(super) fn of(
        journey: &Descriptor,
        report: &AttemptReport,
        style: Style,
        detail: Detail,
    ) -> Vec<String> {
        let view = attempt(journey, report);
        let mut page = Self { style, detail, lines: Vec::new() };
        for step in &view.steps {
            page.step(step, 3);
        }
        for name in &view.not_reached {
            let line = columns(&format!("   - {}", plain(name)), "not reached");
            page.lines.push(style.dim(&line));
        }
        page.evidence(&view.outside, 3);
        page.log(&view);
        page.reduced(&view);
        page.lines
    }

    fn is_full(&self) -> bool {
        self.detail == Detail::Full
    }

    fn push(&mut self, indent: usize, text: &str) {
        self.lines.push(format!("{:indent$}{text}", ""));
    }

    fn step(&mut self, view: &StepView<'_>, indent: usize) {
        let (mark, ending) = match view.step.outcome {
            StepOutcome::Passed => (self.style.good("✓"), ""),
            StepOutcome::Failed => (self.style.bad("✗"), ""),
            StepOutcome::Open => (self.style.bad("✗"), "  did not end"),
        };
        let left = format!("{:indent$}{mark} {}", "", plain(&view.step.name));
        self.lines.push(columns(&left, &format!("{}{ending}", view.step.duration_us)));
        for inner in &view.inner {
            self.step(inner, indent + 2);
        }
        self.evidence(&view.evidence, indent + 2);
    }

    fn evidence(&mut self, evidence: &Evidence<'_>, indent: usize) {
        if let Some(failure) = evidence.failure() {
            self.failure(failure, indent);
        }
        self.checks(evidence, indent);
        if evidence.went_wrong || self.is_full() {
            self.requests(evidence, indent);
        }
        if self.is_full() {
            for metric in &evidence.metrics {
                let line = format!("{} {} {}", plain(&metric.name), metric.value, plain(&metric.unit));
                self.push(indent, line.trim_end());
            }
        }
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

    fn checks(&mut self, evidence: &Evidence<'_>, indent: usize) {
        for check in &evidence.checks {
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

    fn requests(&mut self, evidence: &Evidence<'_>, indent: usize) {
        let all = &evidence.requests;
        let skipped = if self.is_full() { 0 } else { all.len().saturating_sub(REQUESTS) };
        if skipped > 0 {
            let line = self.style.dim(&format!("{} before, shown by -v", count(skipped, "request")));
            self.push(indent, &line);
        }
        for request in all.iter().skip(skipped) {
            self.request(request, evidence, indent);
        }
    }

    fn request(&mut self, view: &RequestView<'_>, evidence: &Evidence<'_>, indent: usize) {
        let request = view.record;
        let http = request.kind.as_request();
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
        let is_answered = view.exchange.is_some_and(|exchange| {
            exchange.received.as_ref().is_some_and(|answer| !answer.body.content.is_empty())
        });
        let excerpt = http.excerpt.as_deref().filter(|_| !is_answered);
        let news = error.or(excerpt).filter(|text| !evidence.already_says(text));
        for line in news.map(|text| lines(text, BODY)).unwrap_or_default() {
            self.push(indent + 2, &line);
        }
        self.exchange(view, evidence, indent + 2);
    }

    /// Heads and bodies: of the answer that explains a failure its beginning, with `-v` all that was kept.
    fn exchange(&mut self, view: &RequestView<'_>, evidence: &Evidence<'_>, indent: usize) {
        let Some(exchange) = view.exchange else { return };
        if self.is_full() {
            self.message('>', &exchange.sent, indent);
            if let Some(received) = &exchange.received {
                self.message('<', received, indent);
            }
            return;
        }
        let is_bad = view.record.kind.as_request().status.is_some_and(|status| status >= 400);
        let Some(received) = exchange.received.as_ref().filter(|_| view.is_cause || is_bad) else { return };
        let telling = telling_headers(received).map(|(name, value)| format!("{name}: {}", plain(value)));
        let telling = telling.collect::<Vec<_>>().join(" · ");
        if !telling.is_empty() {
            let telling = self.style.dim(&telling);
            self.push(indent, &telling);
        }
        if !received.body.text().is_some_and(|text| !text.is_empty() && evidence.already_says(text)) {
            self.body(received, BODY, indent);
        }
    }

    fn message(&mut self, mark: char, message: &MessageRecord, indent: usize) {
        for (name, value) in &message.headers {
            let line = self.style.dim(&format!("{mark} {}: {}", plain(name), plain(value)));
            self.push(indent, &line);
        }
        if message.headers_left_out > 0 {
            let more = count(message.headers_left_out as usize, "header");
            let line = self.style.dim(&format!("{mark} … {more} more"));
            self.push(indent, &line);
        }
        self.body(message, WHOLE_BODY, indent);
    }

    fn body(&mut self, message: &MessageRecord, most: usize, indent: usize) {
        let body = &message.body;
        if body.is_lost {
            self.push(indent, &format!("({})", BodyRecord::LOST));
            return;
        }
        // A journey that takes no body has none here. The excerpt of its request tells the beginning.
        if body.content.is_empty() {
            return;
        }
        let Some(text) = body.text() else {
            let kind = message.header("content-type").unwrap_or("no text");
            let cut = if body.is_cut { "the first " } else { "" };
            let line = format!("({cut}{} of {})", count(body.content.len(), "byte"), plain(kind));
            self.push(indent, &line);
            return;
        };
        let shown = lines(text, most);
        let is_all = shown.last().is_none_or(|line| line != "…");
        for line in shown {
            self.push(indent, &line);
        }
        if body.is_cut && is_all {
            self.push(indent, "…");
        }
    }

    fn log(&mut self, view: &AttemptView<'_>) {
        let (kept, dropped) = (view.logs, view.logs_dropped_bytes);
        if (kept.is_empty() && dropped == 0) || (view.is_good && !self.is_full()) {
            return;
        }
        let heading = self.style.dim("log");
        self.push(3, &heading);
        let skipped = if self.is_full() { 0 } else { kept.len().saturating_sub(LOG) };
        if skipped > 0 {
            self.push(5, &format!("{} before, shown by -v", count(skipped, "line")));
        }
        kept.iter().skip(skipped).for_each(|record| self.log_line(record));
        if dropped > 0 {
            self.push(5, &format!("{dropped} bytes more were dropped: raise `log` under [limits]"));
        }
    }

    fn reduced(&mut self, view: &AttemptView<'_>) {
        let Some(requests) = view.reduced_requests else { return };
        let kept = "only this was kept, because the tenant's stored bytes were used up";
        let line = self.style.dim(&format!("{kept}; it made {}", count(requests as usize, "request")));
        self.push(3, &line);
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
        Kind::Credentials => "credentials",
        Kind::Clock => "clock",
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
