//! How a figure went over the last hours, in the size of a word. It decorates the number beside it, which says the newest value.

use std::fmt::Write as _;

use crate::server::web::markup::Markup;

/// The size of the drawing.
const WIDTH: f64 = 72.0;
const HEIGHT: f64 = 18.0;
/// Room above and below the line.
const MARGIN: f64 = 2.0;

/// A line over `places` places of time, of which some have a value; a gap stays a gap. Nothing for fewer than two values.
pub(in crate::server::web) fn sparkline(values: &[(usize, u64)], places: usize) -> Markup {
    let (Some(least), Some(most)) =
        (values.iter().map(|(_, value)| *value).min(), values.iter().map(|(_, value)| *value).max())
    else {
        return Markup::default();
    };
    if values.len() < 2 {
        return Markup::default();
    }
    // A line that hardly moves is not blown up: the scale spans a fifth of the greatest value at least.
    let span = ((most - least) as f64).max(most as f64 / 5.0).max(1.0);
    let across = (WIDTH - 2.0 * MARGIN) / (places.max(2) - 1) as f64;
    let point = |place: usize, value: u64| {
        let up = (value - least) as f64 / span * (HEIGHT - 2.0 * MARGIN);
        (MARGIN + place as f64 * across, HEIGHT - MARGIN - up)
    };
    let mut path = String::new();
    let mut before = None;
    for (place, value) in values {
        let (x, y) = point(*place, *value);
        let is_next = before.is_some_and(|before: usize| before + 1 == *place);
        let _ = write!(path, "{}{x:.0} {y:.0}", if is_next { 'L' } else { 'M' });
        // A value alone would be no line at all.
        if !is_next {
            path.push_str("h1");
        }
        before = Some(*place);
    }
    let end = values.last().map(|(place, value)| point(*place, *value)).unwrap_or_default();
    Markup::drawn(format!(
        "<svg class=\"spark\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" aria-hidden=\"true\"><path d=\"{path}\"/><circle cx=\"{:.0}\" cy=\"{:.0}\" r=\"2\"/></svg>",
        end.0, end.1
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_stays_a_gap() {
        insta::assert_snapshot!(sparkline(&[(0, 100), (1, 180), (4, 140), (5, 100)], 6), @r#"<svg class="spark" viewBox="0 0 72 18" aria-hidden="true"><path d="M2 16h1L16 2M56 9h1L70 16"/><circle cx="70" cy="16" r="2"/></svg>"#);
    }

    #[test]
    fn a_line_needs_two_values() {
        assert_eq!(sparkline(&[(3, 100)], 6), Markup::default());
        assert_eq!(sparkline(&[], 6), Markup::default());
    }
}
