//! `timers`: the attempt's clock.

use std::time::Duration;

use wayfarer_model::units::Micros;

use crate::bindings::wayfarer::journey::timers::Host;
use crate::host::HostState;

impl Host for HostState {
    async fn sleep(&mut self, duration_us: u64) -> wasmtime::Result<()> {
        // Beyond the deadline the attempt is over anyway: its outer wait ends it.
        tokio::time::sleep(Duration::from_micros(duration_us).min(self.tape.limits().wall)).await;
        Ok(())
    }

    fn elapsed_us(&mut self) -> wasmtime::Result<u64> {
        Ok(self.tape.now().0)
    }

    fn remaining_us(&mut self) -> wasmtime::Result<u64> {
        Ok(Micros::from_duration(self.tape.remaining()).0)
    }
}
