//! What the API may ask of the running server: a handle that sends each command and waits for its answer.
//!
//! The server's end is a channel of [`Command`]s. So the API is tested with a few answers behind it, and the server
//! knows nothing of HTTP. A server that is gone answers every command with `Stopping`.
//!
//! A deployment is one command because its order matters: the server first makes sure that the old versions hand out
//! no slot at or after the new versions' `valid_from`, then the store commits, then the server plans by what the store
//! says. Pauses, kill switches and maintenance windows are no commands: they are written to the store, and background
//! tasks read them.

use std::collections::BTreeMap;

use std::path::PathBuf;

use tokio::sync::{mpsc, oneshot, watch};
use wayfarer_model::deployment::JourneySpec;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::provenance::Provenance;
use wayfarer_model::units::{Bytes, UnixMillis};
use wayfarer_store::StoreError;

use crate::server::dispatcher::{TriggerError, Triggered};
use crate::server::metrics::{Figures, Scrape};
use crate::shutdown::Cancellation;

/// What to deploy: only what differs from what is deployed.
#[derive(Debug, Clone)]
pub(crate) struct DeployOrder {
    pub(crate) tenant: TenantName,
    /// The name of the caller's token.
    pub(crate) by: String,
    /// New versions.
    pub(crate) set: Vec<JourneySpec>,
    /// Journeys that end.
    pub(crate) remove: Vec<JourneyName>,
    pub(crate) provenance: Provenance,
}

/// Which journey to run now.
#[derive(Debug, Clone)]
pub(crate) struct TriggerOrder {
    pub(crate) tenant: TenantName,
    pub(crate) journey: JourneyName,
    /// Values of parameters for this run alone, in place of those of the version. They were checked.
    pub(crate) params: BTreeMap<String, String>,
}

/// Why nothing was deployed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeployError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the runner is stopping: try again once it is back")]
    Stopping,
}

/// Why the server does not do its work now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unready {
    #[error("the runner is starting")]
    Starting,
    #[error("the runner is stopping")]
    Stopping,
    #[error("the disk of {} is nearly full: {free} are free and {held} are reserved, {wanted} are wanted; no run starts until there is space again: free some space, or lower `reserve` in [storage]", folder.display())]
    DiskFull {
        folder: PathBuf,
        free: Bytes,
        /// Reserved for results and cleanups.
        held: Bytes,
        /// The least that both together have to be.
        wanted: Bytes,
    },
    #[error("clock-step: {0}")]
    ClockStep(String),
    #[error(
        "the runner's network is unwell since {}: {fault}; runs that it spoils are inconclusive; `wayfarer doctor` asks again", since.rfc3339()
    )]
    Network {
        since: UnixMillis,
        /// In words.
        fault: &'static str,
    },
    #[error(
        "{0} of the last 20 runs were inconclusive, so the runner itself is at fault: its network, its disk or its store; see `wayfarer runs --verdict inconclusive`"
    )]
    Inconclusive(usize),
    #[error("the store does not commit: {0}")]
    Store(String),
}

/// One command with the channel for its answer.
#[derive(Debug)]
pub(crate) enum Command {
    /// Deploy; the answer is the instant from which the new versions are valid.
    Deploy(DeployOrder, oneshot::Sender<Result<UnixMillis, DeployError>>),
    /// Run a journey now.
    Trigger(TriggerOrder, oneshot::Sender<Result<Triggered, TriggerError>>),
    /// Read the metrics.
    Metrics(oneshot::Sender<Scrape>),
    /// Read the figures that people look at.
    Figures(oneshot::Sender<Figures>),
}

/// The API's end: cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    commands: mpsc::Sender<Command>,
    health: watch::Receiver<Result<(), Unready>>,
    stop: Cancellation,
}

impl Control {
    /// How many commands may wait for the handler.
    const CAPACITY: usize = 64;

    /// The API's end, the handler's end, and where the store's health is published. `stop` is the server's.
    pub(crate) fn new(
        stop: Cancellation,
    ) -> (Self, mpsc::Receiver<Command>, watch::Sender<Result<(), Unready>>) {
        let (commands, received) = mpsc::channel(Self::CAPACITY);
        let (publish, health) = watch::channel(Err(Unready::Starting));
        (Self { commands, health, stop }, received, publish)
    }

    async fn send<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(command(answer)).await.ok()?;
        answered.await.ok()
    }

    /// Writes new versions and plans by them. Answers after the commit, with their `valid_from`.
    pub(crate) async fn deploy(&self, order: DeployOrder) -> Result<UnixMillis, DeployError> {
        self.send(|answer| Command::Deploy(order, answer)).await.unwrap_or(Err(DeployError::Stopping))
    }

    /// Runs a journey now, at the front of its tenant's queue. Answers at once; the handle reports the end.
    pub(crate) async fn trigger(&self, order: TriggerOrder) -> Result<Triggered, TriggerError> {
        self.send(|answer| Command::Trigger(order, answer)).await.unwrap_or(Err(TriggerError::Stopping))
    }

    /// The server's metrics; empty if the server has ended.
    pub(crate) async fn metrics(&self) -> Scrape {
        self.send(Command::Metrics).await.unwrap_or_default()
    }

    /// The server's figures; none if the server has ended.
    pub(crate) async fn figures(&self) -> Option<Figures> {
        self.send(Command::Figures).await
    }

    /// Whether the server does its work.
    pub(crate) fn readiness(&self) -> Result<(), Unready> {
        if self.stop.is_cancelled() || self.commands.is_closed() {
            Err(Unready::Stopping)
        } else {
            self.health.borrow().clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::cancel::CancelCause;
    use wayfarer_testkit::within;

    use super::*;

    #[tokio::test]
    async fn a_command_finds_its_answer_and_a_server_that_is_gone_is_stopping() {
        let stop = Cancellation::new();
        let (control, mut asked, health) = Control::new(stop.clone());
        assert_eq!(control.readiness(), Err(Unready::Starting));
        drop(health.send_replace(Ok(())));
        assert_eq!(control.readiness(), Ok(()));
        let (tenant, journey): (TenantName, JourneyName) = ("shop".parse().unwrap(), "pay".parse().unwrap());
        let answer = async {
            let Some(Command::Trigger(TriggerOrder { tenant, journey, .. }, answer)) = asked.recv().await
            else {
                panic!("a trigger")
            };
            answer.send(Err(TriggerError::NoSuchJourney { tenant, journey })).unwrap();
        };
        let order = TriggerOrder { tenant, journey, params: BTreeMap::new() };
        let both = async { tokio::join!(control.trigger(order.clone()), answer) };
        let (refused, ()) = within("the answer to a trigger", both).await;
        insta::assert_snapshot!(refused.unwrap_err(), @"tenant `shop` has no journey `pay`: deploy it first");
        stop.cancel(CancelCause::Shutdown);
        assert_eq!(control.readiness(), Err(Unready::Stopping), "it still answers, and takes nothing new");
        drop(asked);
        assert_eq!(control.trigger(order).await.unwrap_err(), TriggerError::Stopping);
        assert_eq!(control.readiness(), Err(Unready::Stopping));
    }
}
