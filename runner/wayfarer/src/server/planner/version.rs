//! A version of a journey as it travels from the planner to its run.

use std::collections::BTreeMap;
use std::sync::Arc;

use wayfarer_model::admission::{Standing, runs_slots};
use wayfarer_model::deployment::{JourneySpec, Overlap, Timing};
use wayfarer_model::ids::{GroupName, JourneyName, LocationName, TenantName};
use wayfarer_model::schedule::Schedule;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{JourneyKey, PolicyKey, TenantKey, Version, VersionKey};

use super::Claim;

/// The tenant of a version, in the store's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) tenant: TenantKey,
    pub(crate) name: TenantName,
    /// The version of its policy that is in force.
    pub(crate) policy: PolicyKey,
}

/// One version of a journey. What changes about it (a pause) makes another value with the same keys.
#[derive(Debug, Clone)]
pub(crate) struct PlannedVersion {
    pub(crate) owner: Owner,
    pub(crate) journey: JourneyKey,
    pub(crate) name: JourneyName,
    pub(crate) version: VersionKey,
    /// Its slots at this location; none if it is not due here.
    pub(crate) schedule: Option<Arc<Schedule>>,
    /// What becomes of a slot or a manual run while another run of the journey is in flight.
    pub(crate) overlap: Overlap,
    /// The instants of confirmation runs while the journey fails.
    pub(crate) confirm_every: Option<Arc<Schedule>>,
    /// The group whose members never run together.
    pub(crate) group: Option<GroupName>,
    /// How late a slot may start, in milliseconds.
    pub(crate) grace_ms: u64,
    /// A fact of the gate.
    pub(crate) standing: Standing,
    /// None where the journey was removed.
    pub(crate) spec: Option<Arc<JourneySpec>>,
    /// Whether a person gave parameters for one run, so that nothing that was made for the version fits.
    pub(crate) has_own_params: bool,
}

impl PlannedVersion {
    /// From what the store says, for the slots at a location.
    pub(crate) fn new(version: &Version, owner: Owner, standing: Standing, here: &LocationName) -> Self {
        let spec = version.spec.as_ref();
        let timing = spec.and_then(|spec| spec.timing_at(here));
        // A person may start a run where no slot is due, so this does not go by location.
        let overlap = spec.and_then(|spec| Some(spec.timing.as_ref()?.overlap)).unwrap_or_default();
        let grace = timing.map_or(Timing::GRACE, |timing| timing.grace);
        let schedule = timing.map(|timing| Arc::new(timing.schedule_of(&owner.name, &version.name)));
        Self {
            owner,
            journey: version.journey,
            name: version.name.clone(),
            version: version.key,
            schedule,
            overlap,
            confirm_every: timing.and_then(|timing| {
                Some(Arc::new(Schedule::new(timing.confirm_every.clone()?, timing.timezone)))
            }),
            group: spec.and_then(|spec| spec.group.clone()),
            grace_ms: u64::try_from(grace.as_millis()).unwrap_or(u64::MAX),
            standing,
            spec: version.spec.clone().map(Arc::new),
            has_own_params: false,
        }
    }

    /// The same for one run with these values of parameters.
    pub(crate) fn with_params(&self, params: BTreeMap<String, String>) -> Self {
        let spec = self.spec.as_deref().cloned().map(|mut spec| {
            spec.params.extend(params);
            Arc::new(spec)
        });
        Self { spec, has_own_params: true, ..self.clone() }
    }

    /// Whether the journey has confirmation runs while it fails.
    pub(super) fn wants_confirmation_runs(&self) -> bool {
        self.confirm_every.is_some() && runs_slots(self.standing)
    }

    /// Whether the rule of incidents decides when the journey has confirmation runs.
    pub(crate) fn is_confirmed_by_rule(&self) -> bool {
        self.confirm_every.is_none() && self.schedule.is_some() && runs_slots(self.standing)
    }

    /// The last instant at which a slot may start that is due then.
    pub(crate) fn deadline(&self, due: UnixMillis) -> UnixMillis {
        UnixMillis(due.0.saturating_add(self.grace_ms))
    }

    /// Its slots. `version` is what this value was made from.
    pub(crate) fn claim(self: Arc<Self>, version: &Version) -> Claim<Arc<Self>> {
        Claim {
            number: version.number,
            schedule: self.schedule.clone(),
            from: version.valid_from,
            until: version.valid_until,
            grace_ms: self.grace_ms,
            version: self,
        }
    }
}
