//! The identity of each run, in the store's keys: the one place where run ids are made.

use std::collections::BTreeMap;

use wayfarer_model::clock::STEP_MS;
use wayfarer_model::context::Lane;
use wayfarer_model::ids::RunId;
use wayfarer_model::run::Fence;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Identity, JourneyKey, LocationKey};

use crate::server::planner::PlannedVersion;

/// Makes identities for one process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identities {
    location: LocationKey,
    incarnation: u32,
}

impl Identities {
    pub(super) fn new(location: LocationKey, incarnation: u32) -> Self {
        Self { location, incarnation }
    }

    pub(super) fn location(self) -> LocationKey {
        self.location
    }

    pub(super) fn of_slot(self, version: &PlannedVersion, slot: UnixMillis) -> Identity {
        self.of(version, slot, Lane::Scheduled, 0)
    }

    pub(super) fn of_confirmation(self, version: &PlannedVersion, at: UnixMillis) -> Identity {
        self.of(version, at, Lane::Confirm, 0)
    }

    fn of(self, version: &PlannedVersion, slot: UnixMillis, lane: Lane, seq: u32) -> Identity {
        Identity {
            run: RunId::new(slot, rand::random()),
            journey: version.journey,
            version: version.version,
            policy: version.owner.policy,
            location: self.location,
            slot,
            lane,
            seq,
            // A run is handed out once: no other worker could lose it.
            fence: Fence { incarnation: self.incarnation, number: 1 },
            maintenance: None,
        }
    }
}

/// Makes identities of manual runs: no two of a journey share both instant and number.
#[derive(Debug)]
pub(super) struct ManualRuns {
    identities: Identities,
    last: BTreeMap<JourneyKey, (UnixMillis, u32)>,
}

impl ManualRuns {
    pub(super) fn new(identities: Identities) -> Self {
        Self { identities, last: BTreeMap::new() }
    }

    /// The identity of a run that is triggered now.
    pub(super) fn next(&mut self, version: &PlannedVersion, now: UnixMillis) -> Identity {
        let (slot, seq) = match self.last.get(&version.journey) {
            // Also where the clock went back a little. After a step back, now has not been before.
            Some((last, seq)) if *last >= now && last.0 - now.0 <= STEP_MS.unsigned_abs() => (*last, seq + 1),
            _ => (now, 0),
        };
        self.last.insert(version.journey, (slot, seq));
        self.identities.of(version, slot, Lane::Manual, seq)
    }
}
