//! What the server's parts share: handles of the running server, cheap to clone.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use wayfarer_store::Store;

use super::dispatcher::Message;
use super::metrics::Metrics;
use super::planner::Planner;
use crate::clock::WallClock;

/// Handles of the running server.
#[derive(Clone)]
pub(crate) struct ServerContext {
    pub(crate) store: Store,
    pub(crate) clock: WallClock,
    pub(crate) metrics: Arc<Metrics>,
    /// A dispatcher that has ended makes no runs, and nobody needs to know that a message did not reach it.
    pub(crate) dispatcher: UnboundedSender<Message>,
    pub(crate) planner: Arc<Planner>,
}
