//! The text of a schedule, parsed.
//!
//! The text comes from a descriptor or a `journey.toml`. [`Schedule`](super::Schedule) joins the [`Expression`] with a
//! timezone and a spread. Every expression is due at some time: this file refuses a text that never is.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cron::Cron;
use super::field::FieldError;
use crate::nearest::nearest;
use crate::units::{UnitError, parse_duration};

/// A cron expression, a nickname such as `@hourly`, or an interval such as `every 15s`.
///
/// Two expressions are equal if their texts are: an author who writes the same schedule in another way makes a new
/// version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expression {
    text: String,
    timing: Timing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timing {
    Cron(Cron),
    /// The interval in milliseconds, counted from the beginning of 1970.
    Every(u64),
}

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// It is empty.
    #[error("the schedule is empty: write a cron expression such as `*/5 * * * *`, or `every 5m`")]
    Empty,
    /// It is longer than any person writes. A component chooses the text.
    #[error("the schedule has {0} bytes: write {LONGEST_TEXT} at most")]
    Long(usize),
    /// It has neither five nor six fields.
    #[error("`{text}` has {found} field{}: write five (minute, hour, day of month, month, day of week), six with seconds first, or an interval such as `every 5m`", if *found == 1 { "" } else { "s" })]
    Fields {
        /// The whole text.
        text: String,
        /// The number of its fields.
        found: usize,
    },
    /// It has a seventh field, the year.
    #[error("`{0}` has seven fields: leave the year out, a journey's schedule has none")]
    Years(String),
    /// One field is wrong.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// No year has the date.
    #[error(
        "the schedule never fires: no year has day {day} in month {month}; write a day that the month has"
    )]
    NeverFires {
        /// The day-of-month field.
        day: String,
        /// The month field.
        month: String,
    },
    /// The word after `@` is unknown.
    #[error("`{text}` is no nickname: {}", mend_nickname(text))]
    Nickname {
        /// The whole text.
        text: String,
    },
    /// The interval is no duration.
    #[error("interval: {0}")]
    Interval(#[from] UnitError),
    /// The interval is shorter than a second.
    #[error("an interval of `{0}` is shorter than a second: write `every 1s` or longer")]
    TooShort(String),
    /// The interval is longer than 366 days.
    #[error(
        "an interval of `{0}` is longer than 366 days: write a shorter one, or a cron expression such as `@yearly`"
    )]
    TooLong(String),
    /// The interval has a part of a millisecond; slots are counted in milliseconds.
    #[error("an interval of `{0}` is not a whole number of milliseconds: round it")]
    TooFine(String),
}

const LONGEST_TEXT: usize = 500;

const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

fn mend_nickname(text: &str) -> String {
    let lower = text.to_lowercase();
    if let Some(interval) = lower.strip_prefix("@every") {
        return format!("write `every {}`", interval.trim());
    }
    if lower == "@reboot" {
        return "a journey runs on the clock, not at a start; write a cron expression or an interval"
            .to_owned();
    }
    let names = NICKNAMES.iter().map(|(name, _)| *name);
    nearest(&lower, names).map_or_else(
        || "write @hourly, @daily, @midnight, @weekly, @monthly, @yearly or @annually".to_owned(),
        |name| format!("did you mean `{name}`?"),
    )
}

impl Expression {
    /// The text, as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn timing(&self) -> Timing {
        self.timing
    }
}

impl FromStr for Expression {
    type Err = ScheduleError;
    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let text = text.trim();
        let timing = if text.is_empty() {
            return Err(ScheduleError::Empty);
        } else if text.len() > LONGEST_TEXT {
            return Err(ScheduleError::Long(text.len()));
        } else if text.starts_with('@') {
            Timing::Cron(nickname(text)?)
        } else if let Some(interval) =
            text.strip_prefix("every").filter(|rest| !rest.starts_with(char::is_alphabetic))
        {
            Timing::Every(interval_ms(interval.trim())?)
        } else {
            Timing::Cron(Cron::parse(text)?)
        };
        Ok(Self { text: text.to_owned(), timing })
    }
}

fn nickname(text: &str) -> Result<Cron, ScheduleError> {
    let found = NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    let (_, fields) = found.ok_or_else(|| ScheduleError::Nickname { text: text.to_owned() })?;
    Cron::parse(fields)
}

fn interval_ms(text: &str) -> Result<u64, ScheduleError> {
    let interval = parse_duration(text)?;
    if interval < Duration::from_secs(1) {
        Err(ScheduleError::TooShort(text.to_owned()))
    } else if interval > Duration::from_hours(366 * 24) {
        Err(ScheduleError::TooLong(text.to_owned()))
    } else if !interval.subsec_nanos().is_multiple_of(1_000_000) {
        Err(ScheduleError::TooFine(text.to_owned()))
    } else {
        Ok(u64::try_from(interval.as_millis()).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl TryFrom<String> for Expression {
    type Error = ScheduleError;
    fn try_from(text: String) -> Result<Self, ScheduleError> {
        text.parse()
    }
}

impl From<Expression> for String {
    fn from(expression: Expression) -> Self {
        expression.text
    }
}
