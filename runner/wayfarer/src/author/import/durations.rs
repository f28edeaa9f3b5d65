//! Durations as Go and Prometheus write them (`1h30m`, `1d`), and as a file of checks does.

use std::time::Duration;

use crate::config::FromText as _;

/// Longer ones are mistakes.
const LONGEST: Duration = Duration::from_hours(24 * 366);

/// Reads Go's and Prometheus's forms; a bare number has no unit and is none.
pub(super) fn read(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut whole = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at_checked(digits)?;
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end)?;
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            "w" => 604_800.0,
            "y" => 31_536_000.0,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        whole = whole.checked_add(part)?;
        rest = after;
    }
    (whole <= LONGEST).then_some(whole)
}

/// In whole milliseconds, at least one.
pub(super) fn written(duration: Duration) -> String {
    let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1);
    Duration::from_millis(ms).to_text()
}

/// The schedule of an interval: whole seconds, at least one.
pub(super) fn every(interval: Duration) -> String {
    let seconds = (interval.as_secs() + u64::from(interval.subsec_nanos() > 0)).max(1);
    format!("every {}", Duration::from_secs(seconds).to_text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_their_tools_mean_them() {
        let seconds = |text: &str| read(text).map(|duration| duration.as_secs_f64());
        assert_eq!(seconds("1h30m"), Some(5_400.0));
        assert_eq!(seconds("1.5s"), Some(1.5));
        assert_eq!(seconds("2d"), Some(172_800.0));
        for bad in ["", "5", "m", "5 m", "5x", "-1s", "9999999999999h", "1e3s", "..s"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(every(Duration::from_millis(1_500)), "every 2s");
        assert_eq!(every(Duration::ZERO), "every 1s");
        assert_eq!(written(Duration::from_secs(90)), "90s");
    }
}
