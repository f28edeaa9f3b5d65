//! One version of a journey: everything that a run of it depends on, and nothing else.
//!
//! [`JourneySpec`] is the domain's value. The API has a shape of its own for it, and the store has another. Versions are
//! append-only. Each is valid from an instant until the next version's, and every run names the version that it ran.
//! Two equal specs are the same version: deploying again what is deployed changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::descriptor::Descriptor;
use crate::ids::{ComponentDigest, GroupName, JourneyName, LocationName, TenantName};
use crate::incident::Plain;
use crate::limits::Limits;
use crate::retry::RetryPolicy;
use crate::schedule::{Expression, Schedule, Spread, Timezone};

/// The code behind a journey: a component of its author's, or the runner's own check of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A journey of a component.
    Component(ComponentDigest),
    /// The journey without code: its requests as JSON text.
    HttpCheck(String),
}

/// What becomes of a slot that is due while an earlier run of the journey is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overlap {
    /// The slot ends as `skipped (overlap)`.
    #[default]
    Skip,
    /// One waits until the earlier one has ended; further ones are skipped.
    Queue,
    /// Both run.
    Allow,
}

/// When a journey is due, and how late it may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// A cron expression or an interval, as written.
    pub schedule: Expression,
    /// The timezone that the schedule's hours refer to.
    pub timezone: Timezone,
    /// The window over which journeys of the same schedule are spread.
    pub spread: Spread,
    /// How long after its fire instant a slot may still begin; later it is `missed`.
    pub grace: Duration,
    /// What becomes of a slot that is due while an earlier run is under way.
    pub overlap: Overlap,
    /// How often a confirmation run is made while the journey fails.
    pub confirm_every: Option<Expression>,
    /// The locations at which it is due; empty: every location.
    pub locations: BTreeSet<LocationName>,
    /// The edition of the timezone database with which the server took the deployment, such as `2026f`. The server sets
    /// it; it makes no difference between two versions. None in a spec that no server has taken.
    pub tzdata: Option<String>,
}

impl Timing {
    /// The default: a slot may begin this much late.
    pub const GRACE: Duration = Duration::from_mins(1);

    /// A schedule in UTC, everything else by default.
    pub fn of(schedule: Expression) -> Self {
        Self {
            schedule,
            timezone: Timezone::UTC,
            spread: Spread::NONE,
            grace: Self::GRACE,
            overlap: Overlap::default(),
            confirm_every: None,
            locations: BTreeSet::new(),
            tzdata: None,
        }
    }

    /// The schedule of one journey.
    pub fn schedule_of(&self, tenant: &TenantName, journey: &JourneyName) -> Schedule {
        Schedule::new(self.schedule.clone(), self.timezone).with_spread(self.spread, tenant, journey)
    }

    /// Whether the journey is due at a location.
    pub fn is_at(&self, location: &LocationName) -> bool {
        self.locations.is_empty() || self.locations.contains(location)
    }
}

/// How a journey uses a secret of its tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecretUse {
    /// The hosts toward which it may travel; empty: every host that the journey may call.
    pub hosts: Vec<String>,
    /// Whether it may travel without TLS.
    pub plaintext: bool,
    /// The places and grants that it asks for by name, each as the line of the tenant's entry that gives it, such as
    /// `header = "x-api-key"` or `totp = true`.
    pub asks: BTreeSet<String>,
}

/// When people are told of a journey.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertSettings {
    /// The journeys of its tenant without which it cannot be good: while one of them fails, nobody is told of this one.
    pub depends_on: BTreeSet<JourneyName>,
    /// The plain rule that opens its incidents; none for the rule with a bound on false alarms.
    pub rule: Option<Plain>,
}

/// One version of a journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JourneySpec {
    /// What it says of itself, with the overrides of `journey.toml` applied.
    pub descriptor: Descriptor,
    /// Versions of one component share its compiled code.
    pub code: Code,
    /// When it is due; none if only a person starts it.
    pub timing: Option<Timing>,
    /// Values of parameters that were given; presets fill in the rest.
    pub params: BTreeMap<String, String>,
    /// How it uses its secrets, by name.
    pub secrets: BTreeMap<String, SecretUse>,
    /// The hosts that it may call, as written; the tenant's policy is a second layer.
    pub allow: Vec<String>,
    /// What one attempt may use.
    pub limits: Limits,
    /// How often a run may be attempted.
    pub retry: RetryPolicy,
    /// The group whose members never run together; the tenant's own name for it.
    pub group: Option<GroupName>,
    /// When people are told of it.
    pub alert: AlertSettings,
}

impl JourneySpec {
    /// Its name.
    pub fn name(&self) -> &JourneyName {
        &self.descriptor.name
    }

    /// When it is due at a location; none if it has no slots there.
    pub fn timing_at(&self, location: &LocationName) -> Option<&Timing> {
        self.timing.as_ref().filter(|timing| timing.is_at(location))
    }

    /// The same, taken with this edition of the timezone database, or with none.
    #[must_use]
    pub fn with_tzdata(mut self, edition: Option<&str>) -> Self {
        if let Some(timing) = &mut self.timing {
            timing.tzdata = edition.map(str::to_owned);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journey_is_due_at_the_locations_that_it_names_and_at_all_if_it_names_none() {
        let [here, there]: [LocationName; 2] = ["eu-1", "us-1"].map(|name| name.parse().unwrap());
        let mut timing = Timing::of("every 1m".parse().unwrap());
        assert!(timing.is_at(&here) && timing.is_at(&there));
        timing.locations.insert(here.clone());
        assert!(timing.is_at(&here) && !timing.is_at(&there));
    }
}
