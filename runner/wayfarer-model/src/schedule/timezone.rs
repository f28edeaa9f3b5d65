//! Timezones by their IANA names, and instants as people in them read them.
//!
//! The rules are those of the process's database ([`Tzdata`]).

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::{Deserialize, Serialize};

use super::tzdata::Tzdata;
use crate::instant::InstantError;
use crate::nearest::nearest;
use crate::units::UnixMillis;

static UTC: TimeZone = TimeZone::UTC;

/// A timezone: a reference into the process's database. Two are equal when their names are.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timezone(&'static TimeZone);

/// Why a text is no timezone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not an IANA timezone: {}", mend(suggestion.as_deref()))]
pub struct TimezoneError {
    /// The text.
    pub name: String,
    /// The name that the text probably stands for.
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
    pub const UTC: Self = Self(&UTC);

    /// The IANA name.
    pub fn name(self) -> &'static str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Every timezone of the database, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        let tzdata = Tzdata::current();
        tzdata.names().filter_map(|name| tzdata.rules(name)).map(Self)
    }

    /// An instant as RFC 3339 with the timezone's offset, then the timezone's abbreviation:
    /// `2026-03-29T03:00:00+02:00 CEST`. Milliseconds only where there are any.
    pub fn show(self, instant: UnixMillis) -> String {
        let Some(at) = instant.timestamp() else { return format!("{} ms after 1970", instant.0) };
        let info = self.0.to_offset_info(at);
        let local = at.display_with_offset(info.offset());
        let digits = instant.fraction_digits();
        format!("{local:.digits$} {}", info.abbreviation())
    }

    /// The local date and time at an instant; none beyond the year 9999.
    pub(crate) fn wall(self, instant: UnixMillis) -> Option<DateTime> {
        Some(self.0.to_datetime(instant.timestamp()?))
    }

    /// Reads what [`UnixMillis::parse`] reads, and local times such as `2026-03-29T12:30`. A local time that comes
    /// twice is the first of both.
    ///
    /// # Errors
    /// [`InstantError::Form`] for any other text, [`InstantError::Never`] for a local time that a clock change skips.
    pub fn read(self, text: &str) -> Result<UnixMillis, InstantError> {
        const FORMS: [&str; 4] =
            ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"];
        let text = text.trim();
        let time = FORMS.iter().find_map(|form| DateTime::strptime(form, text).ok());
        let midnight = || Some(Date::strptime("%Y-%m-%d", text).ok()?.at(0, 0, 0, 0));
        let Some(wall) = time.or_else(midnight) else { return UnixMillis::parse(text) };
        let offset = match self.0.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Fold { before, .. } => before,
            AmbiguousOffset::Gap { .. } => {
                return Err(InstantError::Never { text: text.to_owned(), timezone: self.name() });
            }
        };
        let at = offset.to_timestamp(wall).ok().map(Timestamp::as_millisecond);
        UnixMillis::of(at).ok_or_else(|| InstantError::Form(text.to_owned()))
    }

    pub(super) fn rules(self) -> &'static TimeZone {
        self.0
    }
}

impl FromStr for Timezone {
    type Err = TimezoneError;
    fn from_str(text: &str) -> Result<Self, TimezoneError> {
        let tzdata = Tzdata::current();
        tzdata.rules(text).map(Self).ok_or_else(|| TimezoneError {
            name: text.to_owned(),
            suggestion: suggest(tzdata, text).map(str::to_owned),
        })
    }
}

/// The longest text, in bytes, for which a suggestion is searched. No name is as long, and the search costs time that
/// grows with a text that a component chooses.
const LONGEST_NAME: usize = 64;

/// The name most like the text in any case, or the name whose city is most like it.
fn suggest<'a>(tzdata: &'a Tzdata, text: &str) -> Option<&'a str> {
    if text.len() > LONGEST_NAME {
        return None;
    }
    let wanted = text.trim().to_lowercase().replace(' ', "_");
    let lower: Vec<String> = tzdata.names().map(str::to_lowercase).collect();
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
    tzdata.names().nth(position)
}

impl PartialEq for Timezone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Timezone {}

impl Hash for Timezone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Debug for Timezone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Timezone").field(&self.name()).finish()
    }
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
    fn a_local_time_is_read_in_its_timezone() {
        let berlin: Timezone = "Europe/Berlin".parse().unwrap();
        let read = |text| berlin.read(text).map(UnixMillis::rfc3339);
        assert_eq!(read("2026-11-28T22:00").unwrap(), "2026-11-28T21:00:00Z");
        assert_eq!(read("2026-07-28 22:00:30").unwrap(), "2026-07-28T20:00:30Z");
        assert_eq!(read("2026-07-28").unwrap(), "2026-07-27T22:00:00Z");
        assert_eq!(read("2026-11-28T22:00:00Z").unwrap(), "2026-11-28T22:00:00Z");
        assert_eq!(read("2026-10-25T02:30").unwrap(), "2026-10-25T00:30:00Z", "the first of both");
        insta::assert_snapshot!(read("2026-03-29T02:30").unwrap_err(), @"`2026-03-29T02:30` never comes in Europe/Berlin: the clock is put forward over it");
        for bad in [
            "soon",
            "1969-12-31T22:00",
            "2026-02-30T10:00",
            "2026-03-29T10:00[Europe/Berlin]",
            "2026-03-29T10",
        ] {
            assert!(read(bad).is_err(), "{bad} should be refused");
        }
    }

    #[test]
    fn a_timezone_that_is_named_utc_is_the_default() {
        assert_eq!("UTC".parse::<Timezone>().unwrap(), Timezone::UTC);
        assert_eq!(Timezone::UTC.name(), "UTC");
        assert_ne!("Etc/UTC".parse::<Timezone>().unwrap(), Timezone::UTC, "another name");
    }
}
