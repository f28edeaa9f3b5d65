//! Cleanups. A journey arms one before it creates a thing, and the runner executes it until the thing is gone.

use std::fmt;

use crate::bindings::wayfarer::journey::cleanups::CleanupError as Wit;
use crate::host;

/// The cleanups of this attempt. Returned by [`Journey::cleanups`](crate::Journey::cleanups).
#[derive(Debug)]
pub struct Cleanups {
    _made_here_only: (),
}

impl Cleanups {
    pub(crate) fn new() -> Self {
        Self { _made_here_only: () }
    }

    /// Records that the journey is about to create a thing of this kind. The record is durable when the call
    /// returns.
    ///
    /// `payload` says how to remove the thing: text, usually JSON, at most 64 KiB. The kind must be in the
    /// journey's `cleanups = [..]`. On [`CleanupError::Unattached`], as in `wayfarer test`, the journey must
    /// remove the thing itself. On any other error it must not create the thing.
    pub fn arm(&self, kind: &str, payload: &str) -> Result<Armed, CleanupError> {
        Ok(Armed { id: host::arm(kind, payload)? })
    }
}

/// An armed cleanup.
#[derive(Debug)]
#[must_use = "keep it to amend or disarm it; dropping it leaves the cleanup armed"]
pub struct Armed {
    id: String,
}

impl Armed {
    /// Replaces the payload, for instance with the id of the created thing. The change is durable when the call
    /// returns.
    pub fn amend(&self, payload: &str) -> Result<(), CleanupError> {
        Ok(host::amend(&self.id, payload)?)
    }

    /// Cancels the cleanup, because the journey removed the thing or the thing is meant to stay.
    pub fn disarm(self) -> Result<(), CleanupError> {
        Ok(host::disarm(&self.id)?)
    }
}

/// Why the runner could not record a cleanup.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CleanupError {
    /// The runner has no store, as in `wayfarer test`.
    Unattached,
    /// The journey's `cleanups = [..]` does not list this kind.
    UnknownKind(String),
    /// No cleanup of this attempt has that id.
    UnknownCleanup(String),
    /// The payload is too large, or too many cleanups are open. The text says which.
    Limit(String),
    /// Another process took the run over, or the run has ended.
    Stale,
    /// Any other reason.
    Other(String),
}

impl From<Wit> for CleanupError {
    fn from(error: Wit) -> Self {
        match error {
            Wit::Unattached => Self::Unattached,
            Wit::UnknownKind(kind) => Self::UnknownKind(kind),
            Wit::UnknownCleanup(id) => Self::UnknownCleanup(id),
            Wit::Limit(limit) => Self::Limit(limit),
            Wit::Stale => Self::Stale,
            Wit::Other(text) => Self::Other(text),
        }
    }
}

impl fmt::Display for CleanupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unattached => f.write_str("the runner has no store and would never execute the cleanup"),
            Self::UnknownKind(kind) => {
                write!(f, "the cleanup kind `{kind}` is not in the journey's `cleanups = [..]`")
            }
            Self::UnknownCleanup(id) => write!(f, "this attempt armed no cleanup `{id}`"),
            Self::Limit(limit) => write!(f, "the cleanup exceeds a limit: {limit}"),
            Self::Stale => f.write_str("another process took the run over, or the run has ended"),
            Self::Other(text) => write!(f, "the runner could not record the cleanup: {text}"),
        }
    }
}

impl std::error::Error for CleanupError {}
