//! The server's end of [`Control`](super::Control): does what the API asks for.
//!
//! Changes of what is deployed are made here and nowhere else, one at a time, so that two of them never cross.
//! Everything else goes on beside a change that waits for the store: a trigger, an upload, the metrics.
//!
//! A new version is announced to the planner, written, and learnt from the store; until it is learnt neither
//! the old one nor the new one hands out slots that may be the new one's, and the watermark stays below them. So
//! what is due is never lost, whatever fails in between.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::schedule::Tzdata;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Deployment, JourneyKey, Store, StoreError, TenantRow};

use super::{Command, DeployError, DeployOrder, UploadError, Uploaded};
use crate::clock::WallClock;
use crate::server::deployed::{learn, tidy};
use crate::server::dispatcher::{DispatcherHandle, Suspensions, TriggerError, Triggered};
use crate::server::metrics::Metrics;
use crate::server::planner::Planner;
use crate::server::sandboxed_runs::Runs;
use crate::shutdown::Cancellation;

/// Between two tries to learn from the store what was deployed.
const PAUSE: Duration = Duration::from_millis(200);

/// People's names for journeys, and the store's keys.
pub(in crate::server) type Names = BTreeMap<(TenantName, JourneyName), JourneyKey>;

/// Everything that an answer may need.
pub(in crate::server) struct CommandHandler {
    pub(in crate::server) store: Store,
    pub(in crate::server) runs: Runs,
    pub(in crate::server) planner: Arc<Planner>,
    pub(in crate::server) dispatcher: DispatcherHandle,
    pub(in crate::server) metrics: Arc<Metrics>,
    pub(in crate::server) clock: WallClock,
    pub(in crate::server) tenants: Vec<TenantRow>,
    pub(in crate::server) names: Mutex<Names>,
    /// Held by whoever changes what is deployed.
    pub(in crate::server) turn: tokio::sync::Mutex<()>,
    /// Held by whoever reads what is not to be run, so that what was read later is told later.
    pub(in crate::server) suspending: tokio::sync::Mutex<()>,
    pub(in crate::server) stop: Cancellation,
}

impl CommandHandler {
    /// Until nobody can ask any more. Once the server stops, only the metrics are still told.
    pub(in crate::server) async fn run(self, mut asked: Receiver<Command>) {
        let own = Arc::new(self);
        let mut answering = JoinSet::new();
        while let Some(ask) = asked.recv().await {
            while answering.try_join_next().is_some() {}
            match ask {
                Command::Metrics(answer) => drop(answering.spawn(Arc::clone(&own).tell_metrics(answer))),
                // Whoever asked hears that nobody answers.
                _ if own.stop.is_cancelled() => drop(ask),
                // In the order in which people asked.
                Command::Trigger(tenant, journey, answer) => own.trigger(tenant, journey, answer),
                other => drop(answering.spawn(Arc::clone(&own).answer(other))),
            }
        }
    }

    /// Whoever asked may be gone by the time of the answer.
    async fn answer(self: Arc<Self>, ask: Command) {
        match ask {
            Command::Upload(wasm, answer) => drop(answer.send(upload(&self.runs, &wasm).await)),
            Command::Deploy(order, answer) => drop(answer.send(self.deploy(order).await)),
            Command::Changed(tenant, answer) => {
                let _turn = self.turn.lock().await;
                self.learn_surely(&tenant).await;
                let _ = answer.send(());
            }
            Command::Suspended(answer) => {
                self.suspend_surely().await;
                let _ = answer.send(());
            }
            Command::Trigger(tenant, journey, answer) => self.trigger(tenant, journey, answer),
            Command::Metrics(answer) => self.tell_metrics(answer).await,
        }
    }

    async fn deploy(&self, order: DeployOrder) -> Result<UnixMillis, DeployError> {
        let _turn = self.turn.lock().await;
        if self.stop.is_cancelled() {
            return Err(DeployError::Stopping);
        }
        let DeployOrder { tenant, by, set, remove } = order;
        let changed = set.iter().map(|spec| spec.name().clone()).chain(remove.iter().cloned());
        let keys: Vec<JourneyKey> = {
            let names = self.names.lock();
            changed.filter_map(|name| names.get(&(tenant.clone(), name)).copied()).collect()
        };
        // What is announced holds back slots until it is learnt: nothing is, while another process has the file's lock.
        self.store.until_writable().await?;
        let valid_from = self.planner.announce(keys);
        let now = self.clock.now();
        let edition = Tzdata::current().edition();
        let set = set.into_iter().map(|spec| spec.with_tzdata(Some(edition))).collect();
        let deployment = Deployment { tenant: tenant.clone(), by, now, valid_from, set, remove };
        let written = self.store.deploy(deployment).await;
        // Also where it was not: what was announced is given back to the versions before.
        if self.learn_surely(&tenant).await {
            self.planner.conclude();
        }
        Ok(written.map(|()| valid_from)?)
    }

    /// Tells the dispatcher what is not to be run, however often that takes; until then it does as before.
    async fn suspend_surely(&self) {
        // Not the turn of those who deploy: one of them may wait for the store, and a kill switch must not.
        let _order = self.suspending.lock().await;
        let mut is_failing = false;
        loop {
            match Suspensions::now(&self.store, self.clock.now()).await {
                Ok(suspensions) => break self.dispatcher.set_suspensions(suspensions),
                Err(error) if !is_failing => {
                    is_failing = true;
                    tracing::error!(%error, "kill switches and maintenance cannot be read now; it is tried again");
                }
                Err(_) => {}
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = self.stop.cancelled() => break,
            }
        }
    }

    /// Learns a tenant's versions however often it takes; false if the server stops before.
    async fn learn_surely(&self, tenant: &TenantName) -> bool {
        let mut is_failing = false;
        while let Err(error) = self.learn(tenant).await {
            if !is_failing {
                tracing::error!(%tenant, %error, "what is deployed cannot be read now; it is tried again");
            }
            is_failing = true;
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = self.stop.cancelled() => return false,
            }
        }
        true
    }

    /// Reads a tenant's versions again and plans by them.
    async fn learn(&self, tenant: &TenantName) -> Result<(), StoreError> {
        let from = self.clock.now();
        let learnt = learn(&self.store, &self.tenants, Some(tenant), from).await?;
        self.names.lock().extend(learnt.names);
        self.planner.learn(learnt.claims);
        let versions = self.planner.versions();
        tidy(&self.runs, &versions);
        let names = self.names.lock();
        let is_there = |tenant: &TenantName, journey: &JourneyName| {
            let found = names.get(&(tenant.clone(), journey.clone()));
            found.and_then(|key| self.planner.newest(*key)).is_some_and(|version| version.spec.is_some())
        };
        self.metrics.retain(is_there);
        Ok(())
    }

    async fn tell_metrics(self: Arc<Self>, answer: oneshot::Sender<String>) {
        let load = self.dispatcher.load().await;
        drop(answer.send(self.metrics.render(&load, &self.store.health())));
    }

    fn trigger(
        &self,
        tenant: TenantName,
        journey: JourneyName,
        answer: oneshot::Sender<Result<Triggered, TriggerError>>,
    ) {
        let key = self.names.lock().get(&(tenant.clone(), journey.clone())).copied();
        let version = key.and_then(|key| self.planner.newest(key)).filter(|version| version.spec.is_some());
        match version {
            Some(version) => self.dispatcher.trigger(version, answer),
            None => drop(answer.send(Err(TriggerError::NoSuchJourney { tenant, journey }))),
        }
    }
}

async fn upload(runs: &Runs, wasm: &[u8]) -> Result<Uploaded, UploadError> {
    let component = runs.sandbox().load(wasm).await?;
    let journeys = runs.sandbox().describe(&component).await?;
    let digest = component.digest();
    runs.keep(component);
    Ok(Uploaded { digest, journeys })
}
