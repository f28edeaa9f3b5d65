//! How far retention follows the clock. What it removes is gone, so a clock that is wrong must not make it remove much.

use crate::units::UnixMillis;

const HOUR_MS: u64 = 3_600_000;

/// Retention removes nothing for this long after a step, in milliseconds.
pub const RETENTION_REST_MS: u64 = 24 * HOUR_MS;

/// The instant that a round of retention takes for now.
///
/// `last` is that of the round before, `since_ms` what the boot clock has counted since then: zero where another process made
/// that round. A round follows the clock by no more than this and an hour. After an absence of a month a server that makes a round
/// each minute needs twelve hours to catch up.
pub fn retention_instant(last: Option<UnixMillis>, since_ms: u64, now: UnixMillis) -> UnixMillis {
    let Some(last) = last else { return now };
    now.min(UnixMillis(last.0.saturating_add(since_ms).saturating_add(HOUR_MS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_follows_the_clock_by_an_hour_at_most_and_never_runs_ahead_of_it() {
        let day = 24 * HOUR_MS;
        assert_eq!(
            retention_instant(None, 0, UnixMillis(100 * day)),
            UnixMillis(100 * day),
            "the first round"
        );
        let last = Some(UnixMillis(100 * day));
        assert_eq!(
            retention_instant(last, 60_000, UnixMillis(100 * day + 60_000)),
            UnixMillis(100 * day + 60_000)
        );
        assert_eq!(
            retention_instant(last, 60_000, UnixMillis(200 * day)),
            UnixMillis(100 * day + 60_000 + HOUR_MS)
        );
        assert_eq!(retention_instant(last, 60_000, UnixMillis(50 * day)), UnixMillis(50 * day));
        // An absence of a month.
        let (mut at, mut rounds) = (UnixMillis(100 * day), 0);
        while at < UnixMillis(130 * day) {
            at = retention_instant(Some(at), 60_000, UnixMillis(130 * day));
            rounds += 1;
        }
        assert!((700..=720).contains(&rounds), "{rounds}");
    }
}
