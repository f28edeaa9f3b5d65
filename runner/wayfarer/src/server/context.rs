//! What the server's parts share: handles of the running server, cheap to clone.

use std::sync::Arc;

use wayfarer_store::Store;

use super::dispatcher::DispatcherHandle;
use super::metrics::Metrics;
use super::planner::Planner;
use crate::clock::WallClock;

/// Handles of the running server.
#[derive(Clone)]
pub(crate) struct ServerContext {
    pub(crate) store: Store,
    pub(crate) clock: WallClock,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) dispatcher: DispatcherHandle,
    pub(crate) planner: Arc<Planner>,
}
