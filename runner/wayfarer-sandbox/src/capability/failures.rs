//! `failures`: turns a guest's failure, and its reason for a trap, into the model's, within bounds.

use wasmtime::component::{HasSelf, Linker};
use wayfarer_model::failure::{Failure, FailureKind, SourceLocation};
use wayfarer_model::text::clip;

use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::failures as wit;
use crate::tape::Tape;

/// The longest message kept, in bytes; a failure is for people.
const MESSAGE: usize = 8 << 10;
/// The longest value kept on either side of a comparison, in bytes.
const VALUE: usize = 4 << 10;
/// The word by which a guest says that its own code asked for what cannot be.
const MISUSE: &str = "misuse";
/// The word by which a guest says that it cannot read a parameter or a secret.
const PARAMETER: &str = "parameter";

pub(super) struct Failures {
    tape: Tape,
}

impl Capability for Failures {
    fn begin(grants: &Grants) -> Self {
        Self { tape: grants.tape.clone() }
    }

    fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> &mut Self,
    ) -> wasmtime::Result<()> {
        wit::add_to_linker::<T, HasSelf<Self>>(linker, view)
    }
}

impl wit::Host for Failures {
    fn panicked(&mut self, words: wit::Failure) -> wasmtime::Result<()> {
        self.tape.note_panic(Failure { kind: FailureKind::Panic, ..failure(words, &self.tape) });
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the guest's value is cut, not kept")]
pub(super) fn location(source: wit::SourceLocation) -> SourceLocation {
    SourceLocation { file: clip(&source.file, 512), line: source.line, column: source.column }
}

/// One side of a comparison.
pub(super) fn value(text: Option<String>) -> Option<String> {
    text.map(|text| clip(&text, VALUE))
}

/// A failure in the model's words. It names its request by the request's place among the records, and no check yet: see
/// [`Tape::identify`].
pub(crate) fn failure(failure: wit::Failure, tape: &Tape) -> Failure {
    Failure {
        kind: match failure.kind {
            wit::FailureKind::Check => FailureKind::Check,
            wit::FailureKind::Panic => FailureKind::Panic,
            wit::FailureKind::Unmet => FailureKind::Unmet,
            wit::FailureKind::Other(kind) if kind == MISUSE => FailureKind::Misuse,
            wit::FailureKind::Other(kind) if kind == PARAMETER => FailureKind::Parameter,
            wit::FailureKind::Error | wit::FailureKind::Other(_) => FailureKind::Error,
        },
        eventually: failure.eventually,
        message: clip(&failure.message, MESSAGE),
        request: failure.request.and_then(|number| tape.record_of_request(number)),
        check: None,
        source: failure.source.map(location),
        actual: value(failure.actual),
        expected: value(failure.expected),
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::limits::Limits;

    use super::*;

    fn said(message: &str, kind: wit::FailureKind) -> wit::Failure {
        wit::Failure {
            message: message.to_owned(),
            kind,
            request: None,
            eventually: false,
            source: None,
            actual: None,
            expected: None,
            extensions: Vec::new(),
        }
    }

    #[test]
    fn a_failure_keeps_its_kind_within_bounds() {
        let tape = Tape::live(Limits::default(), [7; 32], None);
        let of = |message: &str, kind| failure(said(message, kind), &tape);
        assert_eq!(of("no", wit::FailureKind::Unmet).kind, FailureKind::Unmet);
        assert_eq!(of("no", wit::FailureKind::Other("mishap".into())).kind, FailureKind::Error);
        assert_eq!(of("no", wit::FailureKind::Other("misuse".into())).kind, FailureKind::Misuse);
        assert_eq!(of("no", wit::FailureKind::Other("parameter".into())).kind, FailureKind::Parameter);
        assert_eq!(of(&"x".repeat(10_000), wit::FailureKind::Check).message.len(), MESSAGE);
        let about = failure(wit::Failure { request: Some(7), ..said("no", wit::FailureKind::Check) }, &tape);
        assert_eq!(about.request, None, "there is no such request");
    }

    #[test]
    fn the_first_reason_for_a_trap_counts() {
        let tape = Tape::live(Limits::default(), [7; 32], None);
        let mut failures = Failures { tape: tape.clone() };
        for message in ["index out of bounds", "while it unwound"] {
            wit::Host::panicked(&mut failures, said(message, wit::FailureKind::Error)).unwrap();
        }
        let panic = tape.finish().panic.unwrap();
        assert_eq!((panic.kind, panic.message.as_str()), (FailureKind::Panic, "index out of bounds"));
    }
}
