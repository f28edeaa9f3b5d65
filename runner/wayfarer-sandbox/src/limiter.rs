//! One limiter that sums: a limit covers all memories, or all tables, of a component together. Memory is charged to the
//! attempt's account, where what the host holds for the guest is charged too.

use wasmtime::ResourceLimiter;
use wayfarer_model::judge::LimitKind;

use crate::memory::Whose;
use crate::tape::Tape;

/// The limiter of one attempt. What the guest's memories took is given back with it.
pub(crate) struct Limiter {
    tape: Tape,
    memory: u64,
    table_elements: u64,
}

impl Limiter {
    pub(crate) fn new(tape: Tape) -> Self {
        Self { tape, memory: 0, table_elements: 0 }
    }

    pub(crate) fn tape(&self) -> &Tape {
        &self.tape
    }

    /// A guest may survive the denial. If it does not, this says why it trapped.
    fn deny(&self) -> bool {
        self.tape.note_denied(LimitKind::Memory);
        false
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current) as u64;
        match self.tape.memory().grow(more) {
            Ok(()) => {
                self.memory += more;
                Ok(true)
            }
            Err(full) if full.whose == Whose::Runner => Err(self.tape.out_of_memory(full).into()),
            Err(_) => Ok(self.deny()),
        }
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.table_elements.saturating_sub(current as u64).saturating_add(desired as u64);
        if total > self.tape.limits().table_elements {
            return Ok(self.deny());
        }
        self.table_elements = total;
        Ok(true)
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        self.tape.memory().shrink(self.memory);
    }
}
