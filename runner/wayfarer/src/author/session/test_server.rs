//! The product under test, started for the session: `[test.server]`.
//!
//! If something answers at the URL already, the session uses it and leaves it alone. Otherwise the command runs in a
//! process group of its own, and the whole group ends with the session, however the session ends.

use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::probe::answers;
use crate::clock::Stopwatch;
use crate::config::{Project, ServerTable};
use crate::shutdown::Cancellation;

/// How long to wait for it by default.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long it may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);
/// How long its child processes may outlive it.
const STRAGGLERS: Duration = Duration::from_secs(2);
/// Lines of its output that an error shows.
const LINES: usize = 20;

/// Why the product does not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TestServerError {
    #[error("cannot run `{command}` of [test.server]: {source}")]
    Start { command: String, source: std::io::Error },
    /// It ended by itself.
    #[error("`{command}` of [test.server] ended with {status} before {url} answered{output}")]
    Ended {
        command: String,
        status: std::process::ExitStatus,
        /// Where it should have answered.
        url: String,
        /// The end of what it printed.
        output: String,
    },
    /// It never answered.
    #[error(
        "`{command}` of [test.server] runs, yet {url} did not answer within {} s: check `url`, or make \
         `timeout` longer{output}",
        waited.as_secs()
    )]
    Silent {
        command: String,
        /// Where it should have answered.
        url: String,
        waited: Duration,
        /// The end of what it printed.
        output: String,
    },
    /// A person ended the session meanwhile.
    #[error("interrupted while waiting for [test.server]")]
    Interrupted,
}

type Output = Arc<Mutex<VecDeque<String>>>;

/// A running product; dropping it kills what it started.
#[derive(Debug)]
pub(crate) struct TestServer {
    /// None if something answered already.
    child: Option<Child>,
    /// The process group of everything that the command started.
    group: Option<Pid>,
    /// The end of what it printed.
    output: Output,
}

impl TestServer {
    /// Starts it, unless it answers already, and waits until it does. `say` receives lines for standard error.
    pub(crate) async fn start(
        project: &Project,
        table: &ServerTable,
        stop: &Cancellation,
        say: impl Fn(&str),
    ) -> Result<Self, TestServerError> {
        let url = &table.url.0;
        if answers(url).await {
            say(&format!("{url} answers already, so that is used; [test.server] is not started"));
            return Ok(Self { child: None, group: None, output: Output::default() });
        }
        say(&format!("starting `{}` and waiting for {url}", table.command));
        let failed = |source| TestServerError::Start { command: table.command.clone(), source };
        let mut child = Command::new("sh")
            .args(["-c", &table.command])
            .current_dir(&project.dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let output = Output::default();
        keep(child.stdout.take(), &output);
        keep(child.stderr.take(), &output);
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let mut server = Self { child: Some(child), group, output: Arc::clone(&output) };
        tokio::select! {
            ready = server.ready(table, &output) => ready?,
            _ = stop.cancelled() => {
                server.stop().await;
                return Err(TestServerError::Interrupted);
            }
        }
        Ok(server)
    }

    async fn ready(&mut self, table: &ServerTable, output: &Output) -> Result<(), TestServerError> {
        let watch = Stopwatch::start();
        let patience = table.timeout.map_or(PATIENCE, |text| text.0);
        let (command, url) = (table.command.clone(), table.url.0.to_string());
        loop {
            if answers(&table.url.0).await {
                return Ok(());
            }
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
                sleep(Duration::from_millis(50)).await;
                return Err(TestServerError::Ended { command, status, url, output: tail(output) });
            }
            if watch.elapsed() > patience {
                return Err(TestServerError::Silent { command, url, waited: patience, output: tail(output) });
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// The last lines that it printed.
    pub(crate) fn last_lines(&self) -> Vec<String> {
        self.output.lock().map(|kept| kept.iter().cloned().collect()).unwrap_or_default()
    }

    /// Sends SIGTERM to the whole group. Dropping `self` then kills what has not ended in time.
    pub(crate) async fn stop(mut self) {
        self.signal(Signal::TERM);
        if let Some(child) = &mut self.child {
            // Its status after SIGTERM says nothing.
            let _ = timeout(GRACE, child.wait()).await;
        }
        let watch = Stopwatch::start();
        let lives = |group| test_kill_process_group(group).is_ok();
        while self.group.is_some_and(lives) && watch.elapsed() < STRAGGLERS {
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // The only error is that the group is gone already.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Keeps the last lines of a stream. Reading all of it keeps the product from blocking on a full pipe.
fn keep(stream: Option<impl AsyncRead + Send + Unpin + 'static>, output: &Output) {
    let Some(stream) = stream else { return };
    let output = Arc::clone(output);
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            tracing::info!(target: "server", "{line}");
            let Ok(mut kept) = output.lock() else { break };
            kept.push_back(line);
            if kept.len() > LINES {
                kept.pop_front();
            }
        }
    });
}

fn tail(output: &Output) -> String {
    let Ok(kept) = output.lock() else { return String::new() };
    kept.iter().map(|line| format!("\n  | {line}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
#[path = "test_server_tests.rs"]
mod tests;
