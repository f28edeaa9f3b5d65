//! What a guest's last words mean.

use crate::failure::{Failure, FailureKind, SourceLocation};
use crate::text::clip;

/// The longest message, in bytes.
const MESSAGE: usize = 2 << 10;

/// A message and its place in the source.
pub(super) type Words = Option<(String, Option<SourceLocation>)>;

/// What the last lines of standard error tell of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrapWords {
    /// The guest panicked, or ended by what its language calls an uncaught exception.
    Panic(Failure),
    /// Its runtime could not pass a value to the host; the text says which.
    Misuse(String),
}

impl TrapWords {
    /// A message and its place in the source. A long message is cut.
    pub(super) fn panic((message, source): (String, Option<SourceLocation>)) -> Self {
        Self::Panic(Failure { kind: FailureKind::Panic, source, ..Failure::message(clip(&message, MESSAGE)) })
    }

    /// The value that was passed. A long text is cut.
    pub(super) fn misuse(value: &str) -> Self {
        Self::Misuse(clip(value, MESSAGE))
    }
}
