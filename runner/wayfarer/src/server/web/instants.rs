//! Instants and spans as pages say them: in UTC, and never relative to now, so that a page changes only when its content does. The
//! script adds "3 min ago".

use wayfarer_model::units::UnixMillis;

const DAY_MS: u64 = 24 * 3_600_000;

/// An instant for an element `time`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instant {
    /// For machines: RFC 3339.
    pub(super) machine: String,
    /// For people: the time of day, with the date in front where it is another day than today (UTC).
    pub(super) shown: String,
}

impl Instant {
    pub(super) fn new(at_ms: u64, now: UnixMillis) -> Self {
        let machine = UnixMillis(at_ms).rfc3339();
        let (date, time) = (machine.get(..10).unwrap_or_default(), machine.get(11..19).unwrap_or_default());
        let is_today = at_ms / DAY_MS == now.0 / DAY_MS;
        let shown = if is_today { time.to_owned() } else { format!("{date} {time}") };
        Self { machine, shown }
    }
}

/// `12-01 03:12:05`, for a tooltip.
pub(super) fn brief(at: UnixMillis) -> String {
    let machine = at.rfc3339();
    let (date, time) = (machine.get(5..10).unwrap_or_default(), machine.get(11..19).unwrap_or_default());
    format!("{date} {time}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_days_instant_has_its_date() {
        let now = UnixMillis(1_790_000_000_000);
        assert_eq!(Instant::new(now.0 - 60_000, now).shown, "14:12:20");
        assert_eq!(Instant::new(now.0 - DAY_MS, now).shown, "2026-09-20 14:13:20");
        assert_eq!(brief(now), "09-21 14:13:20");
    }
}
