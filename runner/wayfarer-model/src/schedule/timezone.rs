//! Timezones by their IANA names, and instants as people in them read them.
//!
//! The rules come with the binary (`chrono-tz`, edition [`Timezone::RULES`]), never from the machine, so that two
//! runners of one version agree. They end with the year 2099; beyond it a timezone keeps its last offset.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone as _};
use chrono_tz::{TZ_VARIANTS, Tz};
use serde::{Deserialize, Serialize};

use crate::instant::InstantError;
use crate::nearest::nearest;
use crate::units::UnixMillis;

/// A timezone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timezone(Tz);

/// Why a text is no timezone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not an IANA timezone: {}", mend(suggestion.as_deref()))]
pub struct TimezoneError {
    /// What was written.
    pub name: String,
    /// The name that was probably meant.
    pub suggestion: Option<String>,
}

fn mend(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(
        || "write a name such as `Europe/Berlin` or `UTC`".to_owned(),
        |name| format!("did you mean `{name}`?"),
    )
}

impl Timezone {
    /// The timezone of a schedule that names none.
    pub const UTC: Self = Self(Tz::UTC);

    /// The edition of the timezone database, such as `2025b`. A slot of the past is recomputed with the
    /// rules at hand: where a government changed them in between, editions disagree about some slots.
    pub const RULES: &'static str = chrono_tz::IANA_TZDB_VERSION;

    /// The IANA name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Every timezone there is, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        TZ_VARIANTS.iter().copied().map(Self)
    }

    /// An instant as RFC 3339 with the timezone's offset, then the timezone's abbreviation:
    /// `2026-03-29T03:00:00+02:00 CEST`.
    pub fn show(self, instant: UnixMillis) -> String {
        i64::try_from(instant.0)
            .ok()
            .and_then(DateTime::from_timestamp_millis)
            .map(|utc| utc.with_timezone(&self.0))
            .map_or_else(
                || format!("{} ms after 1970", instant.0),
                |local| {
                    format!("{} {}", local.to_rfc3339_opts(SecondsFormat::AutoSi, false), local.format("%Z"))
                },
            )
    }

    /// What the clock on the wall shows at an instant; none beyond what a calendar can say.
    pub fn wall(self, instant: UnixMillis) -> Option<NaiveDateTime> {
        let utc = DateTime::from_timestamp_millis(i64::try_from(instant.0).ok()?)?;
        Some(utc.with_timezone(&self.0).naive_local())
    }

    /// Reads what [`UnixMillis::parse`] does, and `2026-03-29T12:30` as the clock on the wall shows it. A time that
    /// comes twice is the first of both, one that never comes is refused.
    ///
    /// # Errors
    /// [`InstantError`] for anything else.
    pub fn read(self, text: &str) -> Result<UnixMillis, InstantError> {
        let text = text.trim();
        let wall = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
            .or_else(|| text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0));
        let Some(wall) = wall else { return UnixMillis::parse(text) };
        let millis = self.0.from_local_datetime(&wall).earliest().map(|at| at.timestamp_millis());
        millis
            .and_then(|millis| u64::try_from(millis).ok())
            .map(UnixMillis)
            .ok_or_else(|| InstantError::Never { text: text.to_owned(), timezone: self.name() })
    }

    pub(super) fn rules(self) -> Tz {
        self.0
    }
}

impl FromStr for Timezone {
    type Err = TimezoneError;
    fn from_str(text: &str) -> Result<Self, TimezoneError> {
        text.parse::<Tz>().map(Self).map_err(|_| TimezoneError {
            name: text.to_owned(),
            suggestion: suggest(text).map(str::to_owned),
        })
    }
}

/// No name is as long; a component may say anything, and likeness is not free.
const LONGEST_NAME: usize = 64;

/// The name most like it, whatever the case; or the one that ends in the city given.
fn suggest(text: &str) -> Option<&'static str> {
    if text.len() > LONGEST_NAME {
        return None;
    }
    let wanted = text.trim().to_lowercase().replace(' ', "_");
    let lower: Vec<String> = TZ_VARIANTS.iter().map(|timezone| timezone.name().to_lowercase()).collect();
    let find = |found: &str| lower.iter().position(|name| name == found);
    let by_city = || {
        let cities = lower.iter().filter_map(|name| name.rsplit_once('/').map(|(_, city)| city));
        let city = nearest(&wanted, cities.filter(|city| city.len() > 3))?;
        lower.iter().position(|name| name.rsplit_once('/').is_some_and(|(_, last)| last == city))
    };
    let position = find(&wanted).or_else(|| {
        if wanted.contains('/') {
            nearest(&wanted, lower.iter().map(String::as_str)).and_then(find)
        } else {
            by_city()
        }
    })?;
    TZ_VARIANTS.get(position).map(|timezone| timezone.name())
}

impl fmt::Display for Timezone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl TryFrom<String> for Timezone {
    type Error = TimezoneError;
    fn try_from(text: String) -> Result<Self, TimezoneError> {
        text.parse()
    }
}

impl From<Timezone> for String {
    fn from(timezone: Timezone) -> Self {
        timezone.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_on_the_wall_is_read_in_its_timezone() {
        let berlin: Timezone = "Europe/Berlin".parse().unwrap();
        let read = |text| berlin.read(text).map(UnixMillis::rfc3339);
        assert_eq!(read("2026-11-28T22:00").unwrap(), "2026-11-28T21:00:00Z");
        assert_eq!(read("2026-07-28 22:00:30").unwrap(), "2026-07-28T20:00:30Z");
        assert_eq!(read("2026-07-28").unwrap(), "2026-07-27T22:00:00Z");
        assert_eq!(read("2026-11-28T22:00:00Z").unwrap(), "2026-11-28T22:00:00Z");
        assert_eq!(read("2026-10-25T02:30").unwrap(), "2026-10-25T00:30:00Z", "the first of both");
        insta::assert_snapshot!(read("2026-03-29T02:30").unwrap_err(), @"`2026-03-29T02:30` never comes in Europe/Berlin: the clock is put forward over it");
        assert!(read("soon").is_err());
    }
}
