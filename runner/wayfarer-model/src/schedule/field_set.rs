//! One field of a cron expression: from its text to a set of numbers.
//!
//! `posix` calls [`parse`] for each field. A field is `*`, or a list (`,`) of numbers, names, ranges
//! (`first-last`) and steps (`*/n`, `first-last/n`). The two day fields also take `?` for `*`. A range runs upwards:
//! like croner this file refuses `FRI-MON`, and the error writes it as two ranges. Bit `n` of a set stands for the
//! number `n`; Sunday is bit 0.

use super::field::{Field, FieldError};

/// The meaning of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FieldSet {
    /// The numbers, one bit each.
    pub(super) bits: u64,
    /// Whether the whole field is `*` or `?`. Such a day field is not restricted.
    pub(super) star: bool,
    /// Whether a `*` stands in it, with a step or without one. A job with such a time follows the wall clock.
    pub(super) has_star: bool,
}

/// Reads one field.
pub(super) fn parse(field: Field, text: &str) -> Result<FieldSet, FieldError> {
    if text == "?" && !field.is_day() {
        return Err(FieldError::QuestionMark { field });
    }
    let star = matches!(text, "*" | "?");
    let mut bits = 0;
    for part in text.split(',') {
        if part.is_empty() {
            return Err(FieldError::Empty { field, text: text.to_owned() });
        }
        let entry = if star { Entry::whole(field) } else { entry(field, part)? };
        bits |= (entry.first..=entry.last)
            .step_by(entry.step as usize)
            .fold(0_u64, |bits, number| bits | (1 << number));
    }
    if field == Field::DayOfWeek && bits & (1 << 7) != 0 {
        bits = (bits | 1) & !(1 << 7);
    }
    Ok(FieldSet { bits, star, has_star: text.contains('*') })
}

struct Entry {
    first: u32,
    last: u32,
    step: u32,
}

impl Entry {
    fn whole(field: Field) -> Self {
        let (first, last) = field.span();
        Self { first, last, step: 1 }
    }
}

/// Reads one entry of a list. `*` or `?` alone is no entry: it stands for a whole field.
fn entry(field: Field, part: &str) -> Result<Entry, FieldError> {
    let (range, step) = match part.split_once('/') {
        Some((range, text)) => (range, Some((text, step(field, text)?))),
        None => (part, None),
    };
    if range == "*"
        && let Some((_, step)) = step
    {
        return Ok(Entry { step, ..Entry::whole(field) });
    }
    if part.contains(['*', '?']) {
        return Err(FieldError::Wildcard { field, part: part.to_owned() });
    }
    let Some((first, last)) = range.split_once('-') else {
        let number = number(field, range, false)?;
        return match step {
            None => Ok(Entry { first: number, last: number, step: 1 }),
            Some((text, _)) => {
                Err(FieldError::StepWithoutEnd { field, start: range.to_owned(), step: text.to_owned() })
            }
        };
    };
    if first.is_empty() || last.is_empty() {
        return Err(FieldError::Unknown { field, word: part.to_owned() });
    }
    let entry = Entry {
        first: number(field, first, false)?,
        last: number(field, last, true)?,
        step: step.map_or(1, |(_, step)| step),
    };
    if entry.first > entry.last {
        let (first, last, step) = (first.to_owned(), last.to_owned(), entry.step);
        return Err(FieldError::Backwards { field, first, last, step });
    }
    Ok(entry)
}

fn step(field: Field, text: &str) -> Result<u32, FieldError> {
    let (bottom, top) = field.span();
    digits(text)
        .filter(|step| (1..=top - bottom).contains(step))
        .ok_or_else(|| FieldError::Step { field, step: text.to_owned() })
}

/// Reads a number or a name. `SUN` at the end of a range is 7, so that `FRI-SUN` runs upwards.
fn number(field: Field, text: &str, ends_range: bool) -> Result<u32, FieldError> {
    let (bottom, top) = field.span();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits(text)
            .filter(|number| (bottom..=top).contains(number))
            .ok_or_else(|| FieldError::OutOfRange { field, number: text.to_owned() });
    }
    match field.names().iter().position(|name| name.eq_ignore_ascii_case(text)) {
        Some(0) if ends_range && field == Field::DayOfWeek => Ok(7),
        Some(position) => Ok(bottom + position as u32),
        None if is_dialect(field, text) => Err(FieldError::Dialect { field, part: text.to_owned() }),
        None => Err(FieldError::Unknown { field, word: text.to_owned() }),
    }
}

/// Reads digits only: `u32::from_str` also takes a `+`.
fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// `L`, `5L`, `FRIL`, `LW`, `15W`, `FRI#2`, `+MON`; and Jenkins' `H`.
fn is_dialect(field: Field, text: &str) -> bool {
    let modifier = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let last = text.strip_suffix('L').unwrap_or_default();
    let is_last_day = field.names().iter().any(|name| name.eq_ignore_ascii_case(last));
    let of_days = matches!(modifier, "L" | "W" | "LW") || is_last_day || text.contains(['#', '+']);
    (field.is_day() && of_days) || text == "H" || text.starts_with("H(")
}
