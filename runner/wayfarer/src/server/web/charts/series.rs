//! A figure over a range of time as a line with a dot at each value. What its top and foot are worth stands beside it, in the page.

use std::fmt::Write as _;

use super::latency::Range;
use crate::server::web::markup::Markup;

/// The size of the drawing, in its own units. It is stretched, its lines are not.
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 60.0;
/// Room above and below the line.
const MARGIN: f64 = 4.0;

/// Draws values, each with its instant in unix milliseconds, in their order, between the least and the greatest of them.
pub(in crate::server::web) fn series(values: &[(u64, f64)], range: Range) -> Markup {
    let (least, most) = bounds(values);
    let across = WIDTH / range.until.0.saturating_sub(range.from.0).max(1) as f64;
    let up = (HEIGHT - 2.0 * MARGIN) / if most > least { most - least } else { 1.0 };
    let mut line = String::new();
    let mut dots = String::new();
    for (place, (at, value)) in values.iter().enumerate() {
        let x = at.saturating_sub(range.from.0) as f64 * across;
        // What never changes stands in the middle.
        let y = if most > least { HEIGHT - MARGIN - (value - least) * up } else { HEIGHT / 2.0 };
        let _ = write!(line, "{}{x:.1} {y:.1}", if place == 0 { 'M' } else { 'L' });
        let _ = write!(dots, "M{x:.1} {y:.1}h0");
    }
    Markup::drawn(format!(
        "<svg class=\"series\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><path class=\"line\" d=\"{line}\"/><path class=\"dot\" d=\"{dots}\"/></svg>"
    ))
}

/// The least and the greatest value; zeros of nothing.
pub(in crate::server::web) fn bounds(values: &[(u64, f64)]) -> (f64, f64) {
    let all = values.iter().map(|(_, value)| *value);
    let least = all.clone().fold(f64::INFINITY, f64::min);
    let most = all.fold(f64::NEG_INFINITY, f64::max);
    if values.is_empty() { (0.0, 0.0) } else { (least, most) }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::units::UnixMillis;

    use super::*;

    #[test]
    fn values_stand_between_the_least_and_the_greatest() {
        let range = Range { from: UnixMillis(1_000), until: UnixMillis(2_000) };
        let drawn = series(&[(1_000, -5.0), (1_500, 15.0), (2_000, 5.0)], range).to_string();
        assert!(drawn.contains("d=\"M0.0 56.0L500.0 4.0L1000.0 30.0\""), "{drawn}");
        assert!(series(&[(1_500, 7.0)], range).to_string().contains("d=\"M500.0 30.0\""));
        assert_eq!(bounds(&[]), (0.0, 0.0));
    }
}
