//! Instants as machines read them, RFC 3339 in UTC, and as people write them.
//!
//! For instants in a timezone, for people, there is [`Timezone::show`](crate::schedule::Timezone::show).

use chrono::{DateTime, NaiveDate, SecondsFormat};

use crate::units::UnixMillis;

/// Not an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstantError {
    /// Another form.
    #[error(
        "`{0}` is not an instant: write a date such as `2026-03-29`, or date and time such as `2026-03-29T12:30:00Z`"
    )]
    Form(String),
    /// A time that no clock shows.
    #[error("`{text}` never comes in {timezone}: the clock is put forward over it")]
    Never {
        /// What was written.
        text: String,
        /// Where.
        timezone: &'static str,
    },
}

impl UnixMillis {
    /// As in `2026-03-29T12:30:00Z`, with milliseconds where there are any.
    pub fn rfc3339(self) -> String {
        i64::try_from(self.0)
            .ok()
            .and_then(DateTime::from_timestamp_millis)
            .map_or_else(|| self.0.to_string(), |at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }

    /// Reads the date of an HTTP header, such as `Tue, 24 Nov 2026 19:00:00 GMT`.
    ///
    /// # Errors
    /// [`InstantError`] for anything else.
    pub fn parse_http(text: &str) -> Result<Self, InstantError> {
        let millis = DateTime::parse_from_rfc2822(text).ok().map(|at| at.timestamp_millis());
        millis
            .and_then(|millis| u64::try_from(millis).ok())
            .map(Self)
            .ok_or_else(|| InstantError::Form(text.to_owned()))
    }

    /// Reads a date, which is its midnight in UTC, or RFC 3339.
    ///
    /// # Errors
    /// [`InstantError`] for anything else, and for what is before 1970.
    pub fn parse(text: &str) -> Result<Self, InstantError> {
        let text = text.trim();
        let midnight = || {
            let date = text.parse::<NaiveDate>().ok()?;
            Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
        };
        let millis =
            DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis()).or_else(midnight);
        millis
            .and_then(|millis| u64::try_from(millis).ok())
            .map(Self)
            .ok_or_else(|| InstantError::Form(text.to_owned()))
    }
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
        let header = UnixMillis::parse_http("Sun, 29 Mar 2026 12:30:00 GMT").unwrap();
        assert_eq!(header.rfc3339(), "2026-03-29T12:30:00Z");
        for bad in ["", "yesterday", "2026-02-30", "1969-12-31", "2026-03-29T12:30:00", "12:30"] {
            assert!(UnixMillis::parse(bad).is_err(), "{bad} should be refused");
        }
    }
}
