//! `wasi:random`: the attempt's own sequence, which the system seeds for each attempt.

use std::convert::Infallible;

use crate::tape::Tape;

/// The tape as a source of randomness.
pub(crate) struct TapeRandom(pub(crate) Tape);

impl rand::TryRng for TapeRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill_random(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill_random(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_random(buffer);
        Ok(())
    }
}
