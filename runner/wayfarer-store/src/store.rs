//! The store: a server opens it once, clones are cheap, and nothing else opens the file.
//!
//! Every change goes through the writer's queue; every read comes from a pool of connections that only read. No call holds a
//! transaction while it waits for anything but SQLite. A caller that drops its future cancels nothing.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinHandle;
use wayfarer_model::ids::LocationName;
use wayfarer_model::units::UnixMillis;

use crate::blobs::{remove_files, remove_orphans};
use crate::configuration::{Configuration, Rows};
use crate::data_dir::{claim, database, leave, reading, wal, writing};
use crate::dictionary::Dictionary;
use crate::disk_space::{DiskSpace, Reserve, shrink};
use crate::error::StoreError;
use crate::keys::LocationKey;
use crate::locked;
use crate::records::{Finished, Settled, SkippedSlot, Started};
use crate::recover::{Incarnation, drop_settled_starts, lost, newest_run, start_incarnation};
use crate::schema::migrate;
use crate::storage_quota::StorageQuotas;
use crate::writer::{
    Actor, Answer, BatchWriter, Checkpoint, Meter, RunCompletion, RunCursor, Then, Timer, Work, WriteRequest,
    WriterHealth,
};

/// Completed runs that may wait in the writer's queue. A caller beyond that waits for a permit, and holds its report itself.
const QUEUE_LIMIT: usize = 8_192;

/// How long the writer gathers messages for which no caller waits. At 600 runs a second a transaction then holds 12 runs instead
/// of 3, and each transaction costs a flush of the disk and a dozen hand-overs to SQLite's thread. A longer time would cost
/// more after a kill: what the writer had gathered and not committed becomes `inconclusive` or `missed`.
const LINGER: Duration = Duration::from_millis(20);

/// Bytes of WAL at which the server logs a warning: sixteen times the length at which the writer itself helps to checkpoint. No
/// load comes near it; a process that holds a read transaction open does.
const WAL_WARNING: u64 = 256 << 20;

/// How to open a store.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// The directory with the database.
    pub data_dir: PathBuf,
    /// The location of this process.
    pub location: LocationName,
    /// The version of this binary: each process records its own.
    pub version: String,
    /// How long the writer gathers messages for which no caller waits.
    pub linger: Duration,
    /// Connections that read.
    pub readers: u32,
    /// Bytes of the disk that new runs may not use; see [`Store::disk_space`].
    pub reserve: u64,
    /// Bytes of WAL beyond which the server logs a warning.
    pub wal_warning: u64,
}

impl StoreSettings {
    /// The defaults.
    pub fn new(data_dir: PathBuf, location: LocationName, version: &str) -> Self {
        let version = version.to_owned();
        Self { data_dir, location, version, linger: LINGER, readers: 4, reserve: 0, wal_warning: WAL_WARNING }
    }
}

/// An open store, and what the process before this one left.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// The number of this process.
    pub incarnation: u32,
    /// This process's location.
    pub location: LocationKey,
    /// The watermark: every slot whose fire instant is at or before it has its row. None before the first server.
    pub planned_until: Option<UnixMillis>,
    /// Runs that were in flight when the process before this one ended. They are `inconclusive` now.
    pub runs_lost: u64,
}

/// The store.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    queue: Mutex<Option<UnboundedSender<WriteRequest>>>,
    permits: Arc<Semaphore>,
    readers: SqlitePool,
    dictionary: Dictionary,
    meter: Arc<Meter>,
    committed: watch::Receiver<RunCursor>,
    configuration: watch::Sender<Configuration>,
    writer: Mutex<Option<JoinHandle<SqliteConnection>>>,
    incarnation: u32,
    location: LocationKey,
    location_name: LocationName,
    data_dir: PathBuf,
    reserve: Arc<Reserve>,
    quotas: Arc<StorageQuotas>,
    _lock: File,
}

impl Store {
    /// Opens the file. Makes it if there is none, brings it up to date if it is older, and settles the runs that the process
    /// before this one left in flight.
    ///
    /// # Errors
    /// See [`StoreError`]. An error changes nothing.
    pub async fn open(settings: StoreSettings, now: UnixMillis) -> Result<Opened, StoreError> {
        let data_dir = settings.data_dir.clone();
        let lock = claim(&data_dir)?;
        let reserve = Arc::new(Reserve::new(&data_dir, settings.reserve));
        let (mut connection, dictionary, process) = loop {
            match prepare(&settings, now).await {
                Err(error) if error.is_locked() => locked::wait(&error).await,
                prepared => break prepared?,
            }
        };
        drop_settled_starts(&mut connection).await?;
        drop_orphans(&mut connection, &data_dir).await?;
        let left = lost(&mut connection, &dictionary).await?;
        let newest = newest_run(&mut connection).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(settings.readers.max(1))
            .connect_with(reading(&data_dir).disable_statement_logging())
            .await
            .map_err(StoreError::sql("opening the connections that read"))?;
        let (sender, queue) = unbounded_channel();
        let (announced, committed) = watch::channel(RunCursor(newest));
        let meter = Arc::new(Meter::default());
        let quotas: Arc<StorageQuotas> = Arc::default();
        let in_flight = left.iter().map(|(identity, _)| (identity.run, identity.fence)).collect();
        let actor = Actor {
            connection,
            writing: BatchWriter::new(
                dictionary.clone(),
                (newest, in_flight),
                (Arc::clone(&quotas), data_dir.clone()),
            ),
            queue,
            linger: settings.linger,
            meter: Arc::clone(&meter),
            committed: announced,
            reserve: Arc::clone(&reserve),
            checkpoint: Checkpoint::start(&data_dir, settings.wal_warning).await?,
        };
        let store = Self(Arc::new(Inner {
            queue: Mutex::new(Some(sender)),
            permits: Arc::new(Semaphore::new(QUEUE_LIMIT)),
            readers,
            dictionary,
            meter,
            committed,
            configuration: watch::Sender::new(Configuration::default()),
            writer: Mutex::new(Some(tokio::spawn(actor.run()))),
            incarnation: process.number,
            location: process.location,
            location_name: settings.location.clone(),
            data_dir,
            reserve,
            quotas,
            _lock: lock,
        }));
        store.recount_stored().await?;
        let runs_lost = left.len() as u64;
        for (identity, started_at) in left {
            store.send(WriteRequest::End(Box::new(RunCompletion::of_lost(identity, started_at, now))))?;
        }
        store.flush().await?;
        Ok(Opened {
            store,
            incarnation: process.number,
            location: process.location,
            planned_until: process.planned_until,
            runs_lost,
        })
    }

    /// A run has started. The writer records it with its next batch.
    pub fn start(&self, run: Started) {
        // After `close` nothing is sent: the caller of `close` waits for every run first.
        let _ = self.send(WriteRequest::Start(run));
    }

    /// A slot ends without a run. The writer records it with its next batch.
    pub fn settle(&self, slot: SkippedSlot) {
        let _ = self.send(WriteRequest::End(Box::new(RunCompletion::of_slot(&slot))));
    }

    /// Moves the watermark: the caller has started or settled every slot whose fire instant is at or before `until`.
    pub fn planned_until(&self, location: LocationKey, until: UnixMillis) {
        let _ = self.send(WriteRequest::PlannedUntil(location, until));
    }

    /// Slots that end without a run. Returns once they are durable. Pass about a thousand at a time.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub async fn settle_all(&self, slots: &[SkippedSlot]) -> Result<(), StoreError> {
        for slot in slots {
            self.send(WriteRequest::End(Box::new(RunCompletion::of_slot(slot))))?;
        }
        self.flush().await
    }

    /// A run has ended. Returns once its result is durable. Waits while the writer's queue is full.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub async fn finish(&self, run: &Finished) -> Result<Settled, StoreError> {
        let permit = Arc::clone(&self.0.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let (answered, answer) = oneshot::channel();
        let mut completion = self.admitted(run).await;
        (completion.answer, completion.permit) = (Some(answered), Some(permit));
        self.send(WriteRequest::End(Box::new(completion)))?;
        answer.await.map_err(|_| StoreError::Closed)
    }

    /// Returns once everything that was sent before this call is durable.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub async fn flush(&self) -> Result<(), StoreError> {
        let (answered, answer) = oneshot::channel();
        self.send(WriteRequest::Flush(answered))?;
        answer.await.map_err(|_| StoreError::Closed)
    }

    /// The writer's counters and its last error.
    pub fn health(&self) -> WriterHealth {
        let wal_bytes = std::fs::metadata(wal(&self.0.data_dir)).map_or(0, |wal| wal.len());
        self.0.meter.read(QUEUE_LIMIT - self.0.permits.available_permits(), wal_bytes)
    }

    /// Returns once a transaction could begin, after everything that was sent before this call. A caller that needs an instant
    /// shortly before its next write waits here first.
    ///
    /// # Errors
    /// [`StoreError::Closed`], [`StoreError::Sql`].
    pub async fn until_writable(&self) -> Result<(), StoreError> {
        self.write_measured(Then::Keep, |_| Box::pin(async { Ok(()) })).await.map(drop)
    }

    /// The space on the disk. Makes the reserve first, if it is missing and there is enough space.
    ///
    /// # Errors
    /// The operating system's error.
    pub async fn disk_space(&self) -> std::io::Result<DiskSpace> {
        let reserve = Arc::clone(&self.0.reserve);
        tokio::task::spawn_blocking(move || reserve.look()).await.map_err(std::io::Error::other)?
    }

    /// Removes files of contents whose rows are gone. Failures are logged: the next start removes what is left.
    pub(crate) async fn remove_files(&self, files: Vec<String>) {
        if !files.is_empty() {
            let data_dir = self.0.data_dir.clone();
            drop(tokio::task::spawn_blocking(move || remove_files(&data_dir, files)).await);
        }
    }

    /// Returns empty pages to the disk, as many as take a few milliseconds. Returns how many are left.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn shrink(&self) -> Result<u64, StoreError> {
        self.write_measured(Then::Keep, |connection| Box::pin(shrink(connection))).await.map(|(left, _)| left)
    }

    /// The newest committed run, now and after each commit.
    pub fn committed(&self) -> watch::Receiver<RunCursor> {
        self.0.committed.clone()
    }

    /// Which configuration rows (journeys, pauses, kill switches, maintenance windows) this process wrote last.
    pub fn configuration(&self) -> watch::Receiver<Configuration> {
        self.0.configuration.subscribe()
    }

    /// The number of this process.
    pub fn incarnation(&self) -> u32 {
        self.0.incarnation
    }

    /// Where the file is.
    pub fn data_dir(&self) -> &Path {
        &self.0.data_dir
    }

    /// Commits what is in the queue, checkpoints the WAL and ends. The WAL's file stays: without it a consumer who may not write
    /// could not open the database.
    ///
    /// # Errors
    /// [`StoreError::Closed`] if the store was closed before.
    pub async fn close(&self, now: UnixMillis) -> Result<(), StoreError> {
        let incarnation = self.0.incarnation;
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE incarnation SET stopped_ms = ? WHERE id = ?")
                    .bind(now.0 as i64)
                    .bind(i64::from(incarnation))
                    .execute(connection)
                    .await
                    .map(drop)
                    .map_err(StoreError::sql("writing to the table incarnation"))
            })
        })
        .await?;
        self.0.queue.lock().take();
        let writer = self.0.writer.lock().take().ok_or(StoreError::Closed)?;
        let connection = writer.await.map_err(|_| StoreError::Closed)?;
        self.0.readers.close().await;
        leave(connection).await;
        Ok(())
    }

    fn send(&self, message: WriteRequest) -> Result<(), StoreError> {
        let queue = self.0.queue.lock();
        queue.as_ref().and_then(|queue| queue.send(message).ok()).ok_or(StoreError::Closed)
    }

    /// Runs `work` in a transaction of its own on the writer's connection. Returns once that is durable.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.write_measured(Then::Forget, work).await.map(|(value, _)| value)
    }

    /// The same for configuration rows. Wakes those who follow [`configuration`](Self::configuration), even if the caller
    /// drops its future meanwhile.
    pub(crate) async fn write_configuration<T, F>(&self, rows: Rows, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let configuration = self.0.configuration.clone();
        let wake = move || configuration.send_modify(|configuration| configuration.wrote(rows));
        self.write_and(Then::Forget, work, wake).await.map(|(value, _)| value)
    }

    /// The same; also returns how long the transaction held the writer.
    pub(crate) async fn write_measured<T, F>(&self, then: Then, work: F) -> Result<(T, Duration), StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.write_and(then, work, || ()).await
    }

    /// The writer calls `ended` after the transaction, whether it was committed or not, and before it answers the caller.
    async fn write_and<T, F>(
        &self,
        then: Then,
        work: F,
        ended: impl FnOnce() + Send + 'static,
    ) -> Result<(T, Duration), StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let (answered, answer): (_, Answer<(T, Duration)>) = oneshot::channel();
        let meter = Arc::clone(&self.0.meter);
        let work: Work = Box::new(move |connection| {
            Box::pin(async move {
                let done = match locked::begin_writing(connection, |error| meter.failed(error)).await {
                    Ok(()) => {
                        meter.works();
                        let timer = Timer::start();
                        conclude(connection, work).await.map(|value| (value, timer.elapsed()))
                    }
                    Err(error) => Err(error),
                };
                ended();
                // The caller may have dropped its future; the work is done all the same.
                drop(answered.send(done));
            })
        });
        self.send(WriteRequest::Work(work, then))?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// This process's location.
    pub fn location(&self) -> LocationKey {
        self.0.location
    }

    /// The name of the location under which the server that opened the store writes.
    pub fn location_name(&self) -> &LocationName {
        &self.0.location_name
    }

    /// Connections that only read.
    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.0.readers
    }

    /// What tenants' recordings take and may.
    pub(crate) fn quotas(&self) -> &Arc<StorageQuotas> {
        &self.0.quotas
    }

    pub(crate) fn dictionary(&self) -> &Dictionary {
        &self.0.dictionary
    }
}

/// A connection that writes, to a file that is up to date and has a row for this process. Calling it again after an error does
/// what is left.
async fn prepare(
    settings: &StoreSettings,
    now: UnixMillis,
) -> Result<(SqliteConnection, Dictionary, Incarnation), StoreError> {
    let path = database(&settings.data_dir);
    let mut connection = writing(&settings.data_dir)
        .disable_statement_logging()
        .connect()
        .await
        .map_err(|error| not_opened(error, &path))?;
    migrate(&mut connection, &path).await?;
    Dictionary::complete(&mut connection).await?;
    let dictionary = Dictionary::load(&mut connection).await?;
    let process = start_incarnation(&mut connection, settings, now).await?;
    Ok((connection, dictionary, process))
}

/// Removes the files of contents that a process left which ended before it had written their rows, or after it had removed them.
async fn drop_orphans(connection: &mut SqliteConnection, data_dir: &Path) -> Result<(), StoreError> {
    let known: Vec<String> = sqlx::query_scalar("SELECT file FROM blob WHERE file IS NOT NULL")
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::sql("reading the table blob"))?;
    // The first process of this database: what is older, another one brought.
    let since: i64 = sqlx::query_scalar("SELECT coalesce(min(started_ms), 0) FROM incarnation")
        .fetch_one(connection)
        .await
        .map_err(StoreError::sql("reading the table incarnation"))?;
    let (data_dir, known) = (data_dir.to_owned(), known.into_iter().collect());
    let removed =
        tokio::task::spawn_blocking(move || remove_orphans(&data_dir, &known, since.unsigned_abs()));
    drop(removed.await);
    Ok(())
}

/// Runs `work` in a transaction, once it has the write lock.
pub(crate) async fn transaction<T, F>(connection: &mut SqliteConnection, work: F) -> Result<T, StoreError>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>>,
{
    locked::begin_writing(connection, locked::warn).await?;
    conclude(connection, work).await
}

/// The rest of a transaction that has process.
async fn conclude<T, F>(connection: &mut SqliteConnection, work: F) -> Result<T, StoreError>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>>,
{
    let done = work(&mut *connection).await;
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = sqlx::query(end).execute(&mut *connection).await;
    if ended.is_err() && done.is_ok() {
        // A failed commit may leave the transaction open. Without one, the rollback does no harm.
        let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
    }
    let value = done?;
    ended.map_err(StoreError::sql("a transaction"))?;
    Ok(value)
}

fn not_opened(error: sqlx::Error, path: &Path) -> StoreError {
    let error = StoreError::Sql { what: "opening the database", source: error };
    match error.code() {
        Some(8 | 14) => StoreError::Unwritable { path: path.to_owned(), reason: error.to_string() },
        Some(26) => StoreError::Foreign(path.to_owned()),
        _ => error,
    }
}

/// A column that may be null, as an instant.
pub(crate) fn instant(
    row: &sqlx::sqlite::SqliteRow,
    column: usize,
) -> Result<Option<UnixMillis>, sqlx::Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.and_then(|ms| u64::try_from(ms).ok()).map(UnixMillis))
}
