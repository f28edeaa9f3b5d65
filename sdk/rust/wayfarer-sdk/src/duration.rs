//! Durations in text, by the grammar in `wit/durations.md`.

use std::time::Duration;

/// A duration in seconds.
pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A duration in milliseconds.
pub const fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Reads a duration such as `250ms`, `1.5s`, `5m` or `1h`.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at_checked(end)?;
    let microseconds: u64 = match unit.trim() {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let whole = whole.parse::<u64>().ok()?.checked_mul(microseconds)?;
    let part = format!("0.{fraction}").parse::<f64>().ok()? * microseconds as f64;
    Some(Duration::from_micros(whole.checked_add(part.round() as u64)?))
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
    fn the_grammar_is_the_one_beside_the_interface() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../wit/vectors/durations.json")).expect("JSON");
        for (text, us) in vectors["microseconds"].as_object().expect("an object") {
            assert_eq!(parse(text).map(|read| read.as_micros() as u64), us.as_u64(), "{text}");
        }
        for text in vectors["refused"].as_array().expect("a list") {
            assert_eq!(parse(text.as_str().expect("a text")), None, "{text}");
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
