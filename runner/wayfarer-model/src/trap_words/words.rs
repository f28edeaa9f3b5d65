//! What a guest's last words mean.

use crate::failure::{Failure, FailureKind, SourceLocation};

/// The most bytes of a message.
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
    /// A message, clipped, and its place in the source.
    pub(super) fn panic((message, source): (String, Option<SourceLocation>)) -> Self {
        Self::Panic(Failure { kind: FailureKind::Panic, source, ..Failure::message(clipped(message)) })
    }

    /// What was passed, clipped.
    pub(super) fn misuse(what: impl Into<String>) -> Self {
        Self::Misuse(clipped(what.into()))
    }
}

fn clipped(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MESSAGE));
    text
}
