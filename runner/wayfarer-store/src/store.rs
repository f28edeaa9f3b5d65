//! The store itself: opened once a server, cheap to clone, and the only door to the file.
//!
//! Everything that changes the file goes through the writer's queue; everything that reads comes from a pool
//! of its own. No call holds a transaction while it waits for anything but SQLite, and a caller that goes away
//! cancels nothing.

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

use crate::configuration::{Configuration, Rows};
use crate::error::StoreError;
use crate::keys::LocationKey;
use crate::locked;
use crate::place::{claim, database, leave, log, reading, writing};
use crate::records::{Finished, Settled, Started, Unrun};
use crate::recover::{Begun, begin, lost, newest_run};
use crate::room::{Reserve, Room, shrink};
use crate::schema::migrate;
use crate::words::Words;
use crate::writer::{
    Actor, Answer, Checkpoint, Ending, Message, Meter, RunCursor, Then, Timer, Work, WriterHealth, Writing,
};

/// Ends that may wait for the writer at a time; more wait outside, each holding its own report.
const ROOM: usize = 8_192;

/// What nobody waits for is gathered this long: at 600 runs a second a transaction then holds 12 runs, not 3, and each
/// transaction costs a flush of the disk and a dozen hand-overs to SQLite's thread. What was made and is not yet
/// committed when the process is killed becomes `inconclusive` or `missed`, so it is not longer.
const LINGER: Duration = Duration::from_millis(20);

/// Bytes of log at which an operator is told: sixteen times the length at which the writer itself helps to bring it home,
/// so no load comes near it. What does is somebody who holds a read open.
const ALARMING: u64 = 256 << 20;

/// What a store is opened with.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// Where the file is.
    pub data_dir: PathBuf,
    /// The location of this process.
    pub location: LocationName,
    /// The version of this binary, for the record.
    pub version: String,
    /// How long the writer gathers before it commits what nobody waits for.
    pub linger: Duration,
    /// How many may read at a time.
    pub readers: u32,
    /// Bytes of the disk that are not for new runs; see [`Store::room`].
    pub reserve: u64,
    /// Bytes of the database's log beyond which the operator is told.
    pub alarming_log: u64,
}

impl StoreSettings {
    /// The usual ones.
    pub fn new(data_dir: PathBuf, location: LocationName, version: &str) -> Self {
        let version = version.to_owned();
        Self { data_dir, location, version, linger: LINGER, readers: 4, reserve: 0, alarming_log: ALARMING }
    }
}

/// A store that was opened, and what the one before it left.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// The number of this process.
    pub incarnation: u32,
    /// This process's location.
    pub location: LocationKey,
    /// Every slot whose fire instant is at or before this has its row; none before the first server.
    pub planned_until: Option<UnixMillis>,
    /// Runs that were under way when the process before this one ended; they are `inconclusive` now.
    pub runs_lost: u64,
}

/// The store.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    queue: Mutex<Option<UnboundedSender<Message>>>,
    room: Arc<Semaphore>,
    readers: SqlitePool,
    words: Words,
    meter: Arc<Meter>,
    committed: watch::Receiver<RunCursor>,
    configuration: watch::Sender<Configuration>,
    writer: Mutex<Option<JoinHandle<SqliteConnection>>>,
    incarnation: u32,
    location: LocationKey,
    data_dir: PathBuf,
    reserve: Arc<Reserve>,
    _lock: File,
}

impl Store {
    /// Opens the file, made if it is not there, brought up to date if it is old, and settles what a process
    /// before this one left under way.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is changed where one comes back.
    pub async fn open(settings: StoreSettings, now: UnixMillis) -> Result<Opened, StoreError> {
        let data_dir = settings.data_dir.clone();
        let lock = claim(&data_dir)?;
        let reserve = Arc::new(Reserve::new(&data_dir, settings.reserve));
        let (mut connection, words, begun) = loop {
            match prepare(&settings, now).await {
                Err(error) if error.is_locked() => locked::wait(&error).await,
                prepared => break prepared?,
            }
        };
        let left = lost(&mut connection, &words).await?;
        let newest = newest_run(&mut connection).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(settings.readers.max(1))
            .connect_with(reading(&data_dir).disable_statement_logging())
            .await
            .map_err(StoreError::sql("opening the connections that read"))?;
        let (sender, queue) = unbounded_channel();
        let (told, committed) = watch::channel(RunCursor(newest));
        let meter = Arc::new(Meter::default());
        let under_way = left.iter().map(|(identity, _)| (identity.run, identity.fence)).collect();
        let actor = Actor {
            connection,
            writing: Writing::new(words.clone(), newest, under_way),
            queue,
            linger: settings.linger,
            meter: Arc::clone(&meter),
            committed: told,
            reserve: Arc::clone(&reserve),
            checkpoint: Checkpoint::start(&data_dir, settings.alarming_log).await?,
        };
        let store = Self(Arc::new(Inner {
            queue: Mutex::new(Some(sender)),
            room: Arc::new(Semaphore::new(ROOM)),
            readers,
            words,
            meter,
            committed,
            configuration: watch::Sender::new(Configuration::default()),
            writer: Mutex::new(Some(tokio::spawn(actor.run()))),
            incarnation: begun.incarnation,
            location: begun.location,
            data_dir,
            reserve,
            _lock: lock,
        }));
        let runs_lost = left.len() as u64;
        for (identity, started_at) in left {
            store.send(Message::End(Box::new(Ending::of_lost(identity, started_at, now))))?;
        }
        store.flush().await?;
        Ok(Opened {
            store,
            incarnation: begun.incarnation,
            location: begun.location,
            planned_until: begun.planned_until,
            runs_lost,
        })
    }

    /// A run was handed out. Written with the next batch.
    pub fn start(&self, run: Started) {
        // A store that is closed takes nothing more; whoever closed it has waited for every run.
        let _ = self.send(Message::Start(run));
    }

    /// A slot ends without a run. Written with the next batch.
    pub fn settle(&self, slot: Unrun) {
        let _ = self.send(Message::End(Box::new(Ending::of_slot(&slot))));
    }

    /// Everything whose fire instant is at or before this was started or settled before this call.
    pub fn planned_until(&self, location: LocationKey, until: UnixMillis) {
        let _ = self.send(Message::PlannedUntil(location, until));
    }

    /// Slots that end without a run; answers once they are durable. In pieces of a thousand or so.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub async fn settle_all(&self, slots: &[Unrun]) -> Result<(), StoreError> {
        for slot in slots {
            self.send(Message::End(Box::new(Ending::of_slot(slot))))?;
        }
        self.flush().await
    }

    /// A run has ended; answers once that is durable, and waits while the writer is far behind.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub async fn finish(&self, run: &Finished) -> Result<Settled, StoreError> {
        let room = Arc::clone(&self.0.room).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let (told, answer) = oneshot::channel();
        let mut ending = Ending::of_run(run);
        (ending.answer, ending.room) = (Some(told), Some(room));
        self.send(Message::End(Box::new(ending)))?;
        answer.await.map_err(|_| StoreError::Closed)
    }

    /// Answers once everything before this call is durable.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub async fn flush(&self) -> Result<(), StoreError> {
        let (told, answer) = oneshot::channel();
        self.send(Message::Flush(told))?;
        answer.await.map_err(|_| StoreError::Closed)
    }

    /// How the writer is.
    pub fn health(&self) -> WriterHealth {
        let log_bytes = std::fs::metadata(log(&self.0.data_dir)).map_or(0, |log| log.len());
        self.0.meter.read(ROOM - self.0.room.available_permits(), log_bytes)
    }

    /// Answers once a transaction could begin, after everything before this call: for who wants to choose an instant that lies
    /// close before what is written next.
    ///
    /// # Errors
    /// [`StoreError::Closed`], [`StoreError::Sql`].
    pub async fn until_writable(&self) -> Result<(), StoreError> {
        self.write_measured(Then::Keep, |_| Box::pin(async { Ok(()) })).await.map(drop)
    }

    /// How much room is left on the disk. Holds back what is to be held back, where it is not yet.
    ///
    /// # Errors
    /// What the operating system says of the disk.
    pub async fn room(&self) -> std::io::Result<Room> {
        let reserve = Arc::clone(&self.0.reserve);
        tokio::task::spawn_blocking(move || reserve.look()).await.map_err(std::io::Error::other)?
    }

    /// Gives pages that nothing is in back to the disk, a few milliseconds' worth; answers with how many are left.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn shrink(&self) -> Result<u64, StoreError> {
        self.write_measured(Then::Keep, |connection| Box::pin(shrink(connection))).await.map(|(left, _)| left)
    }

    /// The newest run, and whenever there are newer ones.
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

    /// Writes what is left, brings the log home and ends. The log's file stays, for those who only read.
    ///
    /// # Errors
    /// [`StoreError::Closed`] if it was closed before.
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

    fn send(&self, message: Message) -> Result<(), StoreError> {
        let queue = self.0.queue.lock();
        queue.as_ref().and_then(|queue| queue.send(message).ok()).ok_or(StoreError::Closed)
    }

    /// A transaction of its own on the writer's connection, durable when it answers.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.write_measured(Then::Forget, work).await.map(|(value, _)| value)
    }

    /// The same for configuration rows: wakes those who follow [`configuration`](Self::configuration), even if the
    /// caller has gone away meanwhile.
    pub(crate) async fn write_configuration<T, F>(&self, rows: Rows, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let configuration = self.0.configuration.clone();
        let wake = move || configuration.send_modify(|configuration| configuration.wrote(rows));
        self.write_and(Then::Forget, work, wake).await.map(|(value, _)| value)
    }

    /// The same, with how long the writer was held by it.
    pub(crate) async fn write_measured<T, F>(&self, then: Then, work: F) -> Result<(T, Duration), StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.write_and(then, work, || ()).await
    }

    /// `ended` is called after the transaction, whatever became of it, and before the caller is answered.
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
        let (told, answer): (_, Answer<(T, Duration)>) = oneshot::channel();
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
                // Nobody is left to tell if the caller is gone; the work is done all the same.
                drop(told.send(done));
            })
        });
        self.send(Message::Work(work, then))?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// This process's location.
    pub(crate) fn location(&self) -> LocationKey {
        self.0.location
    }

    /// Connections that only read.
    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.0.readers
    }

    pub(crate) fn words(&self) -> &Words {
        &self.0.words
    }
}

/// A connection that writes, to a file that is up to date and knows of this process. Done again, it does what is left.
async fn prepare(
    settings: &StoreSettings,
    now: UnixMillis,
) -> Result<(SqliteConnection, Words, Begun), StoreError> {
    let path = database(&settings.data_dir);
    let mut connection = writing(&settings.data_dir)
        .disable_statement_logging()
        .connect()
        .await
        .map_err(|error| not_opened(error, &path))?;
    migrate(&mut connection, &path).await?;
    Words::complete(&mut connection).await?;
    let words = Words::load(&mut connection).await?;
    let begun = begin(&mut connection, settings, now).await?;
    Ok((connection, words, begun))
}

/// All of it or nothing, once nobody else writes.
pub(crate) async fn transaction<T, F>(connection: &mut SqliteConnection, work: F) -> Result<T, StoreError>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>>,
{
    locked::begin_writing(connection, locked::warn).await?;
    conclude(connection, work).await
}

/// The rest of a transaction that has begun.
async fn conclude<T, F>(connection: &mut SqliteConnection, work: F) -> Result<T, StoreError>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>>,
{
    let done = work(&mut *connection).await;
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = sqlx::query(end).execute(&mut *connection).await;
    if ended.is_err() && done.is_ok() {
        // A commit that failed may leave the transaction open; a rollback of none does no harm.
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
