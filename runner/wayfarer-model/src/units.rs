//! Units: instants, durations and sizes, and their text form.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An instant in unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub u64);

/// A duration in microseconds, the unit of every measured duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub u64);

impl Micros {
    /// Saturates beyond half a million years.
    pub fn from_duration(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    }

    /// Converts to the standard library's type.
    pub fn to_duration(self) -> Duration {
        Duration::from_micros(self.0)
    }

    /// The difference; zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
}

/// Writes `480µs`, `212ms`, `1.31s` or `2m05s`.
impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            us if us < 1_000 => format!("{us}µs"),
            us if us < 1_000_000 => format!("{}ms", us / 1_000),
            us if us < 60_000_000 => format!("{:.2}s", us as f64 / 1e6),
            us => format!("{}m{:02}s", us / 60_000_000, us / 1_000_000 % 60),
        };
        f.pad(&text)
    }
}

/// Why a text is not a quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// Not a duration.
    #[error("`{0}` is not a duration: write a number and a unit, such as `250ms`, `30s`, `5m` or `1h`")]
    Duration(String),
    /// Not a size.
    #[error("`{0}` is not a size: write a number and a unit, such as `512KiB`, `128MiB` or `1GiB`")]
    Size(String),
}

fn quantity<const N: usize>(text: &str, units: [(&str, u64); N]) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at_checked(split)?;
    if number.starts_with('.') || number.ends_with('.') {
        return None;
    }
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim())?;
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(*factor);
    }
    let value = number.parse::<f64>().ok()? * *factor as f64;
    (value.is_finite() && value < 9e18).then_some(value.round() as u64)
}

/// Reads `250ms`, `1.5s`, `5m`, `1h` or `2d`.
///
/// # Errors
/// [`UnitError::Duration`] for anything else.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    const UNITS: [(&str, u64); 6] = [
        ("us", 1),
        ("ms", 1_000),
        ("s", 1_000_000),
        ("m", 60_000_000),
        ("h", 3_600_000_000),
        ("d", 86_400_000_000),
    ];
    quantity(text.trim(), UNITS)
        .map(Duration::from_micros)
        .ok_or_else(|| UnitError::Duration(text.to_owned()))
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl FromStr for Bytes {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        const UNITS: [(&str, u64); 7] = [
            ("B", 1),
            ("KB", 1_000),
            ("MB", 1_000_000),
            ("GB", 1_000_000_000),
            ("KiB", 1 << 10),
            ("MiB", 1 << 20),
            ("GiB", 1 << 30),
        ];
        quantity(text.trim(), UNITS).map(Self).ok_or_else(|| UnitError::Size(text.to_owned()))
    }
}

/// Writes `812 B`, `3.4 KiB` or `128 MiB`.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            n if n < 1 << 10 => format!("{n} B"),
            n if n < 1 << 20 => format!("{:.1} KiB", n as f64 / 1024.0),
            n if n < 1 << 30 => format!("{:.1} MiB", n as f64 / 1_048_576.0),
            n => format!("{:.1} GiB", n as f64 / 1_073_741_824.0),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_written() {
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse_duration("1.5s"), Ok(Duration::from_millis(1_500)));
        assert_eq!(parse_duration("2d"), Ok(Duration::from_hours(48)));
        for bad in ["", "s", "10", "-1s", "1 fortnight", "1e3s", "1..2s", "99999999999999999999s"] {
            assert!(parse_duration(bad).is_err(), "{bad} should be refused");
        }
    }

    #[test]
    fn durations_follow_the_grammar_beside_the_interface() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../wit/vectors/durations.json")).unwrap();
        for (text, us) in vectors["microseconds"].as_object().unwrap() {
            assert_eq!(parse_duration(text).unwrap().as_micros(), u128::from(us.as_u64().unwrap()), "{text}");
        }
        for text in vectors["refused"].as_array().unwrap() {
            assert!(parse_duration(text.as_str().unwrap()).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_read_as_written() {
        assert_eq!("128MiB".parse::<Bytes>(), Ok(Bytes(128 << 20)));
        assert_eq!("10 MB".parse::<Bytes>(), Ok(Bytes(10_000_000)));
        assert!("10".parse::<Bytes>().is_err());
    }

    #[test]
    fn durations_show_three_digits() {
        let shown = [480, 212_000, 1_310_000, 125_000_000].map(|us| Micros(us).to_string());
        assert_eq!(shown, ["480µs", "212ms", "1.31s", "2m05s"]);
    }
}
