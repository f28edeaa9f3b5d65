//! Plain cron: five fields, or six with seconds first, to sets of numbers.
//!
//! `field_set` reads the fields, [`Cron`] searches. Texts of other dialects end here as errors; `mend` looks at those.

use super::cron::{Cron, Times};
use super::days::DayRule;
use super::error::ScheduleError;
use super::field::Field;
use super::field_set::{FieldSet, parse as parse_field};

/// Reads five fields, or six with seconds first.
pub(super) fn parse(text: &str) -> Result<Cron, ScheduleError> {
    let mut fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() == 5 {
        fields.insert(0, "0");
    }
    let [second, minute, hour, day_of_month, month, day_of_week] = *fields.as_slice() else {
        let (text, found) = (text.to_owned(), fields.len());
        return Err(if found == 7 {
            ScheduleError::Years(text)
        } else {
            ScheduleError::Fields { text, found }
        });
    };
    let second = parse_field(Field::Second, second)?;
    let minute = parse_field(Field::Minute, minute)?;
    let hour = parse_field(Field::Hour, hour)?;
    let of_month = parse_field(Field::DayOfMonth, day_of_month)?;
    let months = parse_field(Field::Month, month)?;
    let of_week = parse_field(Field::DayOfWeek, day_of_week)?;
    let times = Times {
        seconds: second.bits,
        minutes: minute.bits,
        hours: hour.bits,
        are_fixed: !(second.has_star || minute.has_star || hour.has_star),
    };
    Cron::new(times, months.bits, day_rule(of_month, of_week))
        .ok_or_else(|| ScheduleError::NeverFires { day: day_of_month.to_owned(), month: month.to_owned() })
}

/// How day of month and day of week combine. If one field is restricted, it decides; if both are, either suffices.
fn day_rule(of_month: FieldSet, of_week: FieldSet) -> DayRule {
    match (of_month.star, of_week.star) {
        (true, true) => DayRule::All,
        (false, true) => DayRule::OfMonth(of_month.bits),
        (true, false) => DayRule::OfWeek(of_week.bits),
        (false, false) => DayRule::Either { of_month: of_month.bits, of_week: of_week.bits },
    }
}
