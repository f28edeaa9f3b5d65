//! When a deployed journey is due: the keys `schedule`, `timezone`, `spread`, `grace`, `overlap`, `confirm_every`,
//! `locations` and `group` of `[journeys.NAME]` and `[http-check.NAME]`, checked while the file is read.

use std::time::Duration;

use wayfarer_model::deployment::Overlap;
use wayfarer_model::ids::{GroupName, LocationName, NameError};
use wayfarer_model::schedule::{Expression, ScheduleError, Spread, SpreadError, Timezone, TimezoneError};
use wayfarer_model::units::parse_duration;

use super::text::{DURATION, Shape};
use super::{FromText, Text};

/// `schedule`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ScheduleChoice {
    /// `"off"`: the deployed journey runs only when somebody triggers it.
    Off,
    On(Expression),
}

impl FromText for ScheduleChoice {
    const WHAT: &'static str = "a schedule such as `*/5 * * * *`, `every 30s` or `off`";
    fn from_text(text: &str) -> Result<Self, String> {
        if text.trim() == "off" {
            return Ok(Self::Off);
        }
        text.parse().map(Self::On).map_err(|error: ScheduleError| error.to_string())
    }
    fn to_text(&self) -> String {
        match self {
            Self::Off => "off".to_owned(),
            Self::On(expression) => expression.to_string(),
        }
    }
}

impl FromText for Timezone {
    const WHAT: &'static str = "a timezone such as `Europe/Berlin`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: TimezoneError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for Spread {
    const WHAT: &'static str = "a duration such as `30s`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: SpreadError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
    fn shape() -> Shape {
        Shape::Like(DURATION)
    }
}

/// `grace`: a slot that cannot start within this period is `missed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grace(pub(crate) Duration);

impl Grace {
    const SHORTEST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_hours(24);

    /// An error is the rule, and how to mend it.
    pub(crate) fn new(grace: Duration) -> Result<Self, String> {
        let written = grace.to_text();
        if grace < Self::SHORTEST {
            Err(format!(
                "a grace period of `{written}` is shorter than a second, and a busy runner would miss slots: write \
                 `1s` or longer"
            ))
        } else if grace > Self::LONGEST {
            Err(format!("a grace period of `{written}` is longer than a day: write `24h` or less"))
        } else {
            Ok(Self(grace))
        }
    }
}

impl FromText for Grace {
    const WHAT: &'static str = "a duration such as `60s`";
    fn from_text(text: &str) -> Result<Self, String> {
        Self::new(parse_duration(text).map_err(|error| error.to_string())?)
    }
    fn to_text(&self) -> String {
        self.0.to_text()
    }
    fn shape() -> Shape {
        Shape::Like(DURATION)
    }
}

impl FromText for Overlap {
    const WHAT: &'static str = "`skip`, `queue` or `allow`";
    fn from_text(text: &str) -> Result<Self, String> {
        let known = [Self::Skip, Self::Queue, Self::Allow];
        known
            .into_iter()
            .find(|known| known.to_text() == text)
            .ok_or_else(|| format!("`{text}` is not a value of `overlap`: write `skip`, `queue` or `allow`"))
    }
    fn to_text(&self) -> String {
        match self {
            Self::Skip => "skip",
            Self::Queue => "queue",
            Self::Allow => "allow",
        }
        .to_owned()
    }
    fn shape() -> Shape {
        Shape::OneOf(vec!["skip", "queue", "allow"])
    }
}

impl FromText for GroupName {
    const WHAT: &'static str = "a name such as `account-a`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: NameError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for Expression {
    const WHAT: &'static str = "a schedule such as `every 30s`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: ScheduleError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

/// The keys about a journey's slots, except `schedule` and `timezone`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SlotKeys {
    pub(crate) is_off: bool,
    /// The window over which journeys with the same schedule are spread.
    pub(crate) spread: Option<Text<Spread>>,
    pub(crate) grace: Option<Text<Grace>>,
    /// What happens to a slot while an earlier run of the journey is in flight.
    pub(crate) overlap: Option<Text<Overlap>>,
    /// The schedule of confirmation runs while the journey fails.
    pub(crate) confirm_every: Option<Text<Expression>>,
    /// The locations at which the slots are due; every location by default.
    pub(crate) locations: Option<Vec<Text<LocationName>>>,
    /// Journeys of one group never run at the same time. It applies to triggered runs too, so it needs no schedule.
    pub(crate) group: Option<Text<GroupName>>,
}

impl SlotKeys {
    /// The keys in the file that have no effect without a schedule.
    pub(crate) fn given(&self) -> impl Iterator<Item = &'static str> {
        let keys = [
            ("spread", self.spread.is_some()),
            ("grace", self.grace.is_some()),
            ("overlap", self.overlap.is_some()),
            ("confirm_every", self.confirm_every.is_some()),
            ("locations", self.locations.is_some()),
        ];
        keys.into_iter().filter_map(|(key, is_given)| is_given.then_some(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_survives_being_written() {
        for text in ["off", "*/5 * * * *", "every 30s", "@hourly"] {
            assert_eq!(ScheduleChoice::from_text(text).unwrap().to_text(), text);
        }
        for text in ["skip", "queue", "allow"] {
            assert_eq!(Overlap::from_text(text).unwrap().to_text(), text);
        }
        assert_eq!(Expression::from_text("every 30s").unwrap().to_text(), "every 30s");
        assert_eq!(GroupName::from_text("account-a").unwrap().to_text(), "account-a");
        assert_eq!(Grace::from_text("90s").unwrap().to_text(), "90s");
        assert_eq!(Spread::from_text("2m").unwrap().to_text(), "120s");
        assert_eq!(Timezone::from_text("Europe/Berlin").unwrap().to_text(), "Europe/Berlin");
    }
}
