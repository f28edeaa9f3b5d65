//! The fields of a cron expression, and their errors.
//!
//! `field_set` reads the text of a field. Every message here names the field, what is wrong with it, and a correction.

use std::fmt;

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
    #[error("the {field} field `{text}` has an empty entry: remove the extra comma")]
    Empty {
        /// The field.
        field: Field,
        /// The whole field.
        text: String,
    },
    /// A number is beyond the field's range.
    #[error("`{number}` is out of range in the {field} field: write {}", field.allowed())]
    OutOfRange {
        /// The field.
        field: Field,
        /// The number, as written.
        number: String,
    },
    /// A word is neither a number nor a name of the field.
    #[error("`{word}` is unknown in the {field} field: {}", mend_word(*field, word))]
    Unknown {
        /// The field.
        field: Field,
        /// The word, as written.
        word: String,
    },
    /// The end of a range lies before its beginning.
    #[error(
        "the range `{first}-{last}` in the {field} field runs backwards: write it as two, `{first}-{top},{bottom}-{last}`",
        top = if *field == Field::DayOfWeek { 6 } else { field.span().1 },
        bottom = field.span().0
    )]
    Backwards {
        /// The field.
        field: Field,
        /// The beginning.
        first: String,
        /// The end.
        last: String,
    },
    /// A step is 0, or so large that it never takes a second step.
    #[error(
        "the step `/{step}` in the {field} field must be a whole number from 1 to {}",
        field.span().1 - field.span().0
    )]
    Step {
        /// The field.
        field: Field,
        /// The step.
        step: String,
    },
    /// A step begins at a single number. Other dialects read it in different ways.
    #[error(
        "the step `{start}/{step}` in the {field} field has no end: write `{start}-{}/{step}`, or `*/{step}` for the whole field",
        field.span().1
    )]
    StepWithoutEnd {
        /// The field.
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
        /// The field.
        field: Field,
        /// The entry, as written.
        part: String,
    },
    /// `?` stands outside the day fields.
    #[error("`?` has no meaning in the {field} field, only in the two day fields: write `*`")]
    QuestionMark {
        /// The field.
        field: Field,
    },
    /// A sign belongs to another cron dialect.
    #[error("`{part}` in the {field} field is of another cron dialect (`L`, `W`, `#`, `+`, `H`): {}",
        if part.starts_with('H') { "give the journey a `spread` instead" } else { "list the days instead" })]
    Dialect {
        /// The field.
        field: Field,
        /// The entry, as written.
        part: String,
    },
}

fn mend_word(field: Field, word: &str) -> String {
    let upper = word.to_uppercase();
    let names = field.names();
    let guess = names
        .iter()
        .copied()
        .find(|name| upper.starts_with(name))
        .or_else(|| nearest(&upper, names.iter().copied()));
    guess.map_or_else(|| format!("write {}", field.allowed()), |name| format!("did you mean `{name}`?"))
}
