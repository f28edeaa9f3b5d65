//! When a notice that a channel has not taken is sent again. The jitter is seeded by the delivery, so that notices which failed
//! together do not come back together, and a test knows the instants.

use std::time::Duration;

/// After the first failure; it doubles.
const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_mins(10);

/// What a channel asks for is believed up to this.
const ASKED: Duration = Duration::from_hours(1);

/// How long to wait after so many failures in a row, from 1. `asked` is the channel's own word (`Retry-After`).
pub(crate) fn retry_after(delivery: i64, failures: u32, asked: Option<Duration>) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST);
    // Between four fifths and six fifths.
    let chance = mixed(delivery.cast_unsigned() ^ (u64::from(failures) << 48)) % 1_000;
    let jittered = doubled.mul_f64(0.8 + 0.4 * chance as f64 / 1_000.0);
    asked.map_or(jittered, |asked| jittered.max(asked.min(ASKED)))
}

/// One step of the generator `splitmix64`.
fn mixed(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_ten_minutes_and_differ_between_deliveries() {
        for (failures, seconds) in [(1, 5.0), (2, 10.0), (3, 20.0), (8, 600.0), (60, 600.0)] {
            let wait = retry_after(7, failures, None).as_secs_f64();
            assert!(wait >= seconds * 0.8 && wait <= seconds * 1.2, "{failures}: {wait}");
        }
        assert_eq!(retry_after(7, 3, None), retry_after(7, 3, None));
        let waits: std::collections::BTreeSet<Duration> =
            (0..50).map(|id| retry_after(id, 5, None)).collect();
        assert!(waits.len() > 40, "{}", waits.len());
    }

    #[test]
    fn a_channel_may_ask_for_longer_and_not_for_ever() {
        assert_eq!(retry_after(7, 1, Some(Duration::from_secs(90))), Duration::from_secs(90));
        assert!(retry_after(7, 8, Some(Duration::from_secs(1))) > Duration::from_mins(7));
        assert_eq!(retry_after(7, 1, Some(Duration::from_hours(30))), Duration::from_hours(1));
    }
}
