//! What was probably meant by a text that is no schedule, or that two systems read in two ways.
//!
//! [`Expression::from_str`](super::Expression) asks here after it refused a text. A proposal is made from the text and then
//! read; one that is refused itself is not made.

use super::error::{ScheduleError, every};
use super::expression::timing;
use super::field::{Field, FieldError};
use super::interval;
use super::quartz::QuartzError;
use crate::nearest::nearest;

/// The error with what was meant, where that is clear.
pub(super) fn meant(text: &str, error: ScheduleError) -> ScheduleError {
    let (why, candidates) = match &error {
        ScheduleError::Nickname(name) => (format!("`{name}` is no nickname"), nicknames(name)),
        ScheduleError::Interval(written) => {
            (format!("`{}` is no interval", every(written)), interval::guess(written).into_iter().collect())
        }
        ScheduleError::Rate(written) => (
            format!("`rate({written})` is no rate of AWS"),
            interval::guess_rate(written).into_iter().collect(),
        ),
        ScheduleError::Fields { found, .. } => {
            let plural = if *found == 1 { "" } else { "s" };
            (format!("`{text}` has {found} field{plural}"), words(text))
        }
        ScheduleError::Quartz(error) => (error.to_string(), quartz(text, error)),
        ScheduleError::Years(_) => {
            (format!("`{text}` has seven fields, and a journey's schedule has no year"), years(text))
        }
        // A name that is misspelt is that in every dialect.
        ScheduleError::Field(FieldError::Unknown { .. }) => return error,
        ScheduleError::Field(wrong) => {
            let is_dialect = matches!(wrong, FieldError::Dialect { .. });
            (format!("`{text}` is not plain cron but of another dialect"), elsewhere(text, is_dialect))
        }
        _ => return error,
    };
    let mends: Vec<String> = candidates.into_iter().filter(|candidate| timing(candidate).is_ok()).collect();
    if mends.is_empty() { error } else { ScheduleError::Meant { why, mends } }
}

/// Six fields with `?` for the day of month, and numbers for the day of week: Quartz, whose sign `?` is, begins with Sunday = 1,
/// and plain cron with Sunday = 0. An error where the two differ.
pub(super) fn ambiguity(text: &str) -> Option<ScheduleError> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [second, minute, hour, "?", month, of_week] = *fields.as_slice() else { return None };
    if !numbers_of(of_week).any(|number| number != "0") {
        return None;
    }
    let named = format!("{second} {minute} {hour} * {month} {}", by_name(of_week)?);
    let candidates = [format!("quartz({text})"), named];
    let mends: Vec<String> = candidates.into_iter().filter(|candidate| timing(candidate).is_ok()).collect();
    let why = format!(
        "`{text}` has two meanings: in Quartz, whose sign `?` is, Sunday is 1, and in plain cron it is 0"
    );
    (!mends.is_empty()).then_some(ScheduleError::Meant { why, mends })
}

fn nicknames(name: &str) -> Vec<String> {
    const KNOWN: [&str; 7] =
        ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"];
    nearest(&name.to_lowercase(), KNOWN).map(str::to_owned).into_iter().collect()
}

/// `5m`, `30 seconds`, `everyday`, `hourly`.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let daily = matches!(lower.as_str(), "everyday" | "every-day").then(|| "@daily".to_owned());
    [daily, Some(format!("every {lower}")), interval::guess(&lower), Some(format!("@{lower}"))]
        .into_iter()
        .flatten()
        .collect()
}

/// The fields with the year left out.
fn years(text: &str) -> Vec<String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let Some((_, six)) = fields.split_last() else { return Vec::new() };
    let plain = (six.get(3) != Some(&"?") && six.get(5) != Some(&"?")).then(|| six.join(" "));
    plain.into_iter().chain([format!("quartz({})", six.join(" "))]).collect()
}

/// Fields that Quartz or AWS reads and plain cron does not; `is_dialect` if there is an `L`, a `W` or a `#` in a day field.
fn elsewhere(text: &str, is_dialect: bool) -> Vec<String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let mut candidates = Vec::new();
    if fields.contains(&"?") {
        candidates.extend([format!("quartz({text})"), format!("cron({text})")]);
    }
    let (times, day_fields) = match *fields.as_slice() {
        [minute, hour, day, month, weekday] => (format!("0 {minute} {hour}"), [day, month, weekday]),
        [second, minute, hour, day, month, weekday] => {
            (format!("{second} {minute} {hour}"), [day, month, weekday])
        }
        _ => return candidates,
    };
    let [day, month, weekday] = day_fields;
    if !is_dialect {
        return candidates;
    }
    let (day, weekday) = match (day, weekday) {
        (day, "*" | "?") => (day.to_owned(), "?".to_owned()),
        ("*" | "?", weekday) => ("?".to_owned(), by_name(weekday).unwrap_or_default()),
        _ => return candidates,
    };
    candidates.push(format!("quartz({times} {day} {month} {weekday})"));
    candidates
}

/// The day of week with names for plain cron's numbers. None for a number that is none.
fn by_name(field: &str) -> Option<String> {
    let (mut named, mut number, mut is_plain) = (String::new(), String::new(), true);
    for c in field.chars().chain(std::iter::once(' ')) {
        if c.is_ascii_digit() && is_plain {
            number.push(c);
            continue;
        }
        if !number.is_empty() {
            let day: usize = std::mem::take(&mut number).parse().ok()?;
            named.push_str(Field::DayOfWeek.names().get(if day == 7 { 0 } else { day })?);
        }
        // After these signs a number counts something else.
        is_plain = matches!(c, ',' | '-') || (is_plain && !matches!(c, '/' | '#'));
        named.push(c);
    }
    Some(named.trim_end().to_owned())
}

/// The numbers of a day-of-week field that stand for days.
fn numbers_of(field: &str) -> impl Iterator<Item = &str> {
    let days = field.split(',').filter_map(|entry| entry.split('/').next());
    days.flat_map(|range| range.split('-')).filter(|text| text.bytes().any(|byte| byte.is_ascii_digit()))
}

fn quartz(text: &str, error: &QuartzError) -> Vec<String> {
    let Some((word, inner)) = text.split_once('(') else { return Vec::new() };
    let inner = inner.trim_end_matches(')');
    let fields: Vec<&str> = inner.split_whitespace().collect();
    let written = |fields: &[&str]| format!("{word}({})", fields.join(" "));
    // Where the day fields stand, and the year.
    let (day, year) = if word == "quartz" { (3, 6) } else { (2, 5) };
    let with = |index: usize, value: &'static str| {
        let mut fields = fields.clone();
        if let Some(field) = fields.get_mut(index) {
            *field = value;
        }
        fields
    };
    match error {
        QuartzError::Year { .. } => vec![written(&with(year, "*"))],
        QuartzError::QuestionMark { both: true, .. } => vec![written(&with(day, "*"))],
        QuartzError::QuestionMark { .. } => match (fields.get(day), fields.get(day + 2)) {
            (_, Some(&"*")) => vec![written(&with(day + 2, "?"))],
            (Some(&"*"), _) => vec![written(&with(day, "?"))],
            _ => Vec::new(),
        },
        QuartzError::Fields { .. } if inner.contains('?') => {
            ["cron({})", "quartz({})", "quartz(0 {})", "cron({} *)"]
                .map(|form| form.replace("{}", inner))
                .into()
        }
        QuartzError::Fields { .. } => vec![inner.to_owned()],
        QuartzError::Field { .. } | QuartzError::NeverFires { .. } => Vec::new(),
    }
}
