//! One cell for what a list says about a run, a journey's day or its locations.

use std::collections::BTreeSet;

use wayfarer_model::ids::LocationName;

use crate::protocol::{RunInfo, TodayInfo};

/// The longest message, in characters.
const MESSAGE: usize = 100;

/// Why a run ended as it did: a void, muting, flakiness, the first line of its message, or its reason. Empty if nothing of that
/// is to be said.
pub(crate) fn explanation(run: &RunInfo) -> String {
    let cause = cause(run);
    if let Some(void) = &run.void {
        return format!("void: {}", void.note);
    }
    match run.maintenance.filter(|_| !run.verdict.is_unrun()) {
        None => cause,
        Some(window) if cause.is_empty() => format!("muted by maintenance {window}"),
        Some(window) => format!("muted by maintenance {window}: {cause}"),
    }
}

fn cause(run: &RunInfo) -> String {
    let is_flaky = run.first_verdict.is_some_and(|first| !first.is_good()) && run.verdict.is_good();
    let message = run.message.as_deref().unwrap_or("").lines().next().unwrap_or("");
    match (is_flaky, message.is_empty(), run.reason.as_str()) {
        (true, _, _) => format!("flaky: {} attempts", run.attempts),
        (false, false, _) => message.chars().filter(|c| !c.is_control()).take(MESSAGE).collect(),
        (false, true, "none") => String::new(),
        (false, true, reason) => reason.to_owned(),
    }
}

/// The share of good runs among those that count, `+` the number of slots that do not count, and how many runs were good only after a retry.
pub(crate) fn success(today: TodayInfo) -> String {
    let others = today.slots.saturating_sub(today.counted);
    let others = if others > 0 { format!(" +{others}") } else { String::new() };
    let flaky = today.good.saturating_sub(today.good_first_attempt);
    let flaky = if flaky > 0 { format!(", {flaky} flaky") } else { String::new() };
    match today.counted {
        0 => format!("no data{others}"),
        counted => format!("{:.1}% of {counted}{others}{flaky}", today.good as f64 * 100.0 / counted as f64),
    }
}

/// The locations that a version names; none where it names none, because its slots are then due at every location.
pub(crate) fn locations(named: &BTreeSet<LocationName>) -> Option<String> {
    let named: Vec<&str> = named.iter().map(LocationName::as_str).collect();
    (!named.is_empty()).then(|| named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_that_do_not_count_are_shown_apart() {
        let today = |slots, counted, good, good_first_attempt| TodayInfo {
            slots,
            counted,
            good,
            good_first_attempt,
            ..TodayInfo::default()
        };
        let shown =
            [today(0, 0, 0, 0), today(3, 0, 0, 0), today(10, 8, 7, 7), today(5, 5, 5, 3)].map(success);
        assert_eq!(shown, ["no data", "no data +3", "87.5% of 8 +2", "100.0% of 5, 2 flaky"]);
    }
}
