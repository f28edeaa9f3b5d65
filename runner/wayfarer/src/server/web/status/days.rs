//! The last 90 days of a service, a bar each: how high it stands says how much of the day was good, so that nobody needs its colour. A day
//! without a measurement is a dash at the ground.

use std::fmt::Write as _;

use crate::protocol::ServiceDayInfo;
use crate::server::web::figures::percent;
use crate::server::web::markup::Markup;
use wayfarer_model::units::UnixMillis;

/// The width of a day and the height of the drawing, in its units.
const DAY: usize = 4;
const HEIGHT: usize = 24;

/// Draws the days.
pub(super) fn days(days: &[ServiceDayInfo]) -> Markup {
    let width = days.len() * DAY;
    let mut svg = format!(
        "<svg class=\"uptime\" viewBox=\"0 0 {width} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
        said(days)
    );
    for (place, day) in days.iter().enumerate() {
        let (class, height) = look(day);
        let (x, y) = (place * DAY, HEIGHT - height);
        let share = percent(day.good, day.counted).unwrap_or_else(|| "not measured".to_owned());
        let _ = write!(
            svg,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{height}\"><title>{}: {share}</title></rect>",
            DAY - 1,
            date(day)
        );
    }
    svg.push_str("</svg>");
    Markup::drawn(svg)
}

/// `2026-12-01`.
fn date(day: &ServiceDayInfo) -> String {
    UnixMillis(day.from_ms).rfc3339().chars().take(10).collect()
}

/// In thousandths, what was not good.
fn bad(day: &ServiceDayInfo) -> Option<u64> {
    ((day.counted - day.good) * 1_000).checked_div(day.counted)
}

fn look(day: &ServiceDayInfo) -> (&'static str, usize) {
    match bad(day) {
        None => ("unknown", 2),
        Some(_) if day.good == day.counted => ("whole", HEIGHT),
        Some(0..10) => ("most", 20),
        Some(10..50) => ("less", 14),
        Some(_) => ("bad", 7),
    }
}

/// The drawing in words.
fn said(days: &[ServiceDayInfo]) -> String {
    let measured: Vec<&ServiceDayInfo> = days.iter().filter(|day| day.counted > 0).collect();
    let whole = measured.iter().filter(|day| day.good == day.counted).count();
    let mut said = format!("{} days: on {whole} everything was good", measured.len());
    let worst = measured.iter().filter(|day| day.good < day.counted).max_by_key(|day| bad(day));
    if let Some((worst, share)) = worst.and_then(|day| Some((day, percent(day.good, day.counted)?))) {
        let _ = write!(said, "; the worst was {} with {share}", date(worst));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_share_has_a_height_of_its_own() {
        let day = |number: u64, good, counted| ServiceDayInfo {
            from_ms: (20_000 + number) * 86_400_000,
            counted,
            good,
        };
        let all = [day(0, 0, 0), day(1, 5, 5), day(2, 999, 1_000), day(3, 97, 100), day(4, 1, 2)];
        insta::assert_snapshot!(days(&all).to_string().replace("><rect", ">\n<rect"), @r#"
        <svg class="uptime" viewBox="0 0 20 24" preserveAspectRatio="none" role="img" aria-label="4 days: on 1 everything was good; the worst was 2024-10-08 with 50.0%">
        <rect class="unknown" x="0" y="22" width="3" height="2"><title>2024-10-04: not measured</title></rect>
        <rect class="whole" x="4" y="0" width="3" height="24"><title>2024-10-05: 100%</title></rect>
        <rect class="most" x="8" y="4" width="3" height="20"><title>2024-10-06: 99.90%</title></rect>
        <rect class="less" x="12" y="10" width="3" height="14"><title>2024-10-07: 97.0%</title></rect>
        <rect class="bad" x="16" y="17" width="3" height="7"><title>2024-10-08: 50.0%</title></rect></svg>
        "#);
        assert!(days(&[]).to_string().contains("0 days: on 0 everything was good"));
    }
}
