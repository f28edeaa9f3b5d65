//! Which run something is, in the store's keys: the one place where run ids are made.

use std::collections::BTreeMap;

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

    /// Where this process is.
    pub(super) fn location(self) -> LocationKey {
        self.location
    }

    /// Of a slot of a schedule.
    pub(super) fn of_slot(self, version: &PlannedVersion, slot: UnixMillis) -> Identity {
        self.of(version, slot, Lane::Scheduled, 0)
    }

    /// Of a second look while the journey fails.
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
            // A run is handed out once: there are no other workers that could lose it.
            fence: Fence { incarnation: self.incarnation, number: 1 },
            maintenance: None,
        }
    }
}

/// Makes identities of runs that people ask for: no two of a journey share an instant and a number.
#[derive(Debug)]
pub(super) struct Asked {
    identities: Identities,
    last: BTreeMap<JourneyKey, (UnixMillis, u32)>,
}

impl Asked {
    pub(super) fn new(identities: Identities) -> Self {
        Self { identities, last: BTreeMap::new() }
    }

    /// Of a run that is asked for now.
    pub(super) fn of_now(&mut self, version: &PlannedVersion, now: UnixMillis) -> Identity {
        let (slot, seq) = match self.last.get(&version.journey) {
            // Also where the clock went back.
            Some((last, seq)) if *last >= now => (*last, seq + 1),
            _ => (now, 0),
        };
        self.last.insert(version.journey, (slot, seq));
        self.identities.of(version, slot, Lane::Manual, seq)
    }
}
