//! The dispatch that a write belongs to, and the slot that a run's id carries.
//!
//! Nothing here reads a clock: a slot is nominal, and the store keeps the real instants beside it.

use serde::{Deserialize, Serialize};

use crate::ids::RunId;
use crate::units::UnixMillis;

/// The dispatch that a write belongs to. The store refuses a write whose fence is not the run's newest: a process that
/// was believed dead cannot change what its successor has settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fence {
    /// The process; grows with each start.
    pub incarnation: u32,
    /// Grows within a process each time the run is dispatched.
    pub number: u32,
}

impl RunId {
    /// The run's slot, which the id was made from.
    pub fn slot(self) -> UnixMillis {
        let bytes = self.into_bytes();
        UnixMillis(bytes.iter().take(6).fold(0, |value, byte| (value << 8) | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_holds_its_slot() {
        let slot = UnixMillis(1_790_000_123_456);
        assert_eq!(RunId::new(slot, [0xff; 10]).slot(), slot);
    }
}
