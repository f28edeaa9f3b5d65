//! A wall clock that a test sets while a server runs.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use super::{Case, Runner, library};

/// The clock of every server that a [`Runner`] starts once it has been preloaded.
pub struct SteppedClock {
    folder: TempDir,
    file: File,
}

impl SteppedClock {
    /// A clock that is ahead by so many milliseconds, between a runner's next servers and the system.
    pub fn of(runner: &mut Runner, ahead_ms: i64) -> Self {
        let clock = Self::ahead_by(ahead_ms);
        let path = clock.folder.path().join("clock");
        runner.preload(&library("stepped.c", clock.folder.path()), &[("WAYFARER_CLOCK", path.as_os_str())]);
        clock
    }

    /// A clock that is ahead by so many milliseconds, between one call and the system.
    pub fn between(case: Case, ahead_ms: i64) -> (Self, Case) {
        let clock = Self::ahead_by(ahead_ms);
        let case = case.env("LD_PRELOAD", library("stepped.c", clock.folder.path()));
        let case = case.env("WAYFARER_CLOCK", clock.folder.path().join("clock"));
        (clock, case)
    }

    fn ahead_by(ahead_ms: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clock");
        let file = File::options().create_new(true).write(true).open(path).unwrap();
        let clock = Self { folder, file };
        clock.is_ahead_by(ahead_ms);
        clock.is_synchronised(false);
        clock
    }

    /// Sets it.
    pub fn is_ahead_by(&self, ms: i64) {
        self.file.write_all_at(&ms.to_ne_bytes(), 0).unwrap();
    }

    /// Whether the kernel calls it synchronised.
    pub fn is_synchronised(&self, is: bool) {
        self.file.write_all_at(&i64::from(is).to_ne_bytes(), 8).unwrap();
    }
}

/// The true time, in unix milliseconds.
#[expect(clippy::disallowed_methods, reason = "what the clock under test is compared with")]
pub fn true_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}
