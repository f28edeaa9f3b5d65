//! A call of the binary that has not ended yet.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::process::Child;

use super::Ended;
use super::server::runtime;

/// How long any call may take; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_mins(5);

/// A call under way. Dropping it kills the process.
pub struct Running {
    child: Child,
    folder: TempDir,
}

impl Running {
    pub(super) fn new(child: Child, folder: TempDir) -> Self {
        Self { child, folder }
    }

    /// Sends an interrupt, as Ctrl-C does.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// For signals and `/proc`. The process has not been waited for.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("it was not waited for")
    }

    /// Sends a signal; nothing happens if it has ended.
    pub fn signal(&self, signal: Signal) {
        let id = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).unwrap()));
        kill_process(id.expect("it was not waited for"), signal).unwrap();
    }

    /// Waits for its end.
    #[track_caller]
    pub fn wait(self) -> Ended {
        let output = async { tokio::time::timeout(PATIENCE, self.child.wait_with_output()).await };
        let output = runtime().block_on(output).expect("it ends in time").unwrap();
        Ended::read(&output, self.folder.path())
    }
}
