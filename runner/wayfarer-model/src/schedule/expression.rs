//! The text of a schedule, parsed.
//!
//! The text comes from a descriptor or a `journey.toml`. [`Schedule`](super::Schedule) joins the [`Expression`] with a
//! timezone and a spread. Every expression is due at some time: a text that never is, is refused.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::cron::Cron;
use super::error::{LONGEST_TEXT, ScheduleError};
use super::quartz::System;
use super::{interval, mend, posix, quartz};

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

const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

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
        let timing = timing(text).map_err(|error| mend::meant(text, error))?;
        Ok(Self { text: text.to_owned(), timing })
    }
}

/// Reads a text without blanks around it.
pub(super) fn timing(text: &str) -> Result<Timing, ScheduleError> {
    if text.is_empty() {
        return Err(ScheduleError::Empty);
    }
    if text.len() > LONGEST_TEXT {
        return Err(ScheduleError::Long(text.len()));
    }
    let of_every = |word: &str| text.strip_prefix(word).filter(|rest| !rest.starts_with(char::is_alphabetic));
    if let Some(interval) = of_every("@every").or_else(|| of_every("every")) {
        return interval::read(interval.trim()).map(Timing::Every);
    }
    if text.starts_with('@') {
        return nickname(text).map(Timing::Cron);
    }
    if ["TZ=", "CRON_TZ="].iter().any(|prefix| text.starts_with(prefix)) {
        return Err(timezone(text));
    }
    for system in [System::Quartz, System::Aws] {
        if let Some(inner) = bracketed(text, system.word()) {
            return Ok(Timing::Cron(quartz::read(system, inner?)?));
        }
    }
    if let Some(inner) = bracketed(text, "rate") {
        return interval::read_rate(inner?).map(Timing::Every);
    }
    match mend::ambiguity(text) {
        Some(error) => Err(error),
        None => posix::parse(text).map(Timing::Cron),
    }
}

fn nickname(text: &str) -> Result<Cron, ScheduleError> {
    if text.eq_ignore_ascii_case("@reboot") {
        return Err(ScheduleError::Reboot);
    }
    let found = NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    let (_, fields) = found.ok_or_else(|| ScheduleError::Nickname(text.to_owned()))?;
    posix::parse(fields)
}

/// What stands in the brackets after a word. None if the word does not begin the text.
fn bracketed<'a>(text: &'a str, word: &str) -> Option<Result<&'a str, ScheduleError>> {
    let inner = text.strip_prefix(word)?.strip_prefix('(')?;
    Some(inner.strip_suffix(')').ok_or_else(|| ScheduleError::Bracket(text.to_owned())))
}

/// The error of a prefix such as `CRON_TZ=Asia/Tokyo`, or that of the expression after it.
fn timezone(text: &str) -> ScheduleError {
    let (prefix, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match timing(rest.trim()) {
        Ok(_) => ScheduleError::Timezone { prefix: prefix.to_owned(), rest: rest.trim().to_owned() },
        Err(error) => error,
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
