//! Who calls, as soon as a request's extractor knows it: for the layers above the routes, which write the log and the audit trail.

use std::sync::{Arc, OnceLock};

use axum::http::request::Parts;

use crate::server::use_cases::Caller;

/// In a request. Clones share what is noted.
#[derive(Clone, Default)]
pub(crate) struct Witness(Arc<OnceLock<Caller>>);

impl Witness {
    /// None before it is known, and for a request that nobody may make.
    pub(crate) fn caller(&self) -> Option<&Caller> {
        self.0.get()
    }

    /// Notes the caller of a request.
    pub(crate) fn note(parts: &Parts, caller: &Caller) {
        if let Some(Self(seen)) = parts.extensions.get() {
            // A second extractor of the same request finds the same caller.
            let _ = seen.set(caller.clone());
        }
    }
}
