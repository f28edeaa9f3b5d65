//! Spans of time and coming instants, as people say them.

use wayfarer_model::units::UnixMillis;

/// From here on the time of day alone does not tell the day.
const DAY_MS: u64 = 24 * 3_600_000;

/// `350 ms`, `3 s`, `2 min 10 s`, `1 h 30 min`, `2 d 3 h`: two units at most, without what is smaller.
pub(crate) fn span(ms: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("d", DAY_MS), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)];
    let Some(first) = UNITS.iter().position(|(_, unit)| ms >= *unit) else { return format!("{ms} ms") };
    let mut left = ms;
    let mut said = Vec::new();
    for (name, unit) in UNITS.iter().skip(first).take(2) {
        if left / unit > 0 {
            said.push(format!("{} {name}", left / unit));
        }
        left %= unit;
    }
    said.join(" ")
}

/// `3 s ago`; `now` within a second.
pub(crate) fn ago(at_ms: u64, now: UnixMillis) -> String {
    match now.0.saturating_sub(at_ms) {
        0..1_000 => "now".to_owned(),
        ms => format!("{} ago", span(ms)),
    }
}

/// The next slots, each as its timezone shows it and in milliseconds: `next 13:10 UTC, then every 3 s`. None without one.
pub(crate) fn upcoming(shown: &[String], at_ms: &[u64], now: UnixMillis) -> Option<String> {
    let first = shown.first()?;
    let is_far = at_ms.first().is_none_or(|at| at.saturating_sub(now.0) >= DAY_MS);
    let next = format!("next {}", time_of_day(first, is_far));
    let mut spans: Vec<u64> =
        at_ms.iter().zip(at_ms.iter().skip(1)).map(|(one, other)| other.saturating_sub(*one)).collect();
    spans.dedup();
    Some(match (spans.as_slice(), shown.get(1)) {
        ([every], _) => format!("{next}, then every {}", span(*every)),
        (_, Some(second)) => format!("{next}, then {}", time_of_day(second, true)),
        (_, None) => next,
    })
}

/// From `2026-03-29T03:00:00+02:00 CEST`: `03:00 CEST`, with the date in front if it is wanted.
fn time_of_day(shown: &str, with_date: bool) -> String {
    let (stamp, zone) = shown.split_once(' ').unwrap_or((shown, ""));
    let (Some(date), Some(time)) = (stamp.get(..10), stamp.get(11..19)) else { return shown.to_owned() };
    let time = time.strip_suffix(":00").unwrap_or(time);
    let date = if with_date { format!("{date} ") } else { String::new() };
    format!("{date}{time} {zone}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use wayfarer_model::schedule::Timezone;

    use super::*;

    #[test]
    fn a_span_has_two_units_at_most() {
        let all = [0, 350, 3_000, 59_999, 60_000, 130_000, 3_600_000, 5_400_000, 90_061_000, 7 * DAY_MS];
        let said =
            ["0 ms", "350 ms", "3 s", "59 s", "1 min", "2 min 10 s", "1 h", "1 h 30 min", "1 d 1 h", "7 d"];
        assert_eq!(all.map(span), said);
        assert_eq!(
            (ago(500, UnixMillis(900)), ago(0, UnixMillis(3_000))),
            ("now".to_owned(), "3 s ago".to_owned())
        );
        assert_eq!(ago(9_000, UnixMillis(3_000)), "now", "a clock that is behind");
    }

    #[test]
    fn what_comes_next_is_said_in_a_line() {
        let now = UnixMillis(1_790_000_000_000);
        let said = |at: &[u64]| {
            let at: Vec<u64> = at.iter().map(|ms| now.0 + ms).collect();
            let shown: Vec<String> = at.iter().map(|ms| Timezone::UTC.show(UnixMillis(*ms))).collect();
            upcoming(&shown, &at, now).unwrap_or_default()
        };
        insta::assert_snapshot!(said(&[2_000, 5_000, 8_000]), @"next 14:13:22 UTC, then every 3 s");
        insta::assert_snapshot!(said(&[400_000, 700_000, 1_000_000]), @"next 14:20 UTC, then every 5 min");
        insta::assert_snapshot!(said(&[400_000, 700_000, 1_300_000]), @"next 14:20 UTC, then 2026-09-21 14:25 UTC");
        insta::assert_snapshot!(said(&[2 * DAY_MS + 400_000]), @"next 2026-09-23 14:20 UTC");
        assert_eq!(said(&[]), "");
    }
}
