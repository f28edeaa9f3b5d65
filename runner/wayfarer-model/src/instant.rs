//! Instants as machines read them, RFC 3339 in UTC, and as people write them.
//!
//! [`Timezone::show`](crate::schedule::Timezone::show) writes an instant in a timezone, for people.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::rfc2822;
use jiff::tz::Offset;

use crate::units::UnixMillis;

/// Why a text is no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstantError {
    /// It has another form, or is before 1970.
    #[error(
        "`{0}` is not an instant: write a date such as `2026-03-29`, or date and time such as `2026-03-29T12:30:00Z`"
    )]
    Form(String),
    /// A clock change skips it.
    #[error("`{text}` never comes in {timezone}: the clock is put forward over it")]
    Never {
        /// The text.
        text: String,
        /// The timezone in which it was read.
        timezone: &'static str,
    },
}

impl UnixMillis {
    /// As in `2026-03-29T12:30:00Z`, with milliseconds only where there are any; the bare number from the end of the
    /// year 9999 on.
    pub fn rfc3339(self) -> String {
        let digits = self.fraction_digits();
        self.timestamp().map_or_else(|| self.0.to_string(), |at| format!("{at:.digits$}"))
    }

    /// Reads the date of an HTTP header, such as `Tue, 24 Nov 2026 19:00:00 GMT`.
    ///
    /// # Errors
    /// [`InstantError::Form`] for any other text.
    pub fn parse_http(text: &str) -> Result<Self, InstantError> {
        let at = rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
        Self::of(at.map(Timestamp::as_millisecond)).ok_or_else(|| InstantError::Form(text.to_owned()))
    }

    /// Reads RFC 3339, or a date, which stands for its midnight in UTC.
    ///
    /// # Errors
    /// [`InstantError::Form`] for any other text, and for an instant before 1970.
    pub fn parse(text: &str) -> Result<Self, InstantError> {
        let text = text.trim();
        let midnight = || {
            let date = Date::strptime("%Y-%m-%d", text).ok()?;
            Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()
        };
        let exact = || is_rfc3339(text).then(|| text.parse().ok()).flatten();
        let at: Option<Timestamp> = exact().or_else(midnight);
        Self::of(at.map(Timestamp::as_millisecond)).ok_or_else(|| InstantError::Form(text.to_owned()))
    }

    /// From signed milliseconds; none before 1970.
    pub(crate) fn of(millis: Option<i64>) -> Option<Self> {
        u64::try_from(millis?).ok().map(Self)
    }

    /// None from the end of the year 9999 on.
    pub(crate) fn timestamp(self) -> Option<Timestamp> {
        Timestamp::from_millisecond(i64::try_from(self.0).ok()?).ok()
    }

    /// How many digits its fraction of a second takes: 3 or none.
    pub(crate) fn fraction_digits(self) -> usize {
        if self.0.is_multiple_of(1_000) { 0 } else { 3 }
    }
}

/// Whether a text has the shape of RFC 3339. The parser behind it reads more: `2026-03-29T12:30Z`, `20260329T123000Z`,
/// `2026-03-29T12:30:00Z[Europe/Berlin]`.
fn is_rfc3339(text: &str) -> bool {
    let Some((front, rest)) = text.split_at_checked("2026-03-29T12:30:00".len()) else { return false };
    let offset =
        rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let is_shape = |text: &str, shape: &str| {
        let is_like = |(byte, like): (u8, u8)| match like {
            b'0' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b't' | b' '),
            b'+' => matches!(byte, b'+' | b'-'),
            other => byte == other,
        };
        text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(is_like)
    };
    is_shape(front, "0000-00-00T00:00:00") && (matches!(offset, "Z" | "z") || is_shape(offset, "+00:00"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_survive_being_written() {
        for text in ["1970-01-01T00:00:00Z", "2026-03-29T12:30:00Z", "2026-03-29T12:30:00.250Z"] {
            assert_eq!(UnixMillis::parse(text).unwrap().rfc3339(), text);
        }
        let parsed = |text| UnixMillis::parse(text).unwrap().rfc3339();
        assert_eq!(parsed("2026-03-29"), "2026-03-29T00:00:00Z");
        assert_eq!(parsed("2026-03-29T12:30:00+02:00"), "2026-03-29T10:30:00Z");
        assert_eq!(parsed("2026-03-29 12:30:00.5-00:30"), "2026-03-29T13:00:00.500Z");
        assert_eq!(UnixMillis(u64::MAX).rfc3339(), u64::MAX.to_string());
        let header = UnixMillis::parse_http("Sun, 29 Mar 2026 12:30:00 GMT").unwrap();
        assert_eq!(header.rfc3339(), "2026-03-29T12:30:00Z");
        for bad in ["", "yesterday", "2026-02-30", "1969-12-31", "2026-03-29T12:30:00", "12:30"] {
            assert!(UnixMillis::parse(bad).is_err(), "{bad} should be refused");
        }
    }

    #[test]
    fn only_rfc3339_is_read() {
        for bad in [
            "2026-03-29T12:30Z",
            "20260329T123000Z",
            "2026-03-29T12:30:00Z[Europe/Berlin]",
            "2026-03-29T12:30:00+02",
            "2026-03-29T12:30:00+0200",
            "2026-03-29T12:30:00Zulu",
            "2026-03-29T25:30:00Z",
            "20260329",
            "2026-03-29T",
        ] {
            assert!(UnixMillis::parse(bad).is_err(), "{bad} should be refused");
        }
    }
}
