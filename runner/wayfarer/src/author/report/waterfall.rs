//! One attempt's timeline as text: bars below each other on a common axis.
//!
//! A bar shows where in the attempt something was. Each segment that took any time is at least one cell wide, so a
//! short one is too wide: the number beside the bar says how long it took.

use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::Micros;

use super::Style;
use super::excerpt::plain;
use super::width::{padded, shortened};
use crate::view::{Bar, Segment, SegmentKind, timeline};

/// Columns of the time axis.
const AXIS: usize = 48;
/// Columns of the names.
const NAMES: usize = 38;

const LEGEND: &str = "· dns  - connect  = tls  ▒ wait  █ receive";

/// The lines, without line breaks.
pub(super) fn waterfall(report: &AttemptReport, style: Style) -> Vec<String> {
    let end = report.duration_us.to_string();
    let left = format!("{:NAMES$} {:>7} {:>7}  ", "", "at", "took");
    let mut lines = vec![style.dim(&format!("{left}0{:>width$}", end, width = AXIS - 1))];
    lines.extend(timeline(report).iter().map(|bar| line(bar, report.duration_us, style)));
    if !report.recording.requests.is_empty() {
        lines.push(style.dim(&format!("{:left$}{LEGEND}", "", left = left.len())));
    }
    lines
}

fn line(bar: &Bar, total: Micros, style: Style) -> String {
    let indent = bar.depth * 2;
    let room = NAMES.saturating_sub(indent);
    let name = padded(&shortened(&plain(&bar.label), room), room);
    let times = style.dim(&format!("{:>7} {:>7}", bar.started, bar.duration));
    let is_step = bar.segments.iter().any(|segment| segment.kind == SegmentKind::Step);
    let cells = cells(bar, total);
    let cells = match (bar.is_good, is_step) {
        (true, true) => style.good(&cells),
        (true, false) => cells,
        (false, _) => style.bad(&cells),
    };
    format!("{:indent$}{name} {times}  {cells}", "").trim_end().to_owned()
}

fn cells(bar: &Bar, total: Micros) -> String {
    let total = total.0.max(1);
    let cell = |time: u64| (time.saturating_mul(AXIS as u64) / total) as usize;
    let begin = cell(bar.started.0).min(AXIS - 1);
    let mut cells = " ".repeat(begin);
    let (mut time, mut used) = (bar.started.0, begin);
    for Segment { kind, duration } in bar.segments.iter().filter(|segment| segment.duration > Micros(0)) {
        time += duration.0;
        let end = cell(time).max(used + 1).min(AXIS);
        cells.extend(std::iter::repeat_n(glyph(*kind), end.saturating_sub(used)));
        used = used.max(end);
    }
    cells
}

fn glyph(kind: SegmentKind) -> char {
    match kind {
        SegmentKind::Step => '─',
        SegmentKind::Dns => '·',
        SegmentKind::Connect => '-',
        SegmentKind::Tls => '=',
        SegmentKind::Wait => '▒',
        SegmentKind::Receive => '█',
    }
}
