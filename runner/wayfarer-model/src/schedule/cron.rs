//! A cron expression as sets of numbers, and the calendar search over them: wall clock in, wall clock out.
//!
//! Between the fields' text (`field_set`) and the timezones (`clock_changes`). Nothing here
//! knows of timezones or of clock changes.
//!
//! A search looks at no more than one bit set per month, for as many months as the calendar can put between
//! two 29ths of February; seconds, minutes and hours are bit scans. An expression that no date can satisfy
//! does not exist: [`Cron::parse`] refuses it.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::expression::ScheduleError;
use super::field::Field;
use super::field_set::{FieldSet, parse as parse_field};

/// From 29 February 2096 to 29 February 2104, and the month begun.
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

/// How day-of-month and day-of-week combine: a restricted one alone decides, two are an "or".
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

    /// One time of day, written without `*` and without a step: such a job runs once a day whatever the
    /// clock does. Every other one follows the wall clock (see the module's table).
    pub(super) fn is_fixed_time(&self) -> bool {
        self.fixed_time
    }

    /// Whether the days and months allow this date.
    pub(super) fn allows(&self, date: NaiveDate) -> bool {
        has(self.months, date.month()) && has(self.days_in(date.year(), date.month()), date.day())
    }

    /// The first matching wall clock time at or after this one.
    pub(super) fn at_or_after(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        let date = wall.date();
        if self.allows(date)
            && let Some(time) = self.time_from(wall.time())
        {
            return Some(date.and_time(time));
        }
        let date = self.date_from(date.checked_add_days(Days::new(1))?)?;
        Some(date.and_time(self.time_from(NaiveTime::MIN)?))
    }

    fn time_from(&self, time: NaiveTime) -> Option<NaiveTime> {
        let (hour, minute) = (time.hour(), time.minute());
        if has(self.hours, hour) {
            if has(self.minutes, minute)
                && let Some(second) = from(self.seconds, time.second())
            {
                return NaiveTime::from_hms_opt(hour, minute, second);
            }
            if let Some(minute) = from(self.minutes, minute + 1) {
                return NaiveTime::from_hms_opt(hour, minute, from(self.seconds, 0)?);
            }
        }
        NaiveTime::from_hms_opt(from(self.hours, hour + 1)?, from(self.minutes, 0)?, from(self.seconds, 0)?)
    }

    fn date_from(&self, date: NaiveDate) -> Option<NaiveDate> {
        let (mut year, mut month, mut day) = (date.year(), date.month(), date.day());
        for _ in 0..=LONGEST_WAIT_MONTHS {
            if has(self.months, month)
                && let Some(day) = from(self.days_in(year, month), day)
            {
                return NaiveDate::from_ymd_opt(year, month, day);
            }
            (year, month, day) = if month == 12 { (year + 1, 1, 1) } else { (year, month + 1, 1) };
        }
        None
    }

    /// The matching days of a month, one bit each.
    fn days_in(&self, year: i32, month: u32) -> u64 {
        let Some(first) = NaiveDate::from_ymd_opt(year, month, 1) else { return 0 };
        let all = (2 << u32::from(first.num_days_in_month())) - 2;
        let of_week = || days_on(self.days_of_week, first.weekday().num_days_from_sunday());
        all & match self.days {
            DayRule::All => all,
            DayRule::OfMonth => self.days_of_month,
            DayRule::OfWeek => of_week(),
            DayRule::Either => self.days_of_month | of_week(),
        }
    }

    /// Whether any year has a matching date: 2024 has the longest February.
    fn has_a_date(&self) -> bool {
        (1..=12).any(|month| has(self.months, month) && self.days_in(2024, month) != 0)
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

/// The days from the 1st on these weekdays, of a month that begins on `first` (Sunday is 0).
fn days_on(weekdays: u64, first: u32) -> u64 {
    let week = ((weekdays >> first) | (weekdays << (7 - first))) & 0b111_1111;
    let five_weeks = [0, 7, 14, 21, 28].iter().fold(0, |days, shift| days | (week << shift));
    five_weeks << 1
}

fn has(bits: u64, number: u32) -> bool {
    (bits >> number) & 1 == 1
}

/// The first number of the set that is not below `number`.
fn from(bits: u64, number: u32) -> Option<u32> {
    let rest = bits >> number;
    (rest != 0).then(|| number + rest.trailing_zeros())
}
