//! How an attempt reaches the store: it arms cleanups.
//!
//! The sandbox does not depend on the store. The binary implements [`CleanupLedger`] over the store and passes
//! it to the sandbox. Without a ledger, `arm` returns `unattached`, and the guest must remove what it creates.

use std::future::Future;
use std::pin::Pin;

use crate::context::AttemptContext;

/// The ledger's answer. It resolves when the record is durable.
pub type LedgerAnswer<'a, T> = Pin<Box<dyn Future<Output = Result<T, LedgerError>> + Send + 'a>>;

/// Why the ledger could not record a cleanup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// No cleanup of this attempt has that id.
    #[error("this run has no cleanup with the id `{0}`")]
    UnknownCleanup(String),
    /// The payload is too large, or too many cleanups are open. The text says which.
    #[error("{0}")]
    Limit(String),
    /// Another process took the run over, or the run has ended.
    #[error("another process took the run over, or the run has ended")]
    Stale,
    /// The store could not commit.
    #[error("the store could not record the cleanup: {0}")]
    Store(String),
}

/// Records cleanups. The future of every call resolves when the record is durable.
pub trait CleanupLedger: Send + Sync {
    /// Records that the journey is about to create a thing. Returns the cleanup's id.
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
    /// Cancels a cleanup.
    fn disarm<'a>(&'a self, attempt: &'a AttemptContext, id: &'a str) -> LedgerAnswer<'a, ()>;
}
