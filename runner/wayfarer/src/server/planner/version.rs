//! A version of a journey as it travels from the planner to its run.

use std::sync::Arc;

use wayfarer_model::deployment::{JourneySpec, Overlap, Timing};
use wayfarer_model::ids::{GroupName, JourneyName, TenantName};
use wayfarer_model::schedule::Schedule;
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{JourneyKey, PolicyKey, TenantKey, Version, VersionKey};

use super::Claim;

/// Whether slots of a journey are run at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// They are.
    Runs,
    /// Somebody paused the journey.
    Paused,
    /// The configuration no longer names its tenant.
    TenantDisabled,
}

impl Standing {
    /// What becomes of a slot that is not run.
    pub(crate) fn unrun(self) -> Option<(Verdict, Reason)> {
        match self {
            Self::Runs => None,
            Self::Paused => Some((Verdict::Skipped, Reason::Paused)),
            Self::TenantDisabled => Some((Verdict::Skipped, Reason::TenantDisabled)),
        }
    }
}

/// The tenant of a version, in the store's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    /// The tenant.
    pub(crate) tenant: TenantKey,
    /// Its name.
    pub(crate) name: TenantName,
    /// The version of its policy that is in force.
    pub(crate) policy: PolicyKey,
}

/// One version of a journey. What changes about it (a pause) makes another value with the same keys.
#[derive(Debug)]
pub(crate) struct PlannedVersion {
    /// Whose.
    pub(crate) owner: Owner,
    /// The journey.
    pub(crate) journey: JourneyKey,
    /// Its name.
    pub(crate) name: JourneyName,
    /// The version.
    pub(crate) version: VersionKey,
    /// What becomes of a slot while another run of the journey is under way.
    pub(crate) overlap: Overlap,
    /// The instants of confirmation runs while the journey fails.
    pub(crate) confirm_every: Option<Arc<Schedule>>,
    /// The group whose members never run together.
    pub(crate) group: Option<GroupName>,
    /// How late a slot may begin, in milliseconds.
    pub(crate) grace_ms: u64,
    /// Whether its slots are run.
    pub(crate) standing: Standing,
    /// What it says; none where the journey was removed.
    pub(crate) spec: Option<Arc<JourneySpec>>,
}

impl PlannedVersion {
    /// From what the store says.
    pub(crate) fn new(version: &Version, owner: Owner, standing: Standing) -> Self {
        let timing = version.spec.as_ref().and_then(|spec| spec.timing.as_ref());
        let grace = timing.map_or(Timing::GRACE, |timing| timing.grace);
        Self {
            owner,
            journey: version.journey,
            name: version.name.clone(),
            version: version.key,
            overlap: timing.map_or(Overlap::default(), |timing| timing.overlap),
            confirm_every: timing
                .and_then(|timing| Some(Arc::new(Schedule::new(timing.confirm_every.clone()?, timing.zone)))),
            group: version.spec.as_ref().and_then(|spec| spec.group.clone()),
            grace_ms: u64::try_from(grace.as_millis()).unwrap_or(u64::MAX),
            standing,
            spec: version.spec.clone().map(Arc::new),
        }
    }

    /// Whether it is looked at again while it fails.
    pub(super) fn wants_confirmation_runs(&self) -> bool {
        self.standing == Standing::Runs && self.confirm_every.is_some()
    }

    /// Its slots. `version` is what this value was made from.
    pub(crate) fn claim(self: Arc<Self>, version: &Version) -> Claim<Arc<Self>> {
        let timing = self.spec.as_ref().and_then(|spec| spec.timing.as_ref());
        let schedule = timing.map(|timing| Arc::new(timing.schedule_of(&self.owner.name, &self.name)));
        Claim {
            number: version.number,
            schedule,
            from: version.valid_from,
            until: version.valid_until,
            grace_ms: self.grace_ms,
            version: self,
        }
    }
}
