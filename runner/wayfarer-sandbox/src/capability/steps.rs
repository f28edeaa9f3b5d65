//! `steps`: begin and end, straight onto the tape.

use crate::bindings::wayfarer::journey::failures::Failure;
use crate::bindings::wayfarer::journey::steps::Host;
use crate::host::HostState;

impl Host for HostState {
    fn begin(&mut self, name: String) -> wasmtime::Result<u32> {
        Ok(self.tape.begin_step(&name)?)
    }

    fn end(&mut self, step: u32, failure: Option<Failure>) -> wasmtime::Result<()> {
        Ok(self.tape.end_step(step, failure.map(super::failure))?)
    }
}
