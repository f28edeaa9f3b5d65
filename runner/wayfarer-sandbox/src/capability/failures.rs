//! `failures`: a guest's words for what went wrong, its last ones too, brought into the model within bounds.

use wayfarer_model::failure::{Failure, FailureKind, SourceLocation};

use crate::bindings::wayfarer::journey::failures as wit;
use crate::host::HostState;
use crate::tape::clip;

/// The longest message kept; a failure is for people.
const MESSAGE: usize = 8 << 10;
/// The longest value kept on either side of a comparison.
const VALUE: usize = 4 << 10;

impl wit::Host for HostState {
    fn panicked(&mut self, words: wit::Failure) -> wasmtime::Result<()> {
        self.tape.note_panic(Failure { kind: FailureKind::Panic, ..failure(words) });
        Ok(())
    }
}

/// A place in the source.
#[expect(clippy::needless_pass_by_value, reason = "the guest's value is cut, not kept")]
pub(super) fn location(source: wit::SourceLocation) -> SourceLocation {
    SourceLocation { file: clip(&source.file, 512), line: source.line, column: source.column }
}

/// A value of a comparison.
pub(super) fn value(text: Option<String>) -> Option<String> {
    text.map(|text| clip(&text, VALUE))
}

/// A failure.
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
        source: failure.source.map(location),
        actual: value(failure.actual),
        expected: value(failure.expected),
    }
}
