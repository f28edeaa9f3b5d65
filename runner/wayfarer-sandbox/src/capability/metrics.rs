//! `metrics`: figures that the journey itself measures.

use wasmtime::component::{HasSelf, Linker};
use wayfarer_model::report::MetricRecord;
use wayfarer_model::text::clip;
use wayfarer_model::units::Micros;

use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::metrics::{Host, add_to_linker};
use crate::tape::Tape;

/// The most labels of one figure.
const LABELS: usize = 16;

pub(super) struct Metrics {
    tape: Tape,
}

impl Capability for Metrics {
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

impl Host for Metrics {
    fn observe(
        &mut self,
        name: String,
        value: f64,
        unit: String,
        labels: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        let name = clip(&name, 128);
        if !value.is_finite() {
            self.tape.log("warn", &format!("metric `{name}` dropped: {value} is not finite"), vec![]);
            return Ok(());
        }
        let unit = clip(&unit, 32);
        let label = |(name, value): &(String, String)| (clip(name, 64), clip(value, 256));
        let labels = labels.iter().take(LABELS).map(label).collect();
        Ok(self.tape.metric(MetricRecord { step: None, at_us: Micros(0), name, value, unit, labels })?)
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::limits::Limits;

    use super::*;

    #[test]
    fn a_figure_is_finite_or_a_line_in_the_log() {
        let tape = Tape::live(Limits::default(), [7; 32], None);
        let mut metrics = Metrics { tape: tape.clone() };
        let labels = vec![("country".to_owned(), "DE".to_owned())];
        metrics.observe("total".into(), 12.5, "EUR".into(), labels.clone()).unwrap();
        metrics.observe("ratio".into(), f64::NAN, String::new(), vec![]).unwrap();
        let recording = tape.finish().recording;
        let kept: Vec<_> = recording.metrics.iter().map(|m| (&*m.name, m.value, &*m.unit)).collect();
        assert_eq!(kept, [("total", 12.5, "EUR")]);
        assert_eq!(recording.metrics[0].labels, labels);
        assert_eq!(recording.logs[0].message, "metric `ratio` dropped: NaN is not finite");
    }
}
