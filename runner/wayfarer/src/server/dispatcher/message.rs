//! What the dispatcher gets beside the planner's batches, and the handle that sends it.
//!
//! A dispatcher that has ended makes no runs, so that whatever is sent to it then is lost without harm.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use wayfarer_model::units::UnixMillis;

use super::{Suspensions, TriggerError, Triggered};
use crate::server::metrics::Load;
use crate::server::planner::PlannedVersion;

/// One message in the dispatcher's inbox.
#[derive(Debug)]
pub(super) enum DispatcherMessage {
    /// A person wants a run now.
    Trigger(Arc<PlannedVersion>, oneshot::Sender<Result<Triggered, TriggerError>>),
    /// A confirmation run is due.
    Confirm(Arc<PlannedVersion>, UnixMillis),
    /// All kill switches and windows that matter from now on.
    Suspensions(Suspensions),
    /// Whether the disk has space for what new runs record.
    DiskSpace(bool),
    /// The clock went back to that instant: what is due later is still to come. The answer says whether that was possible.
    Rewind(UnixMillis, oneshot::Sender<bool>),
    /// A run of this version has ended: its permit is free.
    RunEnded(Arc<PlannedVersion>),
    /// Rows of a missed range are durable, up to the slot that was due then; without an instant, all are.
    RangeSettled(u64, Option<UnixMillis>),
    /// Somebody asks what waits and runs.
    Load(oneshot::Sender<Load>),
}

/// Sends to the dispatcher. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct DispatcherHandle(UnboundedSender<DispatcherMessage>);

impl DispatcherHandle {
    /// The handle and the inbox behind it.
    pub(super) fn new() -> (Self, UnboundedReceiver<DispatcherMessage>) {
        let (sender, inbox) = unbounded_channel();
        (Self(sender), inbox)
    }

    fn send(&self, message: DispatcherMessage) {
        let _ = self.0.send(message);
    }

    /// Asks for a run now. A dispatcher that has ended drops `answer`.
    pub(crate) fn trigger(
        &self,
        version: Arc<PlannedVersion>,
        answer: oneshot::Sender<Result<Triggered, TriggerError>>,
    ) {
        self.send(DispatcherMessage::Trigger(version, answer));
    }

    /// Hands over a confirmation run that is due.
    pub(crate) fn confirm(&self, version: Arc<PlannedVersion>, at: UnixMillis) {
        self.send(DispatcherMessage::Confirm(version, at));
    }

    /// Replaces all kill switches and windows.
    pub(crate) fn set_suspensions(&self, suspensions: Suspensions) {
        self.send(DispatcherMessage::Suspensions(suspensions));
    }

    /// Says whether the disk has space for what new runs record.
    pub(crate) fn set_disk_space(&self, has_disk_space: bool) {
        self.send(DispatcherMessage::DiskSpace(has_disk_space));
    }

    /// Forgets what waits and is due after an instant, and takes the watermark back to it. False while rows of missed slots are
    /// being written, or where the dispatcher has ended; nothing has changed then. The planner must stand still.
    pub(crate) async fn rewind(&self, to: UnixMillis) -> bool {
        let (answer, answered) = oneshot::channel();
        self.send(DispatcherMessage::Rewind(to, answer));
        answered.await.unwrap_or(false)
    }

    /// What waits and runs; nothing where the dispatcher has ended.
    pub(crate) async fn load(&self) -> Load {
        let (answer, answered) = oneshot::channel();
        self.send(DispatcherMessage::Load(answer));
        answered.await.unwrap_or_default()
    }

    pub(super) fn run_ended(&self, version: Arc<PlannedVersion>) {
        self.send(DispatcherMessage::RunEnded(version));
    }

    pub(super) fn range_settled(&self, number: u64, next: Option<UnixMillis>) {
        self.send(DispatcherMessage::RangeSettled(number, next));
    }
}

/// The inbox of a dispatcher that a test puts in the place of the real one.
#[cfg(test)]
pub(crate) struct TestInbox(UnboundedReceiver<DispatcherMessage>);

#[cfg(test)]
impl TestInbox {
    pub(crate) fn new() -> (DispatcherHandle, Self) {
        let (handle, inbox) = DispatcherHandle::new();
        (handle, Self(inbox))
    }

    /// Empties the inbox; the newest kill switches and windows that were in it.
    pub(crate) fn suspensions(&mut self) -> Option<Suspensions> {
        let mut newest = None;
        while let Ok(message) = self.0.try_recv() {
            if let DispatcherMessage::Suspensions(suspensions) = message {
                newest = Some(suspensions);
            }
        }
        newest
    }
}
