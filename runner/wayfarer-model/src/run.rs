//! The identity of a run. It is a unique key in the store, so that every slot ends in exactly one row.
//!
//! A slot is the nominal instant. The store keeps the actual times beside it.

use serde::{Deserialize, Serialize};

use crate::context::Lane;
use crate::ids::{JourneyName, LocationName, RunId, TenantName};
use crate::units::UnixMillis;

/// The identity of a run: no two rows of the store share one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RunKey {
    /// Who owns the journey.
    pub tenant: TenantName,
    /// Which journey.
    pub journey: JourneyName,
    /// Where it happens.
    pub location: LocationName,
    /// The instant at which it was due or asked for.
    pub slot: UnixMillis,
    /// Why it happens.
    pub lane: Lane,
    /// From 0; tells runs of the lanes `confirm` and `manual` apart that share an instant.
    pub seq: u32,
}

/// The dispatch that a write belongs to. The store refuses a write whose fence is not the run's current one.
/// Otherwise a process that was considered dead could overwrite what its successor has settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fence {
    /// The number of the process. It grows with every start.
    pub incarnation: u32,
    /// The number of the dispatch. It grows within a process when a run is dispatched again.
    pub number: u32,
}

impl RunId {
    /// The run's slot, from which the id was created.
    pub fn slot(self) -> UnixMillis {
        let bytes = self.into_bytes();
        UnixMillis(bytes.iter().take(6).fold(0, |value, byte| (value << 8) | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_slot() {
        let slot = UnixMillis(1_790_000_123_456);
        assert_eq!(RunId::new(slot, [0xff; 10]).slot(), slot);
    }
}
