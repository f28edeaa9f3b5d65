//! One limiter that sums: a limit covers all memories, or all tables, of a component together.

use wasmtime::ResourceLimiter;
use wayfarer_model::judge::LimitKind;

use crate::tape::Tape;

/// The limiter of one attempt.
pub(crate) struct Limiter {
    tape: Tape,
    memory: u64,
    peak: u64,
    table_elements: u64,
}

impl Limiter {
    pub(crate) fn new(tape: Tape) -> Self {
        Self { tape, memory: 0, peak: 0, table_elements: 0 }
    }

    /// The most memory held at a time, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.peak
    }

    fn fits(&self, total: u64, limit: u64) -> bool {
        if total > limit {
            // A guest may survive the denial. If it does not, this says why it trapped.
            self.tape.note_denied(LimitKind::Memory);
        }
        total <= limit
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_sub(current as u64).saturating_add(desired as u64);
        let fits = self.fits(total, self.tape.limits().memory);
        if fits {
            (self.memory, self.peak) = (total, self.peak.max(total));
        }
        Ok(fits)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.table_elements.saturating_sub(current as u64).saturating_add(desired as u64);
        let fits = self.fits(total, self.tape.limits().table_elements);
        if fits {
            self.table_elements = total;
        }
        Ok(fits)
    }
}
