//! Durations in text: `250ms`, `30s`, `5m`, `1h`.

use std::time::Duration;

/// A duration in seconds.
pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A duration in milliseconds.
pub const fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Reads a duration such as `250ms`, `30s`, `5m` or `1h`.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at_checked(digits)?;
    let count: u64 = count.parse().ok()?;
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    Some(Duration::from_millis(count.checked_mul(milliseconds)?))
}

/// Writes `340ms`, `2.4s`, `10s` or `1m 5s`.
pub(crate) fn shown(duration: Duration) -> String {
    let (seconds, tenths) = (duration.as_secs(), duration.subsec_millis() / 100);
    match (seconds, tenths) {
        (0, _) => format!("{}ms", duration.as_millis()),
        (1..=59, 0) => format!("{seconds}s"),
        (1..=59, _) => format!("{seconds}.{tenths}s"),
        _ => format!("{}m {}s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_units_and_refuses_the_rest() {
        assert_eq!(parse("250ms"), Some(millis(250)));
        assert_eq!(parse("5m"), Some(secs(300)));
        for wrong in ["", "5", "ms", "5 s", "-1s", "1.5s", "1d"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn is_shown_as_said() {
        assert_eq!(shown(millis(340)), "340ms");
        assert_eq!(shown(millis(10_010)), "10s");
        assert_eq!(shown(millis(2_450)), "2.4s");
        assert_eq!(shown(secs(65)), "1m 5s");
    }
}
