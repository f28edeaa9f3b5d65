//! Which run something belongs to: the identity that makes every slot end in exactly one row.
//!
//! Between the planner, which knows slots, and the store, whose unique key this is. Nothing here is read from
//! a clock: a slot is nominal, and what really happened when is stored beside it.

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

/// Says which dispatch a write belongs to. A write whose fence is no longer the run's is refused, so that a
/// process that was taken for dead cannot write into what its successor has settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fence {
    /// The process: a number that grows with every start.
    pub incarnation: u32,
    /// Grows within a process when a run is handed out anew.
    pub number: u32,
}

impl RunId {
    /// The instant that the id was made from, which is the run's slot.
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
