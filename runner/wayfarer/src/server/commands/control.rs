//! What the API may ask of the running server: a handle that carries each question and waits for the answer.
//!
//! The server's end is a channel of [`Command`]s, so the API is tested with nothing behind it but a few answers, and
//! the server never learns of HTTP. A server that is gone answers everything with `Stopping`.
//!
//! The order of a deploy matters and is therefore one question: the server first makes sure that no slot at or
//! after the new versions' `valid_from` is handed out under the old ones, then has the store commit, then plans
//! by what the store says. A pause may be learnt late without harm; for it [`Control::changed`] is enough.

use std::path::PathBuf;

use tokio::sync::{mpsc, oneshot, watch};
use wayfarer_model::deployment::JourneySpec;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::{ComponentDigest, JourneyName, TenantName};
use wayfarer_model::units::{Bytes, UnixMillis};
use wayfarer_sandbox::{DescribeError, LoadError};
use wayfarer_store::StoreError;

use crate::server::dispatcher::{TriggerError, Triggered};

/// A component that the sandbox took.
#[derive(Debug, Clone)]
pub(crate) struct Uploaded {
    /// Its only name.
    pub(crate) digest: ComponentDigest,
    /// The journeys that it holds.
    pub(crate) journeys: Vec<Descriptor>,
}

/// Why a component is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// Refused, or not compiled.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Its journeys are not known, or break a rule.
    #[error(transparent)]
    Describe(#[from] DescribeError),
    /// Nobody is there to take it.
    #[error("the runner is stopping: try again once it is back")]
    Stopping,
}

impl UploadError {
    /// Whether the runner, not the component, is to blame.
    pub(crate) fn is_runners_fault(&self) -> bool {
        match self {
            Self::Load(error) => error.is_runners_fault(),
            Self::Describe(error) => matches!(error, DescribeError::Runner(_)),
            Self::Stopping => true,
        }
    }
}

/// What to deploy: only what differs from what is there.
#[derive(Debug, Clone)]
pub(crate) struct DeployOrder {
    /// Whose journeys.
    pub(crate) tenant: TenantName,
    /// Who says so.
    pub(crate) by: String,
    /// New versions.
    pub(crate) set: Vec<JourneySpec>,
    /// Journeys that end.
    pub(crate) remove: Vec<JourneyName>,
}

/// Why nothing was deployed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeployError {
    /// The store did not commit.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody is there to do it.
    #[error("the runner is stopping: try again once it is back")]
    Stopping,
}

/// Why the server does not do its work now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unready {
    /// Not yet.
    #[error("the runner is starting")]
    Starting,
    /// No longer.
    #[error("the runner is stopping")]
    Stopping,
    /// No room for results.
    #[error("the disk of {} is nearly full: {free} are free and {held} are held back, {wanted} are wanted; nothing new is run until there is room: make some, or lower `reserve` in [storage]", folder.display())]
    DiskFull {
        /// The data directory.
        folder: PathBuf,
        /// Free to the runner.
        free: Bytes,
        /// Held back for results and cleanups.
        held: Bytes,
        /// Wanted of both.
        wanted: Bytes,
    },
    /// Results do not get into the store.
    #[error("the store does not commit: {0}")]
    Store(String),
}

/// One question with the place for its answer.
#[derive(Debug)]
pub(crate) enum Command {
    /// Load a component and say which journeys it holds.
    Upload(Vec<u8>, oneshot::Sender<Result<Uploaded, UploadError>>),
    /// Deploy; the answer is the instant from which the new versions are valid.
    Deploy(DeployOrder, oneshot::Sender<Result<UnixMillis, DeployError>>),
    /// Run a journey now.
    Trigger(TenantName, JourneyName, oneshot::Sender<Result<Triggered, TriggerError>>),
    /// Read again what the store says of a tenant's journeys.
    Changed(TenantName, oneshot::Sender<()>),
    /// Read again which kill switches are thrown and which maintenance is planned.
    Suspended(oneshot::Sender<()>),
    /// Render the metrics.
    Metrics(oneshot::Sender<String>),
}

/// The API's end. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    asks: mpsc::Sender<Command>,
    readiness: watch::Receiver<Result<(), Unready>>,
}

impl Control {
    /// How many questions may wait to be looked at.
    const ROOM: usize = 64;

    /// Both ends. The sender of the readiness belongs to the server.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Command>, watch::Sender<Result<(), Unready>>) {
        let (asks, asked) = mpsc::channel(Self::ROOM);
        let (ready, readiness) = watch::channel(Err(Unready::Starting));
        (Self { asks, readiness }, asked, ready)
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.asks.send(ask(answer)).await.ok()?;
        answered.await.ok()
    }

    /// Loads a component in the sandbox and says which journeys it holds. The store is the caller's to tell.
    pub(crate) async fn upload(&self, wasm: Vec<u8>) -> Result<Uploaded, UploadError> {
        self.ask(|answer| Command::Upload(wasm, answer)).await.unwrap_or(Err(UploadError::Stopping))
    }

    /// Writes new versions and plans by them. CommandHandler after the commit with their `valid_from`.
    pub(crate) async fn deploy(&self, order: DeployOrder) -> Result<UnixMillis, DeployError> {
        self.ask(|answer| Command::Deploy(order, answer)).await.unwrap_or(Err(DeployError::Stopping))
    }

    /// Runs a journey now, at the front of its tenant's queue. CommandHandler at once; the handle tells of the end.
    pub(crate) async fn trigger(
        &self,
        tenant: &TenantName,
        journey: &JourneyName,
    ) -> Result<Triggered, TriggerError> {
        let (tenant, journey) = (tenant.clone(), journey.clone());
        self.ask(|answer| Command::Trigger(tenant, journey, answer))
            .await
            .unwrap_or(Err(TriggerError::Stopping))
    }

    /// Makes the server read the tenant's journeys and pauses again: after a pause or a resume.
    pub(crate) async fn changed(&self, tenant: &TenantName) {
        let tenant = tenant.clone();
        // A server that is gone has nothing to plan.
        let _ = self.ask(|answer| Command::Changed(tenant, answer)).await;
    }

    /// Makes the server read kill switches and maintenance windows again: after one was thrown, planned or ended.
    pub(crate) async fn suspended(&self) {
        // A server that is gone runs nothing.
        let _ = self.ask(Command::Suspended).await;
    }

    /// The server's health in Prometheus' text format; empty where the server is gone.
    pub(crate) async fn metrics(&self) -> String {
        self.ask(Command::Metrics).await.unwrap_or_default()
    }

    /// Whether the server does its work.
    pub(crate) fn readiness(&self) -> Result<(), Unready> {
        if self.asks.is_closed() { Err(Unready::Stopping) } else { self.readiness.borrow().clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_question_finds_its_answer_and_a_server_that_is_gone_is_said_to_stop() {
        let (control, mut asked, ready) = Control::new();
        assert_eq!(control.readiness(), Err(Unready::Starting));
        let _ = ready.send_replace(Ok(()));
        assert_eq!(control.readiness(), Ok(()));
        let (tenant, journey): (TenantName, JourneyName) = ("shop".parse().unwrap(), "pay".parse().unwrap());
        let answer = async {
            let Some(Command::Trigger(tenant, journey, answer)) = asked.recv().await else {
                panic!("a trigger")
            };
            answer.send(Err(TriggerError::NoSuchJourney { tenant, journey })).unwrap();
        };
        let (refused, ()) = tokio::join!(control.trigger(&tenant, &journey), answer);
        insta::assert_snapshot!(refused.unwrap_err(), @"tenant `shop` has no journey `pay`: deploy it first");
        drop(asked);
        assert_eq!(control.trigger(&tenant, &journey).await.unwrap_err(), TriggerError::Stopping);
        assert_eq!(control.readiness(), Err(Unready::Stopping));
    }
}
