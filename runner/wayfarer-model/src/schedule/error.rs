//! Why a text is no schedule. Every message says what is wrong and how to mend it.
//!
//! Texts that a message proposes are accepted: [`ScheduleError::mends`] are whole schedules, [`FieldError::mends`] stand for
//! one entry of a field. `tests/schedule_mends.rs` holds it.

use super::field::FieldError;
use super::quartz::QuartzError;

/// The longest text, in bytes. A component chooses the text.
pub(super) const LONGEST_TEXT: usize = 500;

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// It has no character but blanks.
    #[error("the schedule is empty: write a cron expression such as `*/5 * * * *`, or `every 5m`")]
    Empty,
    /// It is longer than any person writes.
    #[error("the schedule has {0} bytes: write {LONGEST_TEXT} at most")]
    Long(usize),
    /// It has neither five nor six fields.
    #[error("`{text}` has {found} field{}: write five (minute, hour, day of month, month, day of week), six with seconds first, or an interval such as `every 5m`", if *found == 1 { "" } else { "s" })]
    Fields {
        /// The schedule as written, of at most 500 bytes.
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
        /// The day-of-month field as written, a number, a range or a list.
        day: String,
        /// The month field as written: none of its months has the day.
        month: String,
    },
    /// The word after `@` is unknown.
    #[error(
        "`{0}` is no nickname: write @hourly, @daily, @midnight, @weekly, @monthly, @yearly or @annually"
    )]
    Nickname(String),
    /// `@reboot`.
    #[error(
        "`@reboot` is no nickname: a journey runs on the clock, not at a start; write a cron expression or an interval"
    )]
    Reboot,
    /// The interval is no duration.
    #[error(
        "`{}` is no interval: write numbers with `s`, `m`, `h` or `d`, the longer units first, such as `every 30s` or `every 1h30m`",
        every(.0)
    )]
    Interval(String),
    /// The inside of a `rate(…)` is none of AWS's.
    #[error(
        "`rate({0})` is no rate of AWS: write a number with minutes, hours or days, such as `rate(5 minutes)` or `rate(1 hour)`"
    )]
    Rate(String),
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
    /// A timezone stands before the expression.
    #[error(
        "`{prefix}` does not belong into a schedule: write `{rest}`, and `timezone = \"{timezone}\"` beside it (on the command line `--timezone {timezone}`)",
        timezone = timezone_of(.prefix)
    )]
    Timezone {
        /// Name, `=` and timezone as written, such as `CRON_TZ=Asia/Tokyo`.
        prefix: String,
        /// What follows, which is accepted.
        rest: String,
    },
    /// The brackets of `quartz(`, `cron(` or `rate(` are not closed.
    #[error("`{0}` has no closing bracket at its end: write it after the last field")]
    Bracket(String),
    /// The inside of a `quartz(…)` or `cron(…)` is none.
    #[error("{why}: write {remedy}", why = .0, remedy = .0.remedy())]
    Quartz(#[from] QuartzError),
    /// What was probably meant is known.
    #[error("{why}: write {}", listed(mends))]
    Meant {
        /// The beginning of a sentence that [`mends`](Self::mends) end.
        why: String,
        /// Whole schedules, one at least.
        mends: Vec<String>,
    },
}

impl ScheduleError {
    /// Whole schedules to write instead. Each is accepted.
    pub fn mends(&self) -> Vec<String> {
        match self {
            Self::Meant { mends, .. } => mends.clone(),
            Self::Timezone { rest, .. } => vec![rest.clone()],
            _ => Vec::new(),
        }
    }
}

/// The timezone of a prefix such as `TZ=Asia/Tokyo`.
fn timezone_of(prefix: &str) -> &str {
    prefix.split_once('=').map_or("", |(_, timezone)| timezone)
}

/// An interval as it is written.
pub(super) fn every(text: &str) -> String {
    format!("every {text}").trim_end().to_owned()
}

fn listed(mends: &[String]) -> String {
    let quoted: Vec<String> = mends.iter().map(|mend| format!("`{mend}`")).collect();
    quoted.join(" or ")
}
