//! How long a journey took over a range of time: a dot for each run where they are few, bands of quantiles where they are many. What
//! else happened stands behind it: deployments as dashed lines, incidents and maintenance as spans.
//!
//! The drawing is stretched to the room that there is. Its lines are not, and dots are lines of no length with round ends; what is
//! written stands beside it, in the page.

use std::fmt::Write as _;

use wayfarer_model::units::{Micros, UnixMillis};

use super::strip::Mark;
use crate::server::web::markup::Markup;

/// The size of the drawing, in its own units.
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 200.0;

/// The range that is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server::web) struct Range {
    pub(in crate::server::web) from: UnixMillis,
    pub(in crate::server::web) until: UnixMillis,
}

/// A run as a dot.
#[derive(Debug, Clone, Copy)]
pub(in crate::server::web) struct Dot {
    pub(in crate::server::web) at: UnixMillis,
    pub(in crate::server::web) mark: Mark,
    pub(in crate::server::web) took: Option<Micros>,
}

/// The quantiles of a period.
#[derive(Debug, Clone, Copy)]
pub(in crate::server::web) struct Band {
    pub(in crate::server::web) from: UnixMillis,
    pub(in crate::server::web) quantiles: [Micros; 3],
}

/// What else happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server::web) enum Event {
    Deployment(UnixMillis),
    /// Until the end of the range if it is not over.
    Incident(UnixMillis, Option<UnixMillis>),
    Maintenance(UnixMillis, UnixMillis),
}

/// A drawing, and the durations at its top and in its middle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server::web) struct Chart {
    pub(in crate::server::web) drawing: Markup,
    pub(in crate::server::web) top: String,
    pub(in crate::server::web) middle: String,
}

/// A dot for each run. Runs that failed are ticks at the foot: they say nothing of how long the flow takes.
pub(in crate::server::web) fn dots(dots: &[Dot], events: &[Event], range: Range) -> Chart {
    let good = |dot: &&Dot| matches!(dot.mark, Mark::Passed | Mark::Flaky | Mark::Degraded);
    let most = dots.iter().filter(good).filter_map(|dot| dot.took).max();
    let scale = Scale::new(range, most);
    let mut svg = scale.begin(events);
    for mark in Mark::ALL {
        let mut path = String::new();
        for dot in dots.iter().filter(|dot| dot.mark == mark) {
            let x = scale.x(dot.at);
            match (mark, dot.took) {
                (Mark::Failed | Mark::Broken | Mark::Inconclusive, _) => {
                    let _ = write!(path, "M{x:.1} {HEIGHT}v-36");
                }
                (Mark::Passed | Mark::Flaky | Mark::Degraded, Some(took)) => {
                    let _ = write!(path, "M{x:.1} {:.1}h0", scale.y(took));
                }
                _ => {
                    let _ = write!(path, "M{x:.1} {HEIGHT}v-6");
                }
            }
        }
        if !path.is_empty() {
            let _ = write!(svg, "<path class=\"dot {}\" d=\"{path}\"/>", mark.class());
        }
    }
    scale.end(svg)
}

/// Bands of the quantiles: from the median to the 95th percentile, from there to the 99th, and the median as a line.
pub(in crate::server::web) fn bands(bands: &[Band], length_ms: u64, events: &[Event], range: Range) -> Chart {
    let scale = Scale::new(range, bands.iter().map(|band| band.quantiles[2]).max());
    let mut svg = scale.begin(events);
    // Periods without a good run part the bands.
    let parts: Vec<&[Band]> = bands.chunk_by(|one, other| other.from.0 - one.from.0 <= length_ms).collect();
    let middle = |band: &Band| scale.x(UnixMillis(band.from.0 + length_ms / 2));
    for (class, [low, high]) in [("outer", [1, 2]), ("inner", [0, 1])] {
        let mut path = String::new();
        for part in &parts {
            let up = part.iter().map(|band| (middle(band), scale.y(band.at(low))));
            let back = part.iter().rev().map(|band| (middle(band), scale.y(band.at(high))));
            for (place, (x, y)) in up.chain(back).enumerate() {
                let _ = write!(path, "{}{x:.1} {y:.1}", if place == 0 { 'M' } else { 'L' });
            }
            path.push('Z');
        }
        let _ = write!(svg, "<path class=\"band {class}\" d=\"{path}\"/>");
    }
    for (class, quantile) in [("p99", 2), ("p95", 1), ("p50", 0)] {
        let mut path = String::new();
        for part in &parts {
            for (place, band) in part.iter().enumerate() {
                let (x, y) = (middle(band), scale.y(band.at(quantile)));
                let _ = write!(path, "{}{x:.1} {y:.1}", if place == 0 { 'M' } else { 'L' });
            }
            // A period alone would be no line at all.
            path.push_str("h.1");
        }
        let _ = write!(svg, "<path class=\"line {class}\" d=\"{path}\"/>");
    }
    scale.end(svg)
}

impl Band {
    fn at(&self, quantile: usize) -> Micros {
        self.quantiles.get(quantile).copied().unwrap_or_default()
    }
}

/// From instants and durations to places in the drawing.
struct Scale {
    range: Range,
    /// At the top.
    most: Micros,
}

impl Scale {
    fn new(range: Range, most: Option<Micros>) -> Self {
        Self { range, most: round_up(most.unwrap_or_default()) }
    }

    fn x(&self, at: UnixMillis) -> f64 {
        let Range { from, until } = self.range;
        let all = until.0.saturating_sub(from.0).max(1);
        at.0.clamp(from.0, until.0).saturating_sub(from.0) as f64 / all as f64 * WIDTH
    }

    fn y(&self, took: Micros) -> f64 {
        HEIGHT - (took.0 as f64 / self.most.0.max(1) as f64).min(1.0) * HEIGHT
    }

    fn begin(&self, events: &[Event]) -> String {
        let mut svg = format!(
            "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" data-from=\"{}\" data-until=\"{}\" aria-hidden=\"true\">",
            self.range.from.0, self.range.until.0
        );
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M0 0H{WIDTH}M0 {0}H{WIDTH}M0 {HEIGHT}H{WIDTH}\"/>",
            HEIGHT / 2.0
        );
        for event in events {
            match *event {
                Event::Deployment(at) => {
                    let _ = write!(svg, "<path class=\"deployment\" d=\"M{:.1} 0V{HEIGHT}\"/>", self.x(at));
                }
                Event::Incident(from, until) => {
                    self.span(&mut svg, "incident", from, until.unwrap_or(self.range.until));
                }
                Event::Maintenance(from, until) => self.span(&mut svg, "maintenance", from, until),
            }
        }
        svg
    }

    fn span(&self, svg: &mut String, class: &str, from: UnixMillis, until: UnixMillis) {
        let (from, until) = (self.x(from), self.x(until));
        // An incident is a beam at the top, maintenance the whole height: neither needs its colour.
        let height = if class == "incident" { 8.0 } else { HEIGHT };
        let width = (until - from).max(2.0);
        let _ =
            write!(svg, "<rect class=\"{class}\" x=\"{from:.1}\" width=\"{width:.1}\" height=\"{height}\"/>");
    }

    fn end(&self, mut svg: String) -> Chart {
        svg.push_str("</svg>");
        let Micros(most) = self.most;
        Chart {
            drawing: Markup::drawn(svg),
            top: Micros(most).to_string(),
            middle: Micros(most / 2).to_string(),
        }
    }
}

/// The next duration of one leading digit, or 15 of its ten: 337 ms becomes 400 ms.
fn round_up(most: Micros) -> Micros {
    let Micros(us) = most;
    let mut step = 1;
    while us / step >= 10 {
        step *= 10;
    }
    let digits = us.div_ceil(step);
    let half = us.div_ceil(step.div_ceil(2)) * step.div_ceil(2);
    Micros(if digits <= 2 { half } else { digits * step }.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGE: Range = Range { from: UnixMillis(0), until: UnixMillis(10_000) };

    fn drawn(chart: &Chart) -> String {
        format!("{} {}\n{}", chart.top, chart.middle, chart.drawing.to_string().replace("><", ">\n<"))
    }

    #[test]
    fn a_run_is_a_dot_and_a_failed_one_a_tick() {
        let dot = |at, mark, took: u64| Dot { at: UnixMillis(at), mark, took: Some(Micros(took)) };
        let runs = [
            dot(1_000, Mark::Passed, 200_000),
            dot(2_000, Mark::Failed, 9_000_000),
            dot(3_000, Mark::Flaky, 337_000),
        ];
        let events = [Event::Deployment(UnixMillis(500)), Event::Incident(UnixMillis(2_000), None)];
        insta::assert_snapshot!(drawn(&dots(&runs, &events, RANGE)));
    }

    #[test]
    fn a_period_without_a_good_run_parts_the_bands() {
        let band = |from, ms: u64| Band {
            from: UnixMillis(from),
            quantiles: [ms, 2 * ms, 3 * ms].map(|ms| Micros(ms * 1_000)),
        };
        let events = [Event::Maintenance(UnixMillis(4_000), UnixMillis(6_000))];
        insta::assert_snapshot!(drawn(&bands(
            &[band(0, 100), band(1_000, 120), band(5_000, 90)],
            1_000,
            &events,
            RANGE
        )));
    }

    #[test]
    fn the_top_is_a_round_duration() {
        let all = [0, 7, 12, 337_000, 2_100_000, 1_000_000].map(|us| round_up(Micros(us)).0);
        assert_eq!(all, [1, 7, 15, 400_000, 3_000_000, 1_000_000]);
    }
}
