//! A call of the binary that has not ended yet.

use std::time::Duration;

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
        let id = self.child.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).unwrap()));
        rustix::process::kill_process(id.expect("it runs"), rustix::process::Signal::INT).unwrap();
    }

    /// Waits for its end.
    #[track_caller]
    pub fn wait(self) -> Ended {
        let output = async { tokio::time::timeout(PATIENCE, self.child.wait_with_output()).await };
        let output = runtime().block_on(output).expect("it ends in time").unwrap();
        Ended::read(&output, self.folder.path())
    }
}
