//! Intervals: `every 1h30m`, `@every 1h30m`, and AWS's `rate(5 minutes)`, as milliseconds.
//!
//! An interval is counted from the beginning of 1970 in UTC, so that a restart does not shift it: `every 1d` is midnight
//! in UTC. Go's `@every` and AWS's `rate` count from their own start instead.

use std::time::Duration;

use super::error::ScheduleError;
use crate::units::parse_duration;

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// AWS's units: one, several, and how long one is.
const RATES: [(&str, &str, u64); 3] =
    [("minute", "minutes", 60), ("hour", "hours", 3_600), ("day", "days", 86_400)];

/// Reads `90s`, `1h30m` or `1h 30m`: whole or decimal numbers with a unit each, the longer units first.
pub(super) fn read(text: &str) -> Result<u64, ScheduleError> {
    let no_interval = || ScheduleError::Interval(text.to_owned());
    let mut interval = Duration::ZERO;
    let mut shortest = Duration::MAX;
    for part in parts(text) {
        let length = parse_duration(part).map_err(|_| no_interval())?;
        let unit = parse_duration(&format!("1{}", unit_of(part))).map_err(|_| no_interval())?;
        if unit >= shortest {
            return Err(no_interval());
        }
        shortest = unit;
        interval = interval.checked_add(length).ok_or_else(no_interval)?;
    }
    if shortest == Duration::MAX {
        return Err(no_interval());
    }
    millis(text, interval)
}

/// Reads what stands inside `rate(…)`.
pub(super) fn read_rate(inner: &str) -> Result<u64, ScheduleError> {
    let no_rate = || ScheduleError::Rate(inner.to_owned());
    let (number, unit) = inner.trim().split_once(' ').ok_or_else(no_rate)?;
    let count: u64 = Some(number)
        .filter(|number| is_number(number))
        .and_then(|number| number.parse().ok())
        .ok_or_else(no_rate)?;
    let unit = unit.trim();
    let (_, _, seconds) = RATES
        .iter()
        .find(|(one, several, _)| unit == if count == 1 { *one } else { *several })
        .ok_or_else(no_rate)?;
    if count == 0 {
        return Err(no_rate());
    }
    millis(inner, count.checked_mul(*seconds).map(Duration::from_secs).ok_or_else(no_rate)?)
}

/// What was probably meant by a text that is no interval: `every 5 minutes`, `every minute`, `every 30`.
pub(super) fn guess(text: &str) -> Option<String> {
    const WORDS: [(&str, &str); 14] = [
        ("seconds", "s"),
        ("second", "s"),
        ("secs", "s"),
        ("sec", "s"),
        ("minutes", "m"),
        ("minute", "m"),
        ("mins", "m"),
        ("min", "m"),
        ("hours", "h"),
        ("hour", "h"),
        ("hrs", "h"),
        ("hr", "h"),
        ("days", "d"),
        ("day", "d"),
    ];
    let text = text.trim().to_lowercase();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, word) = text.split_at_checked(end)?;
    let (number, word) = (if number.is_empty() { "1" } else { number }, word.trim());
    if matches!(word, "week" | "weeks" | "w") {
        return Some(format!("every {}d", number.parse::<u64>().ok()?.checked_mul(7)?));
    }
    let (_, unit) = WORDS.iter().find(|(known, _)| *known == word)?;
    Some(format!("every {number}{unit}"))
}

/// What was probably meant by the inside of a `rate(…)`.
pub(super) fn guess_rate(inner: &str) -> Option<String> {
    let inner = inner.trim().to_lowercase();
    let end = inner.find(|c: char| !c.is_ascii_digit())?;
    let (number, word) = inner.split_at_checked(end)?;
    let first = word.trim().chars().next()?;
    let (one, several, _) = RATES.iter().find(|(one, _, _)| one.starts_with(first))?;
    let count: u64 = number.parse().ok()?;
    Some(format!("rate({count} {})", if count == 1 { one } else { several }))
}

/// Cuts before each number that follows a unit.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim();
    std::iter::from_fn(move || {
        let unit = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let after = rest.get(unit..).unwrap_or("");
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).map_or(rest.len(), |length| unit + length);
        let (part, more) = rest.split_at_checked(end)?;
        rest = more.trim_start();
        (!part.is_empty()).then_some(part)
    })
}

fn unit_of(part: &str) -> &str {
    part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').trim()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn millis(text: &str, interval: Duration) -> Result<u64, ScheduleError> {
    if interval < SHORTEST {
        Err(ScheduleError::TooShort(text.to_owned()))
    } else if interval > LONGEST {
        Err(ScheduleError::TooLong(text.to_owned()))
    } else if !interval.subsec_nanos().is_multiple_of(1_000_000) {
        Err(ScheduleError::TooFine(text.to_owned()))
    } else {
        Ok(u64::try_from(interval.as_millis()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_have_one_or_several_parts() {
        for (text, ms) in [
            ("15s", 15_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("1h30m10s", 5_410_000),
            ("1.5s", 1_500),
            ("1 h", 3_600_000),
            ("1d12h", 129_600_000),
            ("1s500ms", 1_500),
        ] {
            assert_eq!(read(text), Ok(ms), "{text}");
        }
        for bad in ["", "h", "30", "30m1h", "1h1h", "1h,30m", "-1h", "1h30", "2w", "1h-30m"] {
            assert!(read(bad).is_err(), "{bad} should be refused");
        }
    }

    #[test]
    fn rates_are_written_as_aws_writes_them() {
        for (inner, ms) in
            [("1 minute", 60_000), ("5 minutes", 300_000), ("1 hour", 3_600_000), ("7 days", 604_800_000)]
        {
            assert_eq!(read_rate(inner), Ok(ms), "{inner}");
        }
        for bad in
            ["1 minutes", "5 minute", "0 minutes", "5m", "minutes", "5 weeks", "+5 minutes", "400 days"]
        {
            assert!(read_rate(bad).is_err(), "{bad} should be refused");
        }
        let guesses = ["1 minutes", "5 minute", "5m", "2 Hours"].map(|inner| guess_rate(inner).unwrap());
        assert_eq!(guesses, ["rate(1 minute)", "rate(5 minutes)", "rate(5 minutes)", "rate(2 hours)"]);
    }
}
