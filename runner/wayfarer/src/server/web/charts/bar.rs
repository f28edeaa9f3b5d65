//! One line of a waterfall: where in the attempt something was, and what took the time. The phases of a request differ in height, so
//! that nobody needs their colours: the nearer to the answer, the higher.

use std::fmt::Write as _;

use wayfarer_model::units::Micros;

use crate::server::web::markup::Markup;
use crate::view::SegmentKind;

/// The width of the whole attempt and the height of a line, in units of the drawing.
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 14.0;
/// What took any time is seen.
const LEAST: f64 = 2.0;

/// What took the time, in order and without gaps.
pub(in crate::server::web) type Segments = [(SegmentKind, Micros)];

/// Draws a line; `total` is the attempt's duration.
pub(in crate::server::web) fn bar(
    started: Micros,
    segments: &Segments,
    total: Micros,
    is_good: bool,
) -> Markup {
    let scale = WIDTH / total.0.max(1) as f64;
    let mut svg = format!(
        "<svg class=\"bar{}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
        if is_good { "" } else { " bad" }
    );
    let mut at = (started.0 as f64 * scale).min(WIDTH - LEAST);
    for (kind, duration) in segments.iter().filter(|(_, duration)| *duration > Micros(0)) {
        let width = (duration.0 as f64 * scale).max(LEAST).min(WIDTH - at);
        let (class, height) = look(*kind);
        let _ = write!(
            svg,
            "<rect class=\"{class}\" x=\"{at:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"{height}\"/>",
            HEIGHT - height
        );
        at = (at + width).min(WIDTH - LEAST);
    }
    svg.push_str("</svg>");
    Markup::drawn(svg)
}

/// The class and the height of a segment.
fn look(kind: SegmentKind) -> (&'static str, f64) {
    match kind {
        SegmentKind::Step => ("step", 4.0),
        SegmentKind::Dns => ("dns", 3.0),
        SegmentKind::Connect => ("connect", 5.0),
        SegmentKind::Tls => ("tls", 7.0),
        SegmentKind::Wait => ("wait", 10.0),
        SegmentKind::Receive => ("receive", 14.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_phase_has_a_height_of_its_own_and_nothing_leaves_the_drawing() {
        let segments = [
            (SegmentKind::Dns, Micros(100)),
            (SegmentKind::Connect, Micros(0)),
            (SegmentKind::Wait, Micros(600)),
            (SegmentKind::Receive, Micros(300)),
        ];
        insta::assert_snapshot!(
            bar(Micros(500), &segments, Micros(1_500), true).to_string().replace("><", ">\n<")
        );
        let late = bar(Micros(9_000), &segments, Micros(1_000), false).to_string();
        assert!(late.contains("x=\"998.0\"") && late.starts_with("<svg class=\"bar bad\""), "{late}");
    }
}
