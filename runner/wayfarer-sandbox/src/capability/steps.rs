//! `steps`: opens and closes them on the tape, and notes values about them.

use wasmtime::component::{HasSelf, Linker};
use wayfarer_model::text::clip;

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
    fn open(&mut self, name: String, parent: Option<u32>) -> wasmtime::Result<u32> {
        Ok(self.tape.open_step(&name, parent)?)
    }

    fn current(&mut self) -> wasmtime::Result<Option<u32>> {
        Ok(self.tape.current_step())
    }

    fn resume(&mut self, step: u32) -> wasmtime::Result<()> {
        Ok(self.tape.resume_step(step)?)
    }

    fn close(&mut self, step: u32, reason: Option<Failure>) -> wasmtime::Result<()> {
        let reason = reason.map(|reason| failure(reason, &self.tape));
        Ok(self.tape.close_step(step, reason)?)
    }

    fn annotate(&mut self, name: String, value: String) -> wasmtime::Result<()> {
        Ok(self.tape.annotate(&clip(&name, 64), &clip(&value, 1 << 10))?)
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::limits::Limits;
    use wayfarer_model::report::StepOutcome;

    use super::*;
    use crate::bindings::wayfarer::journey::failures::FailureKind;
    use crate::tape::Stop;

    fn steps() -> Steps {
        Steps { tape: Tape::live(Limits::default(), [7; 32], None) }
    }

    fn declined() -> Failure {
        Failure {
            message: "declined".into(),
            kind: FailureKind::Error,
            request: None,
            eventually: false,
            source: None,
            actual: None,
            expected: None,
            extensions: Vec::new(),
        }
    }

    #[test]
    fn steps_nest_and_close_what_is_open_inside() {
        let mut steps = steps();
        let outer = steps.open("order".into(), None).unwrap();
        steps.open("pay".into(), Some(outer)).unwrap();
        steps.close(outer, Some(declined())).unwrap();
        let recorded = steps.tape.finish().recording.steps;
        assert_eq!((recorded[1].parent, recorded[1].outcome), (Some(outer), StepOutcome::Open));
        assert_eq!(recorded[0].outcome, StepOutcome::Failed);
        assert_eq!(recorded[0].failure.as_ref().unwrap().message, "declined");
    }

    #[test]
    fn steps_of_several_tasks_close_in_any_order() {
        let mut steps = steps();
        let first = steps.open("first".into(), None).unwrap();
        let second = steps.open("second".into(), None).unwrap();
        let inner = steps.open("inside the second".into(), Some(second)).unwrap();
        steps.resume(first).unwrap();
        steps.annotate("order".into(), "7".into()).unwrap();
        steps.close(first, None).unwrap();
        assert_eq!(steps.current().unwrap(), None, "no step is around it");
        steps.resume(inner).unwrap();
        steps.close(inner, None).unwrap();
        assert_eq!(steps.current().unwrap(), Some(second));
        steps.close(second, None).unwrap();
        steps.annotate("build".into(), "b".repeat(2_000)).unwrap();
        let recording = steps.tape.finish().recording;
        assert!(recording.steps.iter().all(|step| step.outcome == StepOutcome::Passed), "{recording:?}");
        let noted = &recording.annotations;
        assert_eq!((noted[0].step, noted[1].step, noted[1].value.len()), (Some(first), None, 1 << 10));
    }

    #[test]
    fn an_attempt_that_notes_too_much_ends() {
        let mut steps = steps();
        for number in 0..64 {
            steps.annotate("order".into(), number.to_string()).unwrap();
        }
        let error = steps.annotate("order".into(), "64".into()).unwrap_err();
        let Some(Stop::Exhausted(_, message)) = error.downcast_ref() else { panic!("{error:?}") };
        assert!(message.starts_with("more than 64 annotations: "), "{message}");
        assert_eq!(steps.tape.finish().recording.annotations.len(), 64);
    }

    #[test]
    fn a_step_that_is_not_open_ends_the_attempt() {
        let errors = [
            steps().close(3, None).unwrap_err(),
            steps().resume(3).unwrap_err(),
            steps().open("inside nothing".into(), Some(3)).unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error.downcast_ref(), Some(Stop::Misused(_))), "{error:?}");
        }
    }
}
