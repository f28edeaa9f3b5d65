//! `logs`: lines for people who read the run.

use wasmtime::component::{HasSelf, Linker};
use wayfarer_model::text::clip;

use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::logs::{Host, Level, add_to_linker};
use crate::record_size::LINE;
use crate::tape::Tape;

pub(super) struct Logs {
    tape: Tape,
}

impl Capability for Logs {
    fn begin(grants: &Grants) -> Self {
        Self { tape: grants.tape.clone() }
    }

    fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> &mut Self,
    ) -> wasmtime::Result<()> {
        add_to_linker::<T, HasSelf<Self>>(linker, view)
    }
}

impl Host for Logs {
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

#[cfg(test)]
mod tests {
    use wayfarer_model::limits::Limits;

    use super::*;

    #[test]
    fn an_unknown_level_reads_as_info_and_what_exceeds_the_limit_is_counted() {
        let tape = Tape::live(Limits { log: 100, ..Limits::default() }, [7; 32], None);
        let mut logs = Logs { tape: tape.clone() };
        logs.write(Level::Warn, "slow".into(), vec![("ms".into(), "740".into())]).unwrap();
        logs.write(Level::Other("verbose".into()), "odd".into(), Vec::new()).unwrap();
        logs.write(Level::Error, "x".repeat(200), Vec::new()).unwrap();
        let recording = tape.finish().recording;
        let lines: Vec<_> = recording.logs.iter().map(|log| (&*log.level, &*log.message)).collect();
        assert_eq!(lines, [("warn", "slow"), ("info", "odd")]);
        assert_eq!(recording.logs_dropped_bytes, 216, "16 bytes of each line are for its place");
    }
}
