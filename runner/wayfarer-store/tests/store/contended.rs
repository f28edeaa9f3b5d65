//! Other processes at the same file: one that holds the lock of writing for longer than SQLite waits, and one that reads and
//! does not end.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use wayfarer_model::context::Lane;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{Settled, Started};
use wayfarer_testkit::{until, until_blocking, within};

use crate::fixture::{Fixture, NOON, deploy, finished, open, settings, spec};

/// Python's own SQLite, in a transaction until it is let go.
struct Held(Child);

impl Held {
    fn begin(data_dir: &std::path::Path, sql: &str) -> Self {
        const PROGRAM: &str = "import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute(sys.argv[2])
db.execute('SELECT count(*) FROM v1_runs').fetchone()
print('held', flush=True)
sys.stdin.readline()
db.execute('ROLLBACK')";
        let mut command = Command::new("python3");
        command.args(["-c", PROGRAM]).arg(data_dir.join("wayfarer.db")).arg(sql);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "held\n");
        Self(child)
    }

    fn release(mut self) {
        self.0.stdin.take().unwrap().write_all(b"\n").unwrap();
        let ended = until_blocking("Python ends", || self.0.try_wait().unwrap(), Option::is_some);
        assert!(ended.unwrap().success());
    }
}

/// What was logged on this thread since.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl Logged {
    fn begin() -> (Self, tracing::subscriber::DefaultGuard) {
        use tracing_subscriber::util::SubscriberInitExt as _;
        let logged = Self::default();
        let into = logged.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || into.clone()).finish();
        (logged, subscriber.set_default())
    }

    fn count(&self, text: &str) -> usize {
        String::from_utf8_lossy(&self.0.lock().unwrap()).matches(text).count()
    }
}

impl std::io::Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn one_run(fixture: &Fixture, number: u64) {
    let identity = fixture.identity(UnixMillis(NOON.0 + number * 1_000), Lane::Scheduled);
    fixture.store.start(Started { identity, at: identity.slot });
    let finished = finished(identity, &[Verdict::Passed], Micros(900));
    assert_eq!(fixture.store.finish(&finished).await.unwrap(), Settled::Written);
}

#[track_caller]
fn verified(case: &str, expected: usize, actual: usize) {
    wayfarer_testkit::verified(case, &expected.into(), &actual.into());
}

#[tokio::test]
async fn who_writes_waits_for_a_lock_however_long_it_is_held() {
    let fixture = Fixture::new().await;
    let (logged, _guard) = Logged::begin();
    let held = Held::begin(fixture.dir.path(), "BEGIN IMMEDIATE");
    let until_told = async {
        let last_error = async || fixture.store.health().last_error;
        let error = until("the writer reports the lock", last_error, Option::is_some).await.unwrap();
        assert!(error.contains("database is locked"), "{error}");
        held.release();
    };
    // The deploy is first, so what waits longest is a transaction of its own, and not one of results.
    let all = async {
        tokio::join!(deploy(&fixture.store, "acme", spec("search"), NOON), one_run(&fixture, 1), until_told)
    };
    let (deployed, (), ()) = within("the deploy and the run are committed", all).await;
    let failed = usize::from(deployed.is_err());
    verified(
        "a transaction of its own while another process holds the lock for too long: calls that failed",
        0,
        failed,
    );
    assert_eq!(fixture.store.health().last_error, None);
    assert_eq!(fixture.query("SELECT journey FROM v1_journeys ORDER BY 1"), "checkout\nsearch");
    assert_eq!(fixture.query("SELECT verdict FROM v1_runs"), "passed");
    assert_eq!(logged.count("another process holds the write lock of the database"), 1);
    assert_eq!(logged.count("the store takes results again; nothing was lost"), 1);
}

#[tokio::test]
async fn a_start_waits_for_a_lock_too() {
    let dir = Fixture::new().await.stopped().await;
    let (logged, _guard) = Logged::begin();
    let held = Held::begin(dir.path(), "BEGIN IMMEDIATE");
    let until_told = async {
        let waits = "another process holds the write lock of the database, and the store waits for it";
        until("the start reports the lock", async || logged.count(waits), |count| *count > 0).await;
        held.release();
    };
    let opening = open(settings(dir.path()));
    let (opened, ()) = tokio::join!(opening, until_told);
    assert_eq!(opened.incarnation, 2, "it began once");
}

#[tokio::test]
async fn a_log_that_a_reader_keeps_from_ending_is_told_of_once_and_so_is_its_end() {
    const BOUND: u64 = 12 << 20;
    /// Each run writes some pages, so a few thousand fill the WAL.
    const MANY: u64 = 20_000;
    let dir = Fixture::new().await.stopped().await;
    let (logged, _guard) = Logged::begin();
    let mut settings = settings(dir.path());
    settings.wal_warning = BOUND;
    let fixture = Fixture::opened(dir, settings).await;
    let (grows, anew) = (
        "the WAL grows, because a process holds a read transaction open",
        "the WAL has been checkpointed: no process holds",
    );
    let held = Held::begin(fixture.dir.path(), "BEGIN");
    let mut number = 0;
    while fixture.store.health().wal_bytes < BOUND + (2 << 20) {
        number += 1;
        assert!(number < MANY, "the WAL does not grow");
        one_run(&fixture, number).await;
    }
    verified("a log beyond its bound while a read is held open: times that is told", 1, logged.count(grows));
    assert_eq!(logged.count(anew), 0);
    held.release();
    // The writer looks while it has something to write.
    while logged.count(anew) == 0 {
        number += 1;
        assert!(number < MANY, "the WAL is not checkpointed");
        one_run(&fixture, number).await;
    }
    let length = fixture.store.health().wal_bytes;
    assert!(length < BOUND, "{length}");
    verified("a log beyond its bound, the read over: times its end is told", 1, logged.count(anew));
    assert_eq!(logged.count(grows), 1);
    assert_eq!(fixture.query("SELECT count(*) FROM v1_runs"), number.to_string());
    assert_eq!(fixture.query("PRAGMA integrity_check"), "ok");
}
