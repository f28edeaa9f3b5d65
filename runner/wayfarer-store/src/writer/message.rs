//! What callers send to the writer, through one queue: the order of calls is the order of commits.

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;
use tokio::sync::oneshot;
use wayfarer_model::units::UnixMillis;

use super::completion::RunCompletion;
use crate::error::StoreError;
use crate::keys::LocationKey;
use crate::records::Started;

/// Work on the writer's connection that is a transaction of its own.
pub(crate) type Work = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, ()> + Send>;

/// One message.
pub(crate) enum WriteRequest {
    /// A run has started.
    Start(Started),
    /// A slot is over, with or without a run.
    End(Box<RunCompletion>),
    /// The new watermark of a location.
    PlannedUntil(LocationKey, UnixMillis),
    /// Answered once everything before it is durable.
    Flush(oneshot::Sender<()>),
    /// A transaction of its own, after everything before it.
    Work(Work, Then),
}

/// What the writer does with the figures that it keeps in memory, after work that is not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Forget them: the work may have changed their rows.
    Forget,
    /// Keep them: the work touches neither roll-ups nor their sources.
    Keep,
}

/// The answer of a piece of [`Work`].
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, StoreError>>;
