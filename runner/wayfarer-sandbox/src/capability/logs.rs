//! `logs`: lines for whoever reads the run.

use crate::bindings::wayfarer::journey::logs::{Host, Level};
use crate::host::HostState;
use crate::tape::clip;

/// The longest line kept.
pub(super) const LINE: usize = 8 << 10;

impl Host for HostState {
    fn write(
        &mut self,
        level: Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        let level = match level {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info | Level::Other(_) => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        self.tape.log(level, &clip(&message, LINE), fields);
        Ok(())
    }
}
