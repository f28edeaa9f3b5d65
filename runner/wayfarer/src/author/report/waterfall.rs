//! One attempt on a time axis: its steps, and in each its requests with their phases, as bars under each other.
//!
//! A bar shows where in the attempt something was and how long it took. Everything that took any time at all
//! is at least one cell wide, so a bar says where, and the figure beside it how long.

use wayfarer_model::report::AttemptReport;
use wayfarer_model::traffic::{TrafficKind, TrafficRecord};
use wayfarer_model::units::Micros;

use super::Style;
use super::excerpt::plain;
use super::steps::{Node, tree};

/// Cells of the time axis.
const AXIS: usize = 48;
/// Cells of the names.
const NAMES: usize = 38;

/// What the letters of a bar mean.
pub(super) const LEGEND: &str = "· dns  - connect  = tls  ▒ wait  █ receive";

/// The lines, none of them ending in a line break.
pub(super) fn waterfall(report: &AttemptReport, style: Style) -> Vec<String> {
    let mut chart = Chart { report, style, lines: Vec::new() };
    let end = report.duration_us.to_string();
    let left = format!("{:NAMES$} {:>7} {:>7}  ", "", "at", "took");
    chart.lines.push(style.dim(&format!("{left}0{:>width$}", end, width = AXIS - 1)));
    chart.requests(None, 0);
    for node in tree(&report.recording) {
        chart.step(&node, 0);
    }
    if !report.recording.traffic.is_empty() {
        chart.lines.push(style.dim(&format!("{:left$}{LEGEND}", "", left = left.len())));
    }
    chart.lines
}

struct Chart<'a> {
    report: &'a AttemptReport,
    style: Style,
    lines: Vec<String>,
}

impl Chart<'_> {
    fn step(&mut self, node: &Node<'_>, depth: usize) {
        let (at, took) = (node.step.started_us, node.step.duration_us);
        let bar = self.bar(at, &[(took, '─')]);
        let is_good = node.step.outcome == wayfarer_model::report::StepOutcome::Passed;
        let bar = if is_good { self.style.good(&bar) } else { self.style.bad(&bar) };
        self.line(&plain(&node.step.name), depth, (at, took), &bar);
        self.requests(Some(node.number), depth + 1);
        for inner in &node.inner {
            self.step(inner, depth + 1);
        }
    }

    fn requests(&mut self, step: Option<u32>, depth: usize) {
        let report = self.report;
        for request in report.recording.traffic.iter().filter(|request| request.step == step) {
            let phases = request.phases;
            let bar = self.bar(
                request.started_us,
                &[
                    (phases.dns_us, '·'),
                    (phases.connect_us, '-'),
                    (phases.tls_us, '='),
                    (phases.wait_us, '▒'),
                    (phases.receive_us, '█'),
                ],
            );
            let bar = if is_good(request) { bar } else { self.style.bad(&bar) };
            self.line(&name(request), depth, (request.started_us, phases.total_us), &bar);
        }
    }

    fn line(&mut self, name: &str, depth: usize, (at, took): (Micros, Micros), bar: &str) {
        let room = NAMES.saturating_sub(depth * 2);
        let name: String = if name.chars().count() > room {
            name.chars().take(room.saturating_sub(1)).chain(['…']).collect()
        } else {
            name.to_owned()
        };
        let times = self.style.dim(&format!("{at:>7} {took:>7}"));
        let line = format!("{:indent$}{name:<room$} {times}  {bar}", "", indent = depth * 2);
        self.lines.push(line.trim_end().to_owned());
    }

    /// Parts that follow each other, each at least one cell wide where it took any time.
    fn bar(&self, at: Micros, parts: &[(Micros, char)]) -> String {
        let total = self.report.duration_us.0.max(1);
        let cell = |time: u64| (time.saturating_mul(AXIS as u64) / total) as usize;
        let begin = cell(at.0).min(AXIS - 1);
        let mut bar = " ".repeat(begin);
        let (mut time, mut used) = (at.0, begin);
        for (took, letter) in parts.iter().filter(|(took, _)| *took > Micros(0)) {
            time += took.0;
            let end = cell(time).max(used + 1).min(AXIS);
            bar.extend(std::iter::repeat_n(*letter, end.saturating_sub(used)));
            used = used.max(end);
        }
        bar
    }
}

fn is_good(record: &TrafficRecord) -> bool {
    let TrafficKind::Http(http) = &record.kind;
    record.error.is_none() && http.status.is_none_or(|status| status < 400)
}

/// Method, path and how it ended: the host is told in the details.
fn name(record: &TrafficRecord) -> String {
    let TrafficKind::Http(http) = &record.kind;
    let url = http.url.split_once("://").map_or(http.url.as_str(), |(_, rest)| rest);
    let path = url.find('/').and_then(|slash| url.get(slash..)).unwrap_or("/");
    let ended = match (http.status, &record.error) {
        (_, Some(_)) => "✗".to_owned(),
        (Some(status), None) => status.to_string(),
        (None, None) => "…".to_owned(),
    };
    plain(&format!("{ended} {} {path}", http.method))
}
