//! The server's end of [`Control`](super::Control): does what the API asks for, one change at a time.
//!
//! Changes of what is deployed are made here and nowhere else, so that two of them never cross. What takes long
//! and changes nothing (an upload) goes on beside.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc::{Receiver, UnboundedSender};
use tokio::sync::oneshot;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Deployment, JourneyKey, Store, StoreError, TenantRow};

use super::journeys::{learn, tidy};
use super::runs::Runs;
use super::{Ask, DeployError, DeployOrder, TriggerError, Triggered, UploadError, Uploaded};
use crate::clock::WallClock;
use crate::dispatcher::Message;
use crate::metrics::{Load, Metrics};
use crate::planner::{Planner, Standing};
use crate::session::Stop;

/// Everything that an answer may need.
pub(super) struct Answers {
    pub(super) store: Store,
    pub(super) runs: Runs,
    pub(super) planner: Arc<Planner>,
    pub(super) dispatcher: UnboundedSender<Message>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) clock: WallClock,
    pub(super) tenants: Vec<TenantRow>,
    pub(super) names: BTreeMap<(TenantName, JourneyName), JourneyKey>,
}

impl Answers {
    /// Until the server stops, or nobody can ask any more.
    pub(super) async fn run(mut self, mut asked: Receiver<Ask>, mut stop: Stop) {
        loop {
            tokio::select! {
                () = stop.wait() => return,
                ask = asked.recv() => match ask {
                    Some(ask) => self.answer(ask).await,
                    None => return,
                },
            }
        }
    }

    async fn answer(&mut self, ask: Ask) {
        // Whoever asked may be gone by the time of the answer.
        match ask {
            Ask::Upload(wasm, answer) => {
                let runs = self.runs.clone();
                tokio::spawn(async move { drop(answer.send(upload(&runs, &wasm).await)) });
            }
            Ask::Deploy(order, answer) => drop(answer.send(self.deploy(order).await)),
            Ask::Trigger(tenant, journey, answer) => self.trigger(tenant, journey, answer),
            Ask::Changed(tenant, answer) => {
                if let Err(error) = self.learn(&tenant).await {
                    tracing::error!(%tenant, %error, "a change of a tenant's journeys was not learnt; the next one is");
                }
                let _ = answer.send(());
            }
            Ask::Metrics(answer) => {
                let (dispatcher, metrics, store) =
                    (self.dispatcher.clone(), Arc::clone(&self.metrics), self.store.clone());
                tokio::spawn(async move {
                    let load = load(&dispatcher).await;
                    drop(answer.send(metrics.render(&load, &store.health())));
                });
            }
        }
    }

    async fn deploy(&mut self, order: DeployOrder) -> Result<UnixMillis, DeployError> {
        let DeployOrder { tenant, by, set, remove } = order;
        let named = set.iter().map(|spec| spec.name().clone()).chain(remove.iter().cloned());
        let keys: Vec<JourneyKey> =
            named.filter_map(|name| self.names.get(&(tenant.clone(), name)).copied()).collect();
        let valid_from = self.planner.announce(keys);
        let now = self.clock.now();
        let deployment = Deployment { tenant: tenant.clone(), by, now, valid_from, set, remove };
        let written = self.store.deploy(deployment).await;
        // Also where it was not: what was announced is given back to the versions before.
        let learnt = self.learn(&tenant).await;
        self.planner.conclude();
        match (written, learnt) {
            (Ok(()), Ok(())) => Ok(valid_from),
            (Err(error), _) | (_, Err(error)) => Err(DeployError::Store(error)),
        }
    }

    /// Reads a tenant's versions again and plans by them.
    async fn learn(&mut self, tenant: &TenantName) -> Result<(), StoreError> {
        let from = self.clock.now();
        let learnt = learn(&self.store, &self.tenants, Some(tenant), from).await?;
        self.names.extend(learnt.names);
        self.planner.learn(learnt.claims);
        let versions = self.planner.versions();
        tidy(&self.runs, &versions);
        let is_there = |tenant: &TenantName, journey: &JourneyName| {
            let found = self.names.get(&(tenant.clone(), journey.clone()));
            found.and_then(|key| self.planner.newest(*key)).is_some_and(|version| version.spec.is_some())
        };
        self.metrics.retain(is_there);
        Ok(())
    }

    fn trigger(
        &self,
        tenant: TenantName,
        journey: JourneyName,
        answer: oneshot::Sender<Result<Triggered, TriggerError>>,
    ) {
        let key = self.names.get(&(tenant.clone(), journey.clone()));
        let version = key.and_then(|key| self.planner.newest(*key)).filter(|version| version.spec.is_some());
        let refused = match version {
            None => TriggerError::NoSuchJourney { tenant, journey },
            Some(version) if version.standing == Standing::TenantOff => TriggerError::TenantOff(tenant),
            Some(version) => match self.dispatcher.send(Message::Trigger(version, answer)) {
                // A dispatcher that has ended drops the answer, which says as much.
                Ok(()) | Err(_) => return,
            },
        };
        drop(answer.send(Err(refused)));
    }
}

async fn upload(runs: &Runs, wasm: &[u8]) -> Result<Uploaded, UploadError> {
    let component = runs.sandbox().load(wasm).await?;
    let journeys = runs.sandbox().describe(&component).await?;
    let digest = component.digest();
    runs.keep(component);
    Ok(Uploaded { digest, journeys })
}

async fn load(dispatcher: &UnboundedSender<Message>) -> Load {
    let (answer, answered) = oneshot::channel();
    if dispatcher.send(Message::Load(answer)).is_err() {
        return Load::default();
    }
    answered.await.unwrap_or_default()
}
