//! The dispatch that a write belongs to, and the slot that a run's id carries.
//!
//! Nothing here reads a clock: a slot is nominal, and the store keeps the real instants beside it.

use serde::{Deserialize, Serialize};

use crate::ids::RunId;
use crate::units::UnixMillis;

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
