//! What every use case has at hand.

use std::sync::Arc;

use wayfarer_model::ids::TenantName;
use wayfarer_store::Store;

use super::{AccessError, Uploads};
use crate::clock::WallClock;
use crate::server::alert::AlertingHandle;
use crate::server::board::Board;
use crate::server::tenants::Tenant;
use crate::server::{Control, SandboxedRuns};

/// What people may do with a server.
#[derive(Clone)]
pub(crate) struct UseCases {
    pub(crate) store: Store,
    pub(crate) control: Control,
    /// Knows the tenants of the configuration.
    pub(crate) runs: SandboxedRuns,
    pub(crate) clock: WallClock,
    pub(crate) uploads: Uploads,
    /// Knows the channels of the configuration.
    pub(crate) alerting: AlertingHandle,
    /// Keeps all journeys' results for a moment.
    pub(crate) board: Board,
}

impl UseCases {
    /// The tenant of that name, if the configuration names it.
    pub(crate) fn tenant(&self, name: &TenantName) -> Result<Arc<Tenant>, AccessError> {
        self.runs.tenants().get(name).cloned().ok_or_else(|| AccessError::NoTenant(name.clone()))
    }
}
