//! A cron expression as sets of numbers, and the calendar search over them: wall clock in, wall clock out.
//!
//! `posix` and `quartz` make a [`Cron`] from text, `clock_changes` adds the timezone. This file knows neither dialects
//! nor timezones nor clock changes.
//!
//! Each set is the bits of a `u64`: bit n stands for the number n. A search over dates tests one set per month, for at
//! most the number of months between two dates that match. [`Cron::new`] refuses fields that no date satisfies, so a
//! search always ends.

use jiff::civil::{Date, DateTime, Time};

use super::days::DayRule;

/// A 29th of February on a given weekday is at most 40 years away, across a year such as 2100; and the month that has
/// begun.
const LONGEST_WAIT_MONTHS: u32 = 40 * 12 + 1;

/// In 28 years with a leap year in every four, each month begins on each weekday, February as a long month too.
const EVERY_MONTH: std::ops::Range<i16> = 2000..2028;

/// Seconds, minutes and hours of one expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) seconds: u64,
    pub(super) minutes: u64,
    pub(super) hours: u64,
    /// Whether all three are written as numbers: see the module's table.
    pub(super) are_fixed: bool,
}

/// The fields of one expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cron {
    times: Times,
    months: u64,
    days: DayRule,
}

impl Cron {
    /// None if no year has a matching date.
    pub(super) fn new(times: Times, months: u64, days: DayRule) -> Option<Self> {
        let has_a_date =
            |month| has(months, month) && EVERY_MONTH.clone().any(|year| days.in_month(year, month) != 0);
        (1..=12).any(has_a_date).then_some(Self { times, months, days })
    }

    /// Whether it names its times one by one. Such a job runs at each of them once a day even when the clock changes. Every
    /// other job follows the wall clock (see the module's table).
    pub(super) fn is_fixed_time(&self) -> bool {
        self.times.are_fixed
    }

    /// Whether a date has to match only one of its two day fields.
    pub(super) fn takes_either_day(&self) -> bool {
        matches!(self.days, DayRule::Either { .. })
    }

    /// Whether the days and months allow this date.
    pub(super) fn allows(&self, date: Date) -> bool {
        has(self.months, date.month()) && has(self.days.in_month(date.year(), date.month()), date.day())
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
        let Times { seconds, minutes, hours, .. } = self.times;
        let at = |hour, minute, second| Time::new(hour, minute, second, 0).ok();
        let (hour, minute) = (time.hour(), time.minute());
        if has(hours, hour) {
            if has(minutes, minute)
                && let Some(second) = from(seconds, time.second())
            {
                return at(hour, minute, second);
            }
            if let Some(minute) = from(minutes, minute + 1) {
                return at(hour, minute, from(seconds, 0)?);
            }
        }
        at(from(hours, hour + 1)?, from(minutes, 0)?, from(seconds, 0)?)
    }

    fn date_from(&self, date: Date) -> Option<Date> {
        let (mut year, mut month, mut day) = (date.year(), date.month(), date.day());
        for _ in 0..=LONGEST_WAIT_MONTHS {
            if has(self.months, month)
                && let Some(day) = from(self.days.in_month(year, month), day)
            {
                return Date::new(year, month, day).ok();
            }
            (year, month, day) = if month == 12 { (year + 1, 1, 1) } else { (year, month + 1, 1) };
        }
        None
    }
}

fn has(bits: u64, number: i8) -> bool {
    (bits >> number) & 1 == 1
}

/// The first number of the set that is not below `number`. Every number is below 64.
fn from(bits: u64, number: i8) -> Option<i8> {
    let rest = bits >> number;
    (rest != 0).then(|| number + rest.trailing_zeros() as i8)
}
