//! The one driver of background tasks: it alone sleeps, wakes a task, stops it, logs its failures and counts its runs.
//!
//! # Why a task takes no orders
//!
//! Nobody sends a background task a list of things to do. Each time it is activated it reads what the store (or the
//! disk) says now, compares that with what it has brought about, and makes up the difference. So there is no list
//! that a crash could lose or a retry could execute twice. A restart, an error in the middle, a wake-up that was
//! missed and the normal case all take the same path, and that path is the one that is tested and measured.
//!
//! Two rules follow for whoever writes a task:
//!
//! - [`Reconcile::reconcile`] is idempotent. What is done already is found done.
//! - It may be dropped at any `await`, because the server does not wait for a task when it stops.
//!
//! # Activation
//!
//! A task runs once at the start, then whenever its period is over, and, if it
//! [follows the configuration](Reconcile::FOLLOWS_CONFIGURATION), as soon as the store has committed a configuration
//! row. After each successful run such a task acknowledges the version that it found before it began to read; see
//! [`Applied`](super::Applied).

use std::fmt::Display;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;

use super::applied::Acknowledge;
use crate::clock::Stopwatch;
use crate::server::ServerContext;
use crate::server::metrics::TaskResult;
use crate::shutdown::Cancellation;

/// A background task: a noun with one method.
pub(crate) trait Reconcile: Send + 'static {
    /// For metrics and the log.
    const NAME: &'static str;
    /// From the end of a run to the beginning of the next one, if nothing wakes the task before.
    const PERIOD: Duration;
    /// From the end of a run that failed to the next try.
    const RETRY: Duration = Self::PERIOD;
    /// Whether a commit of configuration rows wakes it.
    const FOLLOWS_CONFIGURATION: bool = false;
    /// What operators have to know while it fails: the rest of a log line.
    const WHILE_FAILING: &'static str;

    /// Why a run failed.
    type Error: Display + Send;

    /// Makes what is so into what should be so.
    fn reconcile(&mut self, context: &ServerContext) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Starts tasks, each on a task of tokio's.
pub(super) struct Driver {
    context: ServerContext,
    acknowledge: Acknowledge,
    stop: Cancellation,
    tasks: Vec<(&'static str, JoinHandle<()>)>,
}

/// Background tasks that run.
pub(crate) struct BackgroundTasks(Vec<(&'static str, JoinHandle<()>)>);

impl Driver {
    pub(super) fn new(context: ServerContext, acknowledge: Acknowledge, stop: Cancellation) -> Self {
        Self { context, acknowledge, stop, tasks: Vec::new() }
    }

    /// Runs a task until the server stops.
    pub(super) fn start<R: Reconcile>(&mut self, task: R) {
        let acknowledge = R::FOLLOWS_CONFIGURATION.then(|| self.acknowledge.clone());
        let running = run(task, self.context.clone(), acknowledge, self.stop.clone());
        self.tasks.push((R::NAME, tokio::spawn(running)));
    }

    /// All that were started. From now on only the tasks themselves can acknowledge, so whoever waits for them is
    /// answered once they have ended.
    pub(super) fn running(self) -> BackgroundTasks {
        BackgroundTasks(self.tasks)
    }
}

impl BackgroundTasks {
    /// Ends what the stop has not ended yet.
    pub(crate) async fn shut_down(self) {
        for (task, handle) in self.0 {
            handle.abort();
            if handle.await.is_err_and(|error| error.is_panic()) {
                tracing::error!(task, "a background task ended with a panic");
            }
        }
    }
}

async fn run<R: Reconcile>(
    mut task: R,
    context: ServerContext,
    acknowledge: Option<Acknowledge>,
    stop: Cancellation,
) {
    let mut configuration = context.store.configuration();
    let metrics = context.metrics.background_task(R::NAME);
    let mut failures = 0_u64;
    while !stop.is_cancelled() {
        // Before the task reads: what is committed while it reads wakes it again.
        let version = configuration.borrow_and_update().version;
        let stopwatch = Stopwatch::start();
        let ended = tokio::select! {
            // A panic is a fault of ours. The task is tried again, so nobody waits for it for ever.
            ended = AssertUnwindSafe(task.reconcile(&context)).catch_unwind() => match ended {
                Ok(ended) => ended.map_err(|error| error.to_string()),
                Err(_) => Err("it panicked".to_owned()),
            },
            _ = stop.cancelled() => return,
        };
        let result = if ended.is_ok() { TaskResult::Succeeded } else { TaskResult::Failed };
        metrics.finished(result, stopwatch.elapsed(), context.clock.now());
        let pause = match ended {
            Ok(()) => {
                if failures > 0 {
                    tracing::info!(task = R::NAME, failures, "a background task works again");
                }
                failures = 0;
                if let Some(acknowledge) = &acknowledge {
                    acknowledge.applied(R::NAME, version);
                }
                R::PERIOD
            }
            Err(error) => {
                if failures == 0 {
                    let retry = R::RETRY;
                    tracing::error!(task = R::NAME, %error, ?retry, "a background task fails: {}", R::WHILE_FAILING);
                }
                failures += 1;
                R::RETRY
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            Ok(()) = configuration.changed(), if R::FOLLOWS_CONFIGURATION => {}
            _ = stop.cancelled() => return,
        }
    }
}
