//! What one attempt grants its guest: everything that a capability may take its state from.

use std::sync::Arc;

use wayfarer_model::context::AttemptContext;
use wayfarer_model::ledger::CleanupLedger;

use crate::http::{HttpSession, SealedSecrets};
use crate::tape::Tape;

/// Made for one attempt. Each capability clones the parts that it needs.
pub(crate) struct Grants {
    pub(crate) tape: Tape,
    /// None in `describe`.
    pub(crate) context: Option<Arc<AttemptContext>>,
    /// Resolved, in the order of the descriptor.
    pub(crate) params: Arc<[(String, String)]>,
    pub(crate) secrets: Arc<SealedSecrets>,
    /// None if no store is attached.
    pub(crate) ledger: Option<Arc<dyn CleanupLedger>>,
    pub(crate) session: Arc<HttpSession>,
}
