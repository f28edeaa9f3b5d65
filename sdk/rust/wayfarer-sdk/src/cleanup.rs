//! Compensations: armed before a thing is created, executed by the runner until it is gone.

use std::fmt;

use crate::bindings::wayfarer::journey::cleanups::CleanupError as Wit;
use crate::host;

/// The compensations of this attempt; from [`Journey::cleanups`](crate::Journey::cleanups).
#[derive(Debug)]
pub struct Cleanups {
    _made_here_only: (),
}

impl Cleanups {
    pub(crate) fn new() -> Self {
        Self { _made_here_only: () }
    }

    /// Records that a thing of this kind is about to be created. Durable on return.
    ///
    /// `payload` says how to remove it, by custom as JSON; at most 64 KiB. The kind must be in the
    /// journey's `cleanups = [..]`. On [`CleanupError::Unattached`], as in `wayfarer test`, no store is
    /// there: remove the thing yourself. On any other error do not create the thing.
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
    /// Replaces the payload, for instance by the id that creation returned. Durable on return.
    pub fn amend(&self, payload: &str) -> Result<(), CleanupError> {
        Ok(host::amend(&self.id, payload)?)
    }

    /// Takes the cleanup back, because the journey removed the thing or it is meant to stay.
    pub fn disarm(self) -> Result<(), CleanupError> {
        Ok(host::disarm(&self.id)?)
    }
}

/// Why a cleanup could not be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CleanupError {
    /// No store is attached, as in `wayfarer test`.
    Unattached,
    /// The journey's `cleanups = [..]` does not list this kind.
    UnknownKind(String),
    /// No cleanup of this attempt has that id.
    UnknownCleanup(String),
    /// The limit on open cleanups or on the payload's size.
    Limit(String),
    /// The run was taken over or has ended.
    Stale,
    /// Anything else.
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
            Self::Unattached => f.write_str("no store is attached, so nothing would run the cleanup"),
            Self::UnknownKind(kind) => {
                write!(f, "the cleanup kind `{kind}` is not in the journey's `cleanups = [..]`")
            }
            Self::UnknownCleanup(id) => write!(f, "this attempt armed no cleanup `{id}`"),
            Self::Limit(limit) => write!(f, "beyond the limit on cleanups: {limit}"),
            Self::Stale => f.write_str("the run was taken over or has ended"),
            Self::Other(text) => write!(f, "the cleanup could not be recorded: {text}"),
        }
    }
}

impl std::error::Error for CleanupError {}
