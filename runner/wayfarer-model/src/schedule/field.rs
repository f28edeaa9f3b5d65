//! The fields of a cron expression, and their errors.
//!
//! `field_set` reads the text of a field. Every message here names the field, what is wrong with it, and a correction.

use std::fmt;

use super::field_set;
use crate::nearest::nearest;

/// Which field of a cron expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// 0 to 59; the first of six fields, left out of five.
    Second,
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12, or `JAN` to `DEC`.
    Month,
    /// 0 to 7, or `SUN` to `SAT`; Sunday is 0 and 7.
    DayOfWeek,
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Field {
    /// The smallest and the largest number.
    pub(super) fn span(self) -> (u32, u32) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 7),
        }
    }

    /// The names, of which the first stands for the smallest number.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => &MONTHS,
            Self::DayOfWeek => &WEEKDAYS,
            _ => &[],
        }
    }

    pub(super) fn is_day(self) -> bool {
        matches!(self, Self::DayOfMonth | Self::DayOfWeek)
    }

    /// The values that the field takes, as the rest of the sentence "write …".
    fn allowed(self) -> &'static str {
        match self {
            Self::Second | Self::Minute => "0 to 59",
            Self::Hour => "0 to 23",
            Self::DayOfMonth => "1 to 31",
            Self::Month => "1 to 12, or JAN to DEC",
            Self::DayOfWeek => "0 to 7 (Sunday is 0 and 7), or SUN to SAT",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day-of-month",
            Self::Month => "month",
            Self::DayOfWeek => "day-of-week",
        })
    }
}

/// Why a text is no field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Two commas follow each other, or one stands at an end.
    #[error("the {field} field `{text}` has an empty entry: {}", write(self, "remove the extra comma"))]
    Empty {
        /// The field that has the entry.
        field: Field,
        /// The whole field.
        text: String,
    },
    /// A number is beyond the field's range.
    #[error("`{number}` is out of range in the {field} field: write {}", field.allowed())]
    OutOfRange {
        /// The field, which decides the range.
        field: Field,
        /// The number, as written.
        number: String,
    },
    /// A word is neither a number nor a name of the field.
    #[error("`{word}` is unknown in the {field} field: {}", mend_word(*field, word))]
    Unknown {
        /// The field, which decides the names.
        field: Field,
        /// The word, as written.
        word: String,
    },
    /// The end of a range lies before its beginning.
    #[error(
        "the range `{first}-{last}` in the {field} field runs backwards: {}",
        write(self, "turn it round")
    )]
    Backwards {
        /// The field that has the range.
        field: Field,
        /// The beginning.
        first: String,
        /// The end.
        last: String,
        /// The step; 1 without one.
        step: u32,
    },
    /// A step is 0, or so large that it never takes a second step.
    #[error(
        "the step `/{step}` in the {field} field must be a whole number from 1 to {}",
        field.span().1 - field.span().0
    )]
    Step {
        /// The field, which decides the largest step.
        field: Field,
        /// The step.
        step: String,
    },
    /// A step begins at a single number. Other dialects read it in different ways.
    #[error("the step `{start}/{step}` in the {field} field has no end: {}", write(self, "give it one"))]
    StepWithoutEnd {
        /// The field that has the step.
        field: Field,
        /// The number before the step.
        start: String,
        /// The step.
        step: String,
    },
    /// `*` or `?` stands beside something else.
    #[error(
        "`{part}` in the {field} field mixes `*` or `?` with something else: `*` stands alone or before a step"
    )]
    Wildcard {
        /// The field that mixes them.
        field: Field,
        /// The entry, as written.
        part: String,
    },
    /// `?` stands outside the day fields.
    #[error("`?` has no meaning in the {field} field, only in the two day fields: write `*`")]
    QuestionMark {
        /// The field, none of the two of days.
        field: Field,
    },
    /// A sign belongs to another cron dialect.
    #[error("`{part}` in the {field} field is of another cron dialect (`L`, `W`, `#`, `+`, `H`): {}",
        if part.starts_with('H') { "give the journey a `spread` instead" } else { "list the days instead" })]
    Dialect {
        /// The field that has the sign.
        field: Field,
        /// The entry, as written.
        part: String,
    },
}

impl FieldError {
    /// The field that is wrong, whichever way.
    pub fn field(&self) -> Field {
        match self {
            Self::Empty { field, .. }
            | Self::OutOfRange { field, .. }
            | Self::Unknown { field, .. }
            | Self::Backwards { field, .. }
            | Self::Step { field, .. }
            | Self::StepWithoutEnd { field, .. }
            | Self::Wildcard { field, .. }
            | Self::QuestionMark { field }
            | Self::Dialect { field, .. } => *field,
        }
    }

    /// The part of the field that is wrong, as written.
    pub fn part(&self) -> String {
        match self {
            Self::Empty { text, .. } => text.clone(),
            Self::OutOfRange { number, .. } => number.clone(),
            Self::Unknown { word, .. } => word.clone(),
            Self::Backwards { first, last, step: 1, .. } => format!("{first}-{last}"),
            Self::Backwards { first, last, step, .. } => format!("{first}-{last}/{step}"),
            Self::Step { step, .. } => format!("/{step}"),
            Self::StepWithoutEnd { start, step, .. } => format!("{start}/{step}"),
            Self::Wildcard { part, .. } | Self::Dialect { part, .. } => part.clone(),
            Self::QuestionMark { .. } => "?".to_owned(),
        }
    }

    /// What to write instead of [`part`](Self::part); the field accepts it by itself. Another part of the field may have another error.
    pub fn mends(&self) -> Vec<String> {
        let one = match self {
            Self::Empty { text, .. } => {
                let entries: Vec<&str> = text.split(',').filter(|entry| !entry.is_empty()).collect();
                Some(entries.join(",")).filter(|text| !text.is_empty())
            }
            Self::Unknown { field, word } => name_like(*field, word).map(str::to_owned),
            Self::Backwards { field, first, last, step } => over_the_end(*field, first, last, *step),
            Self::StepWithoutEnd { field, start, step } => Some(with_an_end(*field, start, step)),
            Self::QuestionMark { .. } => Some("*".to_owned()),
            _ => None,
        };
        let is_accepted = |mend: &String| field_set::parse(self.field(), mend).is_ok();
        one.into_iter().filter(is_accepted).collect()
    }
}

/// "write `…`", or other words where there is nothing to write.
fn write(error: &FieldError, otherwise: &str) -> String {
    error.mends().first().map_or_else(|| otherwise.to_owned(), |mend| format!("write `{mend}`"))
}

/// A number or a name, as it counts from the field's smallest number.
fn value(field: Field, text: &str) -> Option<u32> {
    let named = field.names().iter().position(|name| name.eq_ignore_ascii_case(text));
    named.map_or_else(|| text.parse().ok(), |position| Some(field.span().0 + u32::try_from(position).ok()?))
}

/// The largest number once: Sunday is 0 and not 7 here.
fn top(field: Field) -> u32 {
    if field == Field::DayOfWeek { 6 } else { field.span().1 }
}

/// A number in the way in which the neighbour is written.
fn like(field: Field, number: u32, neighbour: &str) -> String {
    let by_name = || field.names().get((number - field.span().0) as usize).map(|name| (*name).to_owned());
    let is_name = neighbour.starts_with(|c: char| c.is_ascii_alphabetic());
    Some(is_name).filter(|is_name| *is_name).and_then(|_| by_name()).unwrap_or_else(|| number.to_string())
}

/// A range that runs backwards, as two that do not; with a step, as a list.
fn over_the_end(field: Field, first: &str, last: &str, step: u32) -> Option<String> {
    let (from, to) = (value(field, first)?, value(field, last)?);
    let (bottom, top) = (field.span().0, top(field));
    if step > 1 {
        let round = top - bottom + 1;
        let numbers = (from..=to + round).step_by(step as usize);
        let mut numbers: Vec<u32> =
            numbers.map(|number| if number > top { number - round } else { number }).collect();
        numbers.sort_unstable();
        return Some(numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(","));
    }
    let range = |one: String, other: String| if one == other { one } else { format!("{one}-{other}") };
    let high = if from >= top { first.to_owned() } else { range(first.to_owned(), like(field, top, first)) };
    Some(format!("{high},{}", range(like(field, bottom, last), last.to_owned())))
}

/// `0/15` is `*/15`, and `5/15` ends with the field.
fn with_an_end(field: Field, start: &str, step: &str) -> String {
    if value(field, start) == Some(field.span().0) {
        format!("*/{step}")
    } else {
        format!("{start}-{}/{step}", top(field).max(value(field, start).unwrap_or(0)))
    }
}

fn name_like(field: Field, word: &str) -> Option<&'static str> {
    let upper = word.to_uppercase();
    let names = field.names();
    let begins = names.iter().copied().find(|name| upper.starts_with(name));
    begins.or_else(|| nearest(&upper, names.iter().copied()))
}

fn mend_word(field: Field, word: &str) -> String {
    name_like(field, word)
        .map_or_else(|| format!("write {}", field.allowed()), |name| format!("did you mean `{name}`?"))
}
