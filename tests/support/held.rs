//! Another process that has the database open and a transaction in it that goes on: what nobody here can end.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use wayfarer_testkit::until_blocking;

/// Python's own SQLite, in a transaction until it is let go.
pub struct Held {
    child: Child,
    tell: ChildStdin,
    hear: BufReader<ChildStdout>,
    runs: String,
}

impl Held {
    /// A consumer that reads: the state of now for as long as it likes.
    pub fn read(data_dir: &Path) -> Self {
        Self::begin(data_dir, "ro", "BEGIN")
    }

    /// Somebody who should not: the lock that writing takes.
    pub fn write_lock(data_dir: &Path) -> Self {
        Self::begin(data_dir, "rw", "BEGIN IMMEDIATE")
    }

    fn begin(data_dir: &Path, mode: &str, sql: &str) -> Self {
        const PROGRAM: &str = "import sqlite3, sys
db = sqlite3.connect(f'file:{sys.argv[1]}?mode={sys.argv[2]}', uri=True, timeout=60, isolation_level=None)
db.execute(sys.argv[3])
for _ in range(2):
    print(db.execute('SELECT count(*) FROM v1_runs').fetchone()[0], flush=True)
    sys.stdin.readline()
db.execute('ROLLBACK')";
        let mut command = Command::new("python3");
        command.args(["-c", PROGRAM]).arg(data_dir.join("wayfarer.db")).args([mode, sql]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (tell, hear) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut held = Self { child, tell, hear, runs: String::new() };
        held.runs = held.answer();
        held
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.hear.read_line(&mut line).unwrap();
        line.trim_end().parse::<u64>().expect("it is in its transaction").to_string()
    }

    /// Ends the transaction; it has seen the same rows all the time.
    #[track_caller]
    pub fn release(mut self) {
        self.tell.write_all(b"\n").unwrap();
        assert_eq!(self.answer(), self.runs, "another state than that of its beginning");
        self.tell.write_all(b"\n").unwrap();
        let ended = until_blocking("Python ends", || self.child.try_wait().unwrap(), Option::is_some);
        assert!(ended.is_some_and(|status| status.success()));
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Gone already where it was let go.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
