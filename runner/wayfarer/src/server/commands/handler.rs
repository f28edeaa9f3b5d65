//! The server's end of [`Control`](super::Control): executes commands.
//!
//! Deployments are made here and nowhere else, one at a time, so that two of them never cross. Triggers and
//! metrics do not wait for a deployment that waits for the store.
//!
//! A deployment announces its versions to the planner, writes them, and waits until the background task has learnt them
//! from the store. Until then neither the old versions nor the new ones hand out slots that may belong to the new
//! ones, and the watermark stays below these slots. No due slot is lost, whatever fails in between.

use std::sync::Arc;

use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use wayfarer_model::deployment::JourneySpec;
use wayfarer_model::schedule::Tzdata;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::Deployment;

use super::{Command, DeployError, DeployOrder, TriggerOrder};
use crate::server::ServerContext;
use crate::server::background::Applied;
use crate::server::deployed::Deployed;
use crate::server::dispatcher::{TriggerError, Triggered};
use crate::server::metrics::{Figures, Scrape};
use crate::shutdown::Cancellation;

/// Executes commands.
pub(crate) struct CommandHandler {
    context: ServerContext,
    deployed: Arc<Deployed>,
    applied: Applied,
    /// Held by a deployment until its versions are learnt.
    deploying: tokio::sync::Mutex<()>,
    stop: Cancellation,
}

impl CommandHandler {
    pub(crate) fn new(
        context: ServerContext,
        deployed: Arc<Deployed>,
        applied: Applied,
        stop: Cancellation,
    ) -> Self {
        Self { context, deployed, applied, deploying: tokio::sync::Mutex::default(), stop }
    }

    /// Until no sender is left. Once the server stops, it answers requests for metrics and figures only.
    pub(crate) async fn run(self, mut commands: Receiver<Command>) {
        let own = Arc::new(self);
        let mut executing = JoinSet::new();
        while let Some(command) = commands.recv().await {
            while executing.try_join_next().is_some() {}
            match command {
                // Here rather than on a task of its own, so that triggers keep the order in which people sent them.
                Command::Trigger(order, answer) if !own.stop.is_cancelled() => {
                    own.trigger(order, answer);
                }
                other => drop(executing.spawn(Arc::clone(&own).execute(other))),
            }
        }
    }

    /// The caller may be gone by the time of the answer. A command that is dropped is answered with `Stopping`.
    async fn execute(self: Arc<Self>, command: Command) {
        match command {
            Command::Metrics(answer) => drop(answer.send(self.metrics().await)),
            Command::Figures(answer) => drop(answer.send(self.figures().await)),
            _ if self.stop.is_cancelled() => {}
            Command::Deploy(order, answer) => drop(answer.send(self.deploy(order).await)),
            Command::Trigger(order, answer) => self.trigger(order, answer),
        }
    }

    async fn deploy(&self, order: DeployOrder) -> Result<UnixMillis, DeployError> {
        let _deploying = self.deploying.lock().await;
        if self.stop.is_cancelled() {
            return Err(DeployError::Stopping);
        }
        let DeployOrder { tenant, by, set, remove, provenance } = order;
        // An announcement holds back slots until the versions are learnt, so it is made only while the store can write.
        self.context.store.until_writable().await?;
        let changed = set.iter().map(JourneySpec::name).chain(&remove).cloned().collect();
        let announced = self.deployed.announce(&tenant, changed).await;
        let valid_from = announced.valid_from;
        let now = self.context.clock.now();
        let edition = Tzdata::current().edition();
        let set = set.into_iter().map(|spec| spec.with_tzdata(Some(edition))).collect();
        let written = self
            .context
            .store
            .deploy(Deployment { tenant, by, now, valid_from, set, remove, provenance })
            .await;
        drop(announced);
        // After an error, too: the versions before get back the slots that were held back.
        if self.applied.wait(self.applied.written()).await {
            self.deployed.conclude();
        }
        Ok(written.map(|()| valid_from)?)
    }

    async fn metrics(&self) -> Scrape {
        let load = self.context.dispatcher.load().await;
        self.context.metrics.scrape(&load, &self.context.store.health(), self.context.clock.now())
    }

    async fn figures(&self) -> Figures {
        let load = self.context.dispatcher.load().await;
        self.context.metrics.figures(load, self.context.store.health())
    }

    fn trigger(&self, order: TriggerOrder, answer: oneshot::Sender<Result<Triggered, TriggerError>>) {
        let TriggerOrder { tenant, journey, params } = order;
        match self.deployed.newest(&tenant, &journey) {
            Some(version) if !params.is_empty() => {
                self.context.dispatcher.trigger(Arc::new(version.with_params(params)), answer);
            }
            Some(version) => self.context.dispatcher.trigger(version, answer),
            None => drop(answer.send(Err(TriggerError::NoSuchJourney { tenant, journey }))),
        }
    }
}
