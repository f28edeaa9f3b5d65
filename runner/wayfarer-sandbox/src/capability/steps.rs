//! `steps`: opens and closes them on the tape.

use wasmtime::component::{HasSelf, Linker};

use super::failures::failure;
use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::failures::Failure;
use crate::bindings::wayfarer::journey::steps::{Host, add_to_linker};
use crate::tape::Tape;

pub(super) struct Steps {
    tape: Tape,
}

impl Capability for Steps {
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

impl Host for Steps {
    fn begin(&mut self, name: String) -> wasmtime::Result<u32> {
        Ok(self.tape.begin_step(&name)?)
    }

    fn end(&mut self, step: u32, reason: Option<Failure>) -> wasmtime::Result<()> {
        Ok(self.tape.end_step(step, reason.map(failure))?)
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::limits::Limits;
    use wayfarer_model::report::StepOutcome;

    use super::*;
    use crate::tape::Stop;

    #[test]
    fn steps_nest_and_close_what_is_open_inside() {
        let tape = Tape::live(Limits::default(), [7; 32], None);
        let mut steps = Steps { tape: tape.clone() };
        let outer = Host::begin(&mut steps, "order".into()).unwrap();
        Host::begin(&mut steps, "pay".into()).unwrap();
        let reason = Failure {
            message: "declined".into(),
            source: None,
            actual: None,
            expected: None,
            extensions: Vec::new(),
        };
        steps.end(outer, Some(reason)).unwrap();
        let recorded = tape.finish().recording.steps;
        assert_eq!((recorded[1].parent, recorded[1].outcome), (Some(outer), StepOutcome::Open));
        assert_eq!(recorded[0].outcome, StepOutcome::Failed);
        assert_eq!(recorded[0].failure.as_ref().unwrap().message, "declined");
    }

    #[test]
    fn ending_a_step_that_is_not_open_ends_the_attempt() {
        let mut steps = Steps { tape: Tape::live(Limits::default(), [7; 32], None) };
        let error = steps.end(3, None).unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(Stop::Misused(_))), "{error:?}");
    }
}
