//! A text that is refused, as its errors say to write it.

use wayfarer_model::schedule::Expression;
use wayfarer_model::schedule::error::ScheduleError;
use wayfarer_model::schedule::field::{Field, FieldError};

/// In the order of six fields.
pub(crate) const FIELDS: [Field; 6] =
    [Field::Second, Field::Minute, Field::Hour, Field::DayOfMonth, Field::Month, Field::DayOfWeek];

/// The text with each proposal of its error. Empty without a proposal.
pub(crate) fn proposals(text: &str, error: &ScheduleError) -> Vec<String> {
    match error {
        ScheduleError::Field(error) => error.mends().iter().map(|mend| replaced(text, error, mend)).collect(),
        other => other.mends(),
    }
}

/// The text with one part of the field that is wrong replaced.
fn replaced(text: &str, error: &FieldError, mend: &str) -> String {
    let mut fields: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let first = usize::from(fields.len() == 5);
    let index = FIELDS.iter().position(|field| *field == error.field()).unwrap() - first;
    let part = error.part();
    assert!(fields[index].contains(&part), "`{text}`: {error} is about `{part}`, which is not in the field");
    fields[index] = fields[index].replacen(&part, mend, 1);
    fields.join(" ")
}

/// The expression that is reached by the first proposal of each error, and the last error without one.
pub(crate) fn followed(text: &str) -> Result<Expression, ScheduleError> {
    let mut text = text.to_owned();
    for _ in 0..40 {
        match text.parse::<Expression>() {
            Ok(expression) => return Ok(expression),
            Err(error) => match proposals(&text, &error).into_iter().next() {
                Some(mended) => {
                    assert_ne!(mended, text, "{error} proposes what it refuses");
                    text = mended;
                }
                None => return Err(error),
            },
        }
    }
    panic!("the proposals for `{text}` do not end");
}
