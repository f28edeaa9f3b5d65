//! `wasi:random`: the attempt's own sequence, which the system seeds for each attempt.
//!
//! wasmtime's host draws a list of random bytes one number a byte. A supply that is drawn at once spares a lock of the tape
//! for each of them.

use std::convert::Infallible;

use crate::tape::Tape;

/// Bytes drawn from the tape at once.
const SUPPLY: usize = 512;

/// The tape as a source of randomness.
pub(crate) struct TapeRandom {
    tape: Tape,
    supply: [u8; SUPPLY],
    /// How many of them are used.
    used: usize,
}

impl TapeRandom {
    pub(crate) fn new(tape: Tape) -> Self {
        Self { tape, supply: [0; SUPPLY], used: SUPPLY }
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        if SUPPLY - self.used < N {
            self.tape.fill_random(&mut self.supply);
            self.used = 0;
        }
        let taken = self.supply.get(self.used..).and_then(|rest| rest.first_chunk::<N>()).copied();
        self.used += N;
        taken.unwrap_or([0; N])
    }
}

impl rand::TryRng for TapeRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.take()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.take()))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        self.tape.fill_random(buffer);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::Rng;
    use wayfarer_model::limits::Limits;

    use super::*;

    #[test]
    fn no_number_comes_twice() {
        let mut random = TapeRandom::new(Tape::live(Limits::default(), [7; 32], None));
        let mut seen = BTreeSet::new();
        for _ in 0..1_000 {
            assert!(seen.insert(random.next_u64()));
            assert!(seen.insert(u64::from(random.next_u32()) << 32 | u64::from(random.next_u32())));
        }
    }
}
