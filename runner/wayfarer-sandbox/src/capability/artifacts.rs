//! `artifacts`: files worth keeping.

use crate::bindings::wayfarer::journey::artifacts::Host;
use crate::host::HostState;

impl Host for HostState {
    fn attach(&mut self, name: String, media_type: String, content: Vec<u8>) -> wasmtime::Result<bool> {
        Ok(self.tape.artifact(&name, &media_type, content))
    }
}
