//! Which days of a month an expression allows: the day fields of all dialects, as one rule.
//!
//! `posix` and `quartz` make a [`DayRule`], the calendar search (`cron`) asks it month by month. Sets are the bits of a
//! `u64`: bit n of a set of days is the day n, bit n of a set of weekdays is n days after Sunday.

use jiff::civil::Date;

/// The days that an expression allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayRule {
    All,
    OfMonth(u64),
    OfWeek(u64),
    /// Both day fields are restricted: POSIX takes a day that one of them allows.
    Either {
        of_month: u64,
        of_week: u64,
    },
    /// So many days before the month's last.
    BeforeLast(i8),
    /// The last day from Monday to Friday.
    LastWorkday,
    /// The day from Monday to Friday that is nearest to this day and in the same month.
    NearestWorkday(i8),
    /// The last such weekday.
    LastOfWeek(i8),
    /// Of such weekdays the nth, from 1 to 5. Months without a fifth have no day.
    Nth {
        weekday: i8,
        nth: i8,
    },
}

impl DayRule {
    /// The matching days of a month; the empty set beyond the calendar's last year.
    pub(super) fn in_month(self, year: i16, month: i8) -> u64 {
        let Ok(first) = Date::new(year, month, 1) else { return 0 };
        let (last, begins) = (first.days_in_month(), first.weekday().to_sunday_zero_offset());
        let all = (2 << last) - 2;
        all & match self {
            Self::All => all,
            Self::OfMonth(days) => days,
            Self::OfWeek(weekdays) => on(weekdays, begins),
            Self::Either { of_month, of_week } => of_month | on(of_week, begins),
            Self::BeforeLast(days) => day(last - days),
            Self::LastWorkday => day(nearest_workday(last, last, begins)),
            Self::NearestWorkday(wanted) if wanted > last => 0,
            Self::NearestWorkday(wanted) => day(nearest_workday(wanted, last, begins)),
            Self::LastOfWeek(weekday) => highest(all & on(1 << weekday, begins)),
            Self::Nth { weekday, nth } => day(1 + (weekday - begins).rem_euclid(7) + 7 * (nth - 1)),
        }
    }
}

/// The set of one day; empty below the first.
fn day(number: i8) -> u64 {
    if number < 1 { 0 } else { 1 << number }
}

fn highest(days: u64) -> u64 {
    if days == 0 { 0 } else { 1 << days.ilog2() }
}

/// The days of a month that fall on these weekdays; `begins` is the weekday of the 1st (Sunday is 0).
fn on(weekdays: u64, begins: i8) -> u64 {
    let week = ((weekdays >> begins) | (weekdays << (7 - begins))) & 0b111_1111;
    let five_weeks = [0, 7, 14, 21, 28].iter().fold(0, |days, shift| days | (week << shift));
    five_weeks << 1
}

/// A Saturday gives way to the Friday before it and a Sunday to the Monday after it, unless that lies in another month.
fn nearest_workday(wanted: i8, last: i8, begins: i8) -> i8 {
    match (begins + wanted - 1).rem_euclid(7) {
        6 if wanted == 1 => 3,
        6 => wanted - 1,
        0 if wanted == last => wanted - 2,
        0 => wanted + 1,
        _ => wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The days of a month, by trying each.
    fn days(rule: DayRule, year: i16, month: i8) -> Vec<i8> {
        let set = rule.in_month(year, month);
        (0..64).filter(|day| (set >> day) & 1 == 1).collect()
    }

    #[test]
    fn last_days_and_nth_weekdays_are_those_of_the_calendar() {
        assert_eq!(days(DayRule::BeforeLast(0), 2024, 2), [29]);
        assert_eq!(days(DayRule::BeforeLast(2), 2026, 2), [26]);
        assert_eq!(days(DayRule::BeforeLast(30), 2026, 4), [0; 0], "April has no 31st day before its end");
        assert_eq!(days(DayRule::LastWorkday, 2026, 1), [30], "31 January 2026 is a Saturday");
        assert_eq!(days(DayRule::LastWorkday, 2026, 5), [29], "31 May 2026 is a Sunday");
        assert_eq!(days(DayRule::NearestWorkday(15), 2026, 8), [14], "15 August 2026 is a Saturday");
        assert_eq!(days(DayRule::NearestWorkday(15), 2026, 11), [16], "15 November 2026 is a Sunday");
        assert_eq!(days(DayRule::NearestWorkday(1), 2026, 8), [3], "1 August 2026 is a Saturday");
        assert_eq!(days(DayRule::NearestWorkday(31), 2026, 4), [0; 0]);
        assert_eq!(days(DayRule::LastOfWeek(5), 2026, 1), [30]);
        assert_eq!(days(DayRule::LastOfWeek(0), 2026, 2), [22]);
        assert_eq!(days(DayRule::Nth { weekday: 5, nth: 3 }, 2026, 1), [16]);
        assert_eq!(days(DayRule::Nth { weekday: 4, nth: 1 }, 2026, 1), [1]);
        assert_eq!(days(DayRule::Nth { weekday: 5, nth: 5 }, 2026, 1), [30]);
        assert_eq!(days(DayRule::Nth { weekday: 5, nth: 5 }, 2026, 2), [0; 0]);
        assert_eq!(days(DayRule::OfWeek(1 << 1), 2026, 6), [1, 8, 15, 22, 29]);
    }

    #[test]
    fn every_month_of_forty_years_has_one_last_weekday_of_each_kind() {
        for year in 2000..2040 {
            for month in 1..=12 {
                for weekday in 0..7 {
                    let last = Date::new(year, month, 1).unwrap().days_in_month();
                    let expected = (1..=last).rev().find(|day| {
                        let date = Date::new(year, month, *day).unwrap();
                        date.weekday().to_sunday_zero_offset() == weekday
                    });
                    assert_eq!(
                        days(DayRule::LastOfWeek(weekday), year, month),
                        expected.into_iter().collect::<Vec<_>>()
                    );
                }
            }
        }
    }
}
