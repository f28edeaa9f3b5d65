//! The one writer: takes messages in order, gathers them for some milliseconds, and commits them together.
//!
//! It never drops a message. If a transaction fails because the disk is full, or for another reason that may pass, it tries
//! again until the transaction is committed. Callers wait meanwhile, and `health` says why. If a transaction fails because of a
//! row in it, such as a slot that has its row already, it halves the batch until that row is alone, and refuses that one. A run whose
//! end is refused is not in flight any more: its start goes.

use std::sync::Arc;
use std::time::Duration;

use sqlx::SqliteConnection;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{oneshot, watch};

use super::batch::{Batch, BatchWriter, Item};
use super::checkpoint::Checkpoint;
use super::health::{Meter, Timer};
use super::message::{Then, Work, WriteRequest};
use crate::disk_space::Reserve;
use crate::error::StoreError;
use crate::records::Settled;

/// A batch with this many completed runs is committed at once.
const ENOUGH: usize = 256;
/// Messages of a batch at most.
const MOST: usize = 2_048;
/// Between two tries of a failed transaction.
const PAUSE: Duration = Duration::from_millis(200);
/// SQLite's code for a row that breaks a rule of its table.
const CONSTRAINT: i64 = 19;

/// The newest row of `run`: a cursor for followers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RunCursor(pub i64);

/// The writer.
pub(crate) struct Actor {
    pub(crate) connection: SqliteConnection,
    pub(crate) writing: BatchWriter,
    pub(crate) queue: UnboundedReceiver<WriteRequest>,
    pub(crate) linger: Duration,
    pub(crate) meter: Arc<Meter>,
    pub(crate) committed: watch::Sender<RunCursor>,
    pub(crate) reserve: Arc<Reserve>,
    pub(crate) checkpoint: Checkpoint,
}

/// What follows a batch.
enum Afterwards {
    Commit,
    Flush(oneshot::Sender<()>),
    Work(Work, Then),
}

impl Actor {
    /// Runs until every sender is dropped. Returns the connection.
    pub(crate) async fn run(mut self) -> SqliteConnection {
        while let Some(first) = self.queue.recv().await {
            let (batch, afterwards) = self.gather(first).await;
            self.commit(batch).await;
            match afterwards {
                Afterwards::Commit => {}
                // The caller may have dropped its future.
                Afterwards::Flush(answer) => drop(answer.send(())),
                Afterwards::Work(work, then) => {
                    work(&mut self.connection).await;
                    if then == Then::Forget {
                        self.writing.forget();
                    }
                }
            }
            self.checkpoint.after_commit(&mut self.connection).await;
        }
        self.connection
    }

    async fn gather(&mut self, first: WriteRequest) -> (Batch, Afterwards) {
        let mut batch = Batch::default();
        let mut ends = 0;
        let mut next = Some(first);
        let mut waited = std::pin::pin!(tokio::time::sleep(self.linger));
        let mut is_patient = true;
        loop {
            match next.take() {
                Some(WriteRequest::Start(started)) => batch.items.push(Item::Start(started)),
                Some(WriteRequest::End(completion)) => {
                    ends += 1;
                    is_patient &= !completion.is_urgent;
                    batch.items.push(Item::End(completion));
                }
                Some(WriteRequest::PlannedUntil(location, until)) => {
                    batch.planned.insert(location, until);
                }
                Some(WriteRequest::Flush(answer)) => return (batch, Afterwards::Flush(answer)),
                Some(WriteRequest::Work(work, then)) => return (batch, Afterwards::Work(work, then)),
                None => return (batch, Afterwards::Commit),
            }
            if batch.items.len() >= MOST {
                return (batch, Afterwards::Commit);
            }
            next = match self.queue.try_recv() {
                Ok(message) => Some(message),
                Err(_) if !is_patient || ends >= ENOUGH => None,
                Err(_) => tokio::select! {
                    message = self.queue.recv() => message,
                    () = &mut waited => { is_patient = false; self.queue.try_recv().ok() }
                },
            };
        }
    }

    async fn commit(&mut self, batch: Batch) {
        if batch.is_empty() {
            return;
        }
        let mut parts = vec![batch];
        while let Some(batch) = parts.pop() {
            let timer = Timer::start();
            match self.writing.commit(&batch, &mut self.connection).await {
                Ok(done) => {
                    self.meter.committed(timer, &batch);
                    if let Some(newest) = done.newest {
                        self.committed.send_replace(RunCursor(newest));
                    }
                    answer(batch, |run| !done.refused.contains(run));
                }
                Err(error) if error.code() == Some(CONSTRAINT) => self.divide(batch, &error, &mut parts),
                Err(error) => {
                    self.meter.failed(&error);
                    parts.push(batch);
                    if error.is_full() && self.reserve.give_away() {
                        tracing::warn!("the disk is full: results take the space of the reserve");
                        continue;
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// The later half is pushed first, so that the earlier one is written first.
    fn divide(&mut self, mut batch: Batch, error: &StoreError, parts: &mut Vec<Batch>) {
        self.writing.forget();
        let half = batch.items.len() / 2;
        if half == 0 {
            for item in &batch.items {
                let run = match item {
                    Item::Start(started) => started.identity.run,
                    Item::End(completion) => completion.run(),
                };
                tracing::warn!(%run, %error, "the store refused a row: the slot has one already, or its journey is unknown");
            }
            let ends = batch.items.iter().filter_map(|item| match item {
                Item::End(completion) => Some(completion),
                Item::Start(_) => None,
            });
            self.writing.remove(ends.flat_map(|completion| completion.files()).cloned().collect());
            let planned = std::mem::take(&mut batch.planned);
            let ended = batch.items.iter().filter_map(|item| match item {
                Item::End(completion) if completion.was_started => Some(completion.identity),
                _ => None,
            });
            let rest = Batch { items: Vec::new(), planned, refused: ended.collect() };
            if !rest.is_empty() {
                parts.push(rest);
            }
            answer(batch, |_| false);
            return;
        }
        let items = batch.items.split_off(half);
        parts.push(Batch { items, planned: std::mem::take(&mut batch.planned), refused: Vec::new() });
        parts.push(batch);
    }
}

fn answer(batch: Batch, is_written: impl Fn(&wayfarer_model::ids::RunId) -> bool) {
    for item in batch.items {
        if let Item::End(mut completion) = item
            && let Some(answer) = completion.answer.take()
        {
            let settled = if is_written(&completion.run()) { Settled::Written } else { Settled::Refused };
            // The caller may have dropped its future.
            let _ = answer.send(settled);
        }
    }
}
