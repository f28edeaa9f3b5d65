//! Numbers as pages say them.

use wayfarer_model::units::Micros;

/// The share of a part, rounded down: what is not whole never reads `100%`. None of nothing.
pub(super) fn percent(part: u64, whole: u64) -> Option<String> {
    if whole == 0 {
        return None;
    }
    if part >= whole {
        return Some("100%".to_owned());
    }
    // Thousandths of a percent, so that a rate near the whole has the digits that tell.
    let share = u128::from(part) * 100_000 / u128::from(whole);
    let (whole_percent, rest) = (share / 1_000, share % 1_000);
    Some(match whole_percent {
        99 if rest >= 900 => format!("99.{:02}%", rest / 10),
        _ => format!("{whole_percent}.{}%", rest / 100),
    })
}

/// A duration: its three leading digits.
pub(super) fn duration(us: u64) -> String {
    Micros(us).to_string()
}

/// How much a duration changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// `+12%`, or `3.1×` from threefold on.
    pub(super) text: String,
    /// Whether it is slower by a tenth or more.
    pub(super) is_worse: bool,
    /// What it was, for a tooltip.
    pub(super) before: String,
}

/// The change of a duration. None if one of both is missing, or if they differ by less than a twentieth.
pub(super) fn change(now_us: Option<u64>, before_us: Option<u64>) -> Option<Change> {
    let (now, before) = (now_us?, before_us.filter(|us| *us > 0)?);
    let ratio = now as f64 / before as f64;
    let percent = ((ratio - 1.0) * 100.0).round();
    if percent.abs() < 5.0 {
        return None;
    }
    let text = if ratio >= 3.0 { format!("{ratio:.1}×") } else { format!("{percent:+}%") };
    Some(Change { text, is_worse: ratio >= 1.1, before: duration(before) })
}

/// `1 journey`, `3 journeys`.
pub(super) fn counted(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_that_is_not_whole_never_reads_as_whole() {
        let said = [(0, 7), (1, 3), (7, 7), (999, 1_000), (9_999, 10_000), (999_999, 1_000_000), (0, 0)];
        let said = said.map(|(part, whole)| percent(part, whole).unwrap_or_else(|| "none".to_owned()));
        assert_eq!(said, ["0.0%", "33.3%", "100%", "99.90%", "99.99%", "99.99%", "none"]);
    }

    #[test]
    fn a_change_is_said_from_a_twentieth_on() {
        let said = |now, before| change(Some(now), Some(before)).map(|change| (change.text, change.is_worse));
        assert_eq!(said(103, 100), None);
        assert_eq!(said(112, 100), Some(("+12%".to_owned(), true)));
        assert_eq!(said(108, 100), Some(("+8%".to_owned(), false)));
        assert_eq!(said(60, 100), Some(("-40%".to_owned(), false)));
        assert_eq!(said(420, 100), Some(("4.2×".to_owned(), true)));
        assert_eq!(said(1, 0), None);
        assert_eq!(change(None, Some(1)), None);
    }
}
