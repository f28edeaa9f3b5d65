//! A cron expression as sets of numbers, and the calendar search over them: wall clock in, wall clock out.
//!
//! This file sits between `field_set`, which reads the text of one field, and `clock_changes`, which adds the
//! timezone. It knows neither timezones nor clock changes.
//!
//! Each set is the bits of a `u64`: bit n stands for the number n. A search over dates tests one set per month, for at
//! most the number of months between two 29ths of February. [`Cron::parse`] refuses an expression that no date
//! satisfies, so a search always ends.

use jiff::civil::{Date, DateTime, Time};

use super::expression::ScheduleError;
use super::field::Field;
use super::field_set::{FieldSet, parse as parse_field};

/// From 29 February 2096 to 29 February 2104, and the month that has begun.
const LONGEST_WAIT_MONTHS: u32 = 8 * 12 + 1;

/// The fields of one expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cron {
    seconds: u64,
    minutes: u64,
    hours: u64,
    days_of_month: u64,
    months: u64,
    days_of_week: u64,
    days: DayRule,
    fixed_time: bool,
}

/// How day of month and day of week combine. If one field is restricted, it decides; if both are, either suffices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayRule {
    All,
    OfMonth,
    OfWeek,
    Either,
}

impl Cron {
    /// Reads five fields, or six with seconds first.
    pub(super) fn parse(text: &str) -> Result<Self, ScheduleError> {
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
        let cron = Self {
            seconds: second.bits,
            minutes: minute.bits,
            hours: hour.bits,
            days_of_month: of_month.bits,
            months: months.bits,
            days_of_week: of_week.bits,
            days: DayRule::of(of_month, of_week),
            fixed_time: second.fixed && minute.fixed && hour.fixed,
        };
        if cron.has_a_date() {
            Ok(cron)
        } else {
            Err(ScheduleError::NeverFires { day: day_of_month.to_owned(), month: month.to_owned() })
        }
    }

    /// Whether second, minute and hour are one number each, written without `*` and without a step. Such a job runs
    /// once a day even when the clock changes. Every other job follows the wall clock (see the module's table).
    pub(super) fn is_fixed_time(&self) -> bool {
        self.fixed_time
    }

    /// Whether the days and months allow this date.
    pub(super) fn allows(&self, date: Date) -> bool {
        has(self.months, date.month()) && has(self.days_in(date.year(), date.month()), date.day())
    }

    /// The first matching wall clock time at or after this one, in whole seconds.
    pub(super) fn at_or_after(&self, wall: DateTime) -> Option<DateTime> {
        let date = wall.date();
        if self.allows(date)
            && let Some(time) = self.time_from(wall.time())
        {
            return Some(date.to_datetime(time));
        }
        let date = self.date_from(date.tomorrow().ok()?)?;
        Some(date.to_datetime(self.time_from(Time::midnight())?))
    }

    fn time_from(&self, time: Time) -> Option<Time> {
        let at = |hour, minute, second| Time::new(hour, minute, second, 0).ok();
        let (hour, minute) = (time.hour(), time.minute());
        if has(self.hours, hour) {
            if has(self.minutes, minute)
                && let Some(second) = from(self.seconds, time.second())
            {
                return at(hour, minute, second);
            }
            if let Some(minute) = from(self.minutes, minute + 1) {
                return at(hour, minute, from(self.seconds, 0)?);
            }
        }
        at(from(self.hours, hour + 1)?, from(self.minutes, 0)?, from(self.seconds, 0)?)
    }

    fn date_from(&self, date: Date) -> Option<Date> {
        let (mut year, mut month, mut day) = (date.year(), date.month(), date.day());
        for _ in 0..=LONGEST_WAIT_MONTHS {
            if has(self.months, month)
                && let Some(day) = from(self.days_in(year, month), day)
            {
                return Date::new(year, month, day).ok();
            }
            (year, month, day) = if month == 12 { (year + 1, 1, 1) } else { (year, month + 1, 1) };
        }
        None
    }

    /// The matching days of a month; the empty set beyond the calendar's last year.
    fn days_in(&self, year: i16, month: i8) -> u64 {
        let Ok(first) = Date::new(year, month, 1) else { return 0 };
        let all = (2 << first.days_in_month()) - 2;
        let of_week = || days_on(self.days_of_week, first.weekday().to_sunday_zero_offset());
        all & match self.days {
            DayRule::All => all,
            DayRule::OfMonth => self.days_of_month,
            DayRule::OfWeek => of_week(),
            DayRule::Either => self.days_of_month | of_week(),
        }
    }

    /// Whether any year has a matching date: 2024 has the longest February.
    fn has_a_date(&self) -> bool {
        (1..=12_i8).any(|month| has(self.months, month) && self.days_in(2024, month) != 0)
    }
}

impl DayRule {
    fn of(of_month: FieldSet, of_week: FieldSet) -> Self {
        match (of_month.star, of_week.star) {
            (true, true) => Self::All,
            (false, true) => Self::OfMonth,
            (true, false) => Self::OfWeek,
            (false, false) => Self::Either,
        }
    }
}

/// The days of a month that fall on these weekdays; `first` is the weekday of the 1st (Sunday is 0).
fn days_on(weekdays: u64, first: i8) -> u64 {
    let week = ((weekdays >> first) | (weekdays << (7 - first))) & 0b111_1111;
    let five_weeks = [0, 7, 14, 21, 28].iter().fold(0, |days, shift| days | (week << shift));
    five_weeks << 1
}

fn has(bits: u64, number: i8) -> bool {
    (bits >> number) & 1 == 1
}

/// The first number of the set that is not below `number`. Every number is below 64.
fn from(bits: u64, number: i8) -> Option<i8> {
    let rest = bits >> number;
    (rest != 0).then(|| number + rest.trailing_zeros() as i8)
}
