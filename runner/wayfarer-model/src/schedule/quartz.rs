//! Expressions of other systems, marked as such: `quartz(0 0 12 * * ?)` and AWS's `cron(0 12 * * ? *)`.
//!
//! | | fields | |
//! |---|---|---|
//! | `quartz(…)` | second, minute, hour, day of month, month, day of week, and the year if wanted | Quartz, and what is built on it |
//! | `cron(…)` | minute, hour, day of month, month, day of week, year | AWS `EventBridge` |
//!
//! In both Sunday is 1, `5/15` runs to the field's end, `22-2` runs over the end, and exactly one of the day fields is `?`.
//! The crate `cron` reads the fields; what it does not know, the day fields' `L`, `W` and `#`, is read here. Its own search is not
//! used: `Cron` finds the instants, by the same rules about clock changes as for plain cron. The year is `*` or left out: a
//! journey that ends by itself would be green by absence.

use std::str::FromStr as _;

use cron::{Schedule, TimeUnitSpec};

use super::cron::{Cron, Times};
use super::days::DayRule;
use super::field::Field;

/// The system that writes expressions in such brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// `quartz(…)`.
    Quartz,
    /// `cron(…)`.
    Aws,
}

/// Why a text is no expression of its system; [`remedy`](Self::remedy) says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuartzError {
    /// The number of fields.
    #[error("`{text}` has {found} field{}", if *found == 1 { "" } else { "s" })]
    Fields {
        /// The system that writes expressions so.
        system: System,
        /// What stands in the brackets.
        text: String,
        /// The number of its fields.
        found: usize,
    },
    /// Neither of the day fields is `?`, or both are.
    #[error("{} takes `?` for exactly one of day of month and day of week", system.name())]
    QuestionMark {
        /// The system that writes expressions so.
        system: System,
        /// Whether both are `?`, rather than neither.
        both: bool,
    },
    /// The year is restricted.
    #[error("the year `{year}` would end the journey, which nobody would notice")]
    Year {
        /// The year field as written, anything but `*`.
        year: String,
    },
    /// One field is wrong.
    #[error("`{text}` is no {field} field of {}", system.name())]
    Field {
        /// The system that writes expressions so.
        system: System,
        /// The field that is wrong, by its name there.
        field: Field,
        /// The field's text as written.
        text: String,
    },
    /// No year has the date.
    #[error("the schedule never fires: no year has day {day} in month {month}")]
    NeverFires {
        /// The day field that is restricted.
        day: String,
        /// The month field as written: none of its months has the day.
        month: String,
    },
}

impl QuartzError {
    /// What to write, as the rest of a sentence.
    pub(super) fn remedy(&self) -> &'static str {
        match self {
            Self::Fields { system, .. } => system.fields(),
            Self::QuestionMark { .. } => "it for the one that does not matter",
            Self::Year { .. } => "`*` for the year",
            Self::Field { field, .. } => allowed(*field),
            Self::NeverFires { .. } => "a day that the month has",
        }
    }
}

impl System {
    /// The system's name, as people know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quartz => "Quartz",
            Self::Aws => "AWS",
        }
    }

    /// The word before the bracket.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Quartz => "quartz",
            Self::Aws => "cron",
        }
    }

    fn fields(self) -> &'static str {
        match self {
            Self::Quartz => "six fields, seconds first, or seven with the year",
            Self::Aws => "six fields, minutes first and the year last",
        }
    }
}

fn allowed(field: Field) -> &'static str {
    match field {
        Field::Second | Field::Minute => "0 to 59, `*`, `,`, `-` and `/`",
        Field::Hour => "0 to 23, `*`, `,`, `-` and `/`",
        Field::DayOfMonth => "1 to 31, `*`, `?`, `,`, `-`, `/`, and alone `L`, `L-3`, `LW` or `15W`",
        Field::Month => "1 to 12 or JAN to DEC, `*`, `,`, `-` and `/`",
        Field::DayOfWeek => {
            "1 (Sunday) to 7 or SUN to SAT, `*`, `?`, `,`, `-`, `/`, and alone `L`, `6L` or `6#3`"
        }
    }
}

/// The order in which the crate reads the fields.
const FIELDS: [Field; 6] =
    [Field::Second, Field::Minute, Field::Hour, Field::DayOfMonth, Field::Month, Field::DayOfWeek];

/// Reads what stands inside the brackets.
pub(super) fn read(system: System, inner: &str) -> Result<Cron, QuartzError> {
    let fields: Vec<&str> = inner.split_whitespace().collect();
    let (written, year) = match (system, fields.as_slice()) {
        (System::Quartz, &[second, minute, hour, day, month, weekday]) => {
            ([second, minute, hour, day, month, weekday], "*")
        }
        (System::Quartz, &[second, minute, hour, day, month, weekday, year]) => {
            ([second, minute, hour, day, month, weekday], year)
        }
        (System::Aws, &[minute, hour, day, month, weekday, year]) => {
            (["0", minute, hour, day, month, weekday], year)
        }
        _ => return Err(QuartzError::Fields { system, text: inner.to_owned(), found: fields.len() }),
    };
    let [second, minute, hour, of_month, month, of_week] = written;
    if year != "*" {
        return Err(QuartzError::Year { year: year.to_owned() });
    }
    if (of_month == "?") == (of_week == "?") {
        return Err(QuartzError::QuestionMark { system, both: of_month == "?" });
    }
    let wrong = |field, text: &str| QuartzError::Field { system, field, text: text.to_owned() };
    let special = match (of_month, of_week) {
        ("?", day) => day_of_week(day).map_err(|()| wrong(Field::DayOfWeek, day))?,
        (day, _) => day_of_month(day).map_err(|()| wrong(Field::DayOfMonth, day))?,
    };
    let plain = |field| if special.is_some() { "*" } else { field };
    let sets = sets([second, minute, hour, plain(of_month), month, plain(of_week)])
        .map_err(|(field, text)| wrong(field, &text))?;
    let [seconds, minutes, hours, days, months, weekdays] = sets;
    let usual = if of_month == "?" { DayRule::OfWeek(weekdays >> 1) } else { DayRule::OfMonth(days) };
    let are_fixed = ![second, minute, hour].into_iter().any(follows_the_clock);
    let times = Times { seconds, minutes, hours, are_fixed };
    Cron::new(times, months, special.unwrap_or(usual)).ok_or_else(|| QuartzError::NeverFires {
        day: if of_month == "?" { of_week } else { of_month }.to_owned(),
        month: month.to_owned(),
    })
}

/// `*`, or a step that runs to the field's end, which is the same with a beginning.
fn follows_the_clock(field: &str) -> bool {
    field.contains('*') || field.split(',').any(|entry| entry.contains('/') && !entry.contains('-'))
}

/// The numbers of each field, one bit each; or the field that cannot be read.
fn sets(fields: [&str; 6]) -> Result<[u64; 6], (Field, String)> {
    let mut read = [0; 6];
    for (index, (field, set)) in FIELDS.into_iter().zip(&mut read).enumerate() {
        let text = fields.get(index).copied().unwrap_or("*");
        *set = numbers(field, index, text).ok_or_else(|| (field, text.to_owned()))?;
    }
    Ok(read)
}

/// Reads one field by a text in which all other fields are `*`, so that an error is this field's.
fn numbers(field: Field, index: usize, text: &str) -> Option<u64> {
    if text != "?" && text.contains('?') {
        return None;
    }
    let mut fields = ["*"; 6].map(str::to_owned);
    *fields.get_mut(index)? =
        text.split(',').map(|entry| upwards(field, entry)).collect::<Vec<_>>().join(",");
    let schedule = Schedule::from_str(&fields.join(" ")).ok()?;
    let set = |spec: &dyn Fn(u32) -> bool| {
        (0..64).filter(|number| spec(*number)).fold(0, |bits, n| bits | (1 << n))
    };
    Some(match field {
        Field::Second => set(&|n| schedule.seconds().includes(n)),
        Field::Minute => set(&|n| schedule.minutes().includes(n)),
        Field::Hour => set(&|n| schedule.hours().includes(n)),
        Field::DayOfMonth => set(&|n| schedule.days_of_month().includes(n)),
        Field::Month => set(&|n| schedule.months().includes(n)),
        Field::DayOfWeek => set(&|n| schedule.days_of_week().includes(n)),
    })
}

/// A range that runs over the field's end, as two that run upwards.
fn upwards(field: Field, entry: &str) -> String {
    let Some((first, last)) = entry.split_once('-').filter(|_| !entry.contains('/')) else {
        return entry.to_owned();
    };
    match (number(field, first), number(field, last)) {
        (Some(from), Some(to)) if from > to => {
            let (bottom, top) = bounds(field);
            format!("{from}-{top},{bottom}-{to}")
        }
        _ => entry.to_owned(),
    }
}

fn bounds(field: Field) -> (u32, u32) {
    if field == Field::DayOfWeek { (1, 7) } else { field.span() }
}

/// A number or a name of the field, as Quartz counts.
fn number(field: Field, text: &str) -> Option<u32> {
    let (bottom, top) = bounds(field);
    let named = || {
        let position = field.names().iter().position(|name| name.eq_ignore_ascii_case(text))?;
        Some(bottom + u32::try_from(position).ok()?)
    };
    let number = if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { named() };
    number.filter(|number| (bottom..=top).contains(number))
}

/// `L`, `L-3`, `LW` and `15W`. None for a usual field.
fn day_of_month(text: &str) -> Result<Option<DayRule>, ()> {
    let day = |text: &str, least: i8, most: i8| {
        let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|text| text.parse::<i8>().ok());
        number.filter(|day| (least..=most).contains(day)).ok_or(())
    };
    match text {
        "L" => Ok(Some(DayRule::BeforeLast(0))),
        "LW" => Ok(Some(DayRule::LastWorkday)),
        _ => match (text.strip_prefix("L-"), text.strip_suffix('W')) {
            (Some(before), _) => Ok(Some(DayRule::BeforeLast(day(before, 1, 30)?))),
            (_, Some(near)) => Ok(Some(DayRule::NearestWorkday(day(near, 1, 31)?))),
            _ => Ok(None),
        },
    }
}

/// `L`, `6L` or `FRIL`, and `6#3` or `FRI#3`. None for a usual field.
fn day_of_week(text: &str) -> Result<Option<DayRule>, ()> {
    let weekday = |text: &str| {
        let number = number(Field::DayOfWeek, text).and_then(|number| i8::try_from(number).ok());
        number.map(|number| number - 1).ok_or(())
    };
    if text == "L" {
        // Both systems: the week's last day, which is Saturday.
        return Ok(Some(DayRule::OfWeek(1 << 6)));
    }
    if let Some((day, nth)) = text.split_once('#') {
        let nth = nth.parse::<i8>().ok().filter(|nth| (1..=5).contains(nth)).ok_or(())?;
        return Ok(Some(DayRule::Nth { weekday: weekday(day)?, nth }));
    }
    match text.strip_suffix('L') {
        Some(day) => Ok(Some(DayRule::LastOfWeek(weekday(day)?))),
        None => Ok(None),
    }
}
