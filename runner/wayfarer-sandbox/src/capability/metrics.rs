//! `metrics`: figures that the journey itself measures.

use wayfarer_model::report::MetricRecord;
use wayfarer_model::units::Micros;

use crate::bindings::wayfarer::journey::metrics::Host;
use crate::host::HostState;
use crate::tape::clip;

impl Host for HostState {
    fn observe(&mut self, name: String, value: f64, unit: String) -> wasmtime::Result<()> {
        if !value.is_finite() {
            self.tape.log(
                "warn",
                &format!("metric `{}` dropped: {value} is not finite", clip(&name, 128)),
                vec![],
            );
            return Ok(());
        }
        let (name, unit) = (clip(&name, 128), clip(&unit, 32));
        Ok(self.tape.metric(MetricRecord { step: None, at_us: Micros(0), name, value, unit })?)
    }
}
