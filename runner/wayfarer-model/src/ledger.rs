//! The door from an attempt to the store: arming cleanups.
//!
//! The sandbox never meets the store. What a guest needs from it during an attempt goes through
//! [`CleanupLedger`], which the binary implements over the store and hands to the sandbox. Where none is
//! attached, `arm` answers `unattached` and the guest removes what it made by itself.

use std::future::Future;
use std::pin::Pin;

use crate::context::AttemptContext;

/// What the ledger answers, once the answer is durable.
pub type LedgerAnswer<'a, T> = Pin<Box<dyn Future<Output = Result<T, LedgerError>> + Send + 'a>>;

/// Why a cleanup could not be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// No cleanup of this attempt has that id.
    #[error("no cleanup of this run has the id `{0}`")]
    UnknownCleanup(String),
    /// Too many, or too large.
    #[error("{0}")]
    Limit(String),
    /// The run was taken over or has ended.
    #[error("the run was taken over or has ended")]
    Stale,
    /// The store could not commit.
    #[error("the store did not take it: {0}")]
    Store(String),
}

/// Records cleanups. Every call returns after the record is durable.
pub trait CleanupLedger: Send + Sync {
    /// Records that a thing is about to be created; returns the cleanup's id.
    fn arm<'a>(
        &'a self,
        attempt: &'a AttemptContext,
        kind: &'a str,
        payload: &'a str,
    ) -> LedgerAnswer<'a, String>;
    /// Replaces the payload of a cleanup.
    fn amend<'a>(
        &'a self,
        attempt: &'a AttemptContext,
        id: &'a str,
        payload: &'a str,
    ) -> LedgerAnswer<'a, ()>;
    /// Takes a cleanup back.
    fn disarm<'a>(&'a self, attempt: &'a AttemptContext, id: &'a str) -> LedgerAnswer<'a, ()>;
}
