//! `failures`: turns a guest's failure, and its reason for a trap, into the model's, within bounds.

use wasmtime::component::{HasSelf, Linker};
use wayfarer_model::failure::{Failure, FailureKind, SourceLocation};

use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::failures as wit;
use crate::record_size::clip;
use crate::tape::Tape;

/// The longest message kept, in bytes; a failure is for people.
const MESSAGE: usize = 8 << 10;
/// The longest value kept on either side of a comparison, in bytes.
const VALUE: usize = 4 << 10;

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
        self.tape.note_panic(Failure { kind: FailureKind::Panic, ..failure(words) });
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

/// A failure, which names no check yet: see [`Tape::identify`].
pub(crate) fn failure(failure: wit::Failure) -> Failure {
    let extension =
        |key: &str| failure.extensions.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    let kind = match extension("kind") {
        Some("check") => FailureKind::Check,
        Some("panic") => FailureKind::Panic,
        _ => FailureKind::Error,
    };
    Failure {
        kind,
        eventually: extension("eventually") == Some("true"),
        message: clip(&failure.message, MESSAGE),
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

    fn said(message: &str, extensions: &[(&str, &str)]) -> wit::Failure {
        wit::Failure {
            message: message.to_owned(),
            source: None,
            actual: None,
            expected: None,
            extensions: extensions.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
        }
    }

    #[test]
    fn extensions_say_the_kind_and_unknown_ones_are_ignored() {
        let check = failure(said("no", &[("kind", "check"), ("eventually", "true"), ("mood", "bad")]));
        assert_eq!((check.kind, check.eventually), (FailureKind::Check, true));
        assert_eq!(failure(said("no", &[("kind", "mishap")])).kind, FailureKind::Error);
        assert_eq!(failure(said(&"x".repeat(10_000), &[])).message.len(), MESSAGE);
    }

    #[test]
    fn the_first_reason_for_a_trap_counts() {
        let tape = Tape::live(Limits::default(), [7; 32], None);
        let mut failures = Failures { tape: tape.clone() };
        for message in ["index out of bounds", "while it unwound"] {
            wit::Host::panicked(&mut failures, said(message, &[("kind", "error")])).unwrap();
        }
        let panic = tape.finish().panic.unwrap();
        assert_eq!((panic.kind, panic.message.as_str()), (FailureKind::Panic, "index out of bounds"));
    }
}
