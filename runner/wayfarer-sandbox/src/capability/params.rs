//! `params`: what the runner resolved for this run.

use crate::bindings::wayfarer::journey::params::Host;
use crate::host::HostState;

impl Host for HostState {
    fn get(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.attempt.params.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()))
    }

    fn all(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        Ok(self.attempt.params.clone())
    }
}
