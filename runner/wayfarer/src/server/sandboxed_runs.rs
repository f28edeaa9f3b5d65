//! Makes runs in the sandbox: the server's [`Execute`].
//!
//! From an order to attempts. Code is loaded once for each component. Everything else that an attempt needs is made once
//! for each version, and again after secrets were read anew. If something cannot be loaded or made, the run has one
//! attempt that says why; no run is lost.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use tokio::sync::OnceCell;
use wayfarer_model::context::AttemptContext;
use wayfarer_model::deployment::{Code, JourneySpec};
use wayfarer_model::ids::{ComponentDigest, LocationName};
use wayfarer_model::report::AttemptReport;
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_sandbox::{GuestPool, LoadError, Sandbox};
use wayfarer_store::{Store, StoreError, VersionKey};

use crate::clock::WallClock;
use crate::runnable::attempts;
use crate::runnable::{JourneyCode, RunnableJourney};
use crate::server::audit::AuditTrail;
use crate::server::dispatcher::{Execute, RunOrder, RunReport};
use crate::server::good_samples::GoodSamples;
use crate::server::retries::Retries;
use crate::server::tenants::Tenants;

/// Why a deployed journey's code cannot be run.
#[derive(Debug, thiserror::Error)]
enum RouteError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("component {0} is not in the store: deploy the journey again")]
    Missing(ComponentDigest),
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The `[http-check]` table of a journey without code.
    #[error("{0}")]
    Table(String),
}

impl RouteError {
    fn is_runners_fault(&self) -> bool {
        match self {
            Self::Store(_) | Self::Missing(_) => true,
            Self::Load(error) => error.is_runners_fault(),
            Self::Table(_) => false,
        }
    }
}

type Loaded = Arc<OnceCell<Arc<JourneyCode>>>;

/// Makes runs in the sandbox.
#[derive(Clone)]
pub(crate) struct SandboxedRuns(Arc<Inner>);

struct Inner {
    sandbox: Sandbox,
    threads: GuestPool,
    store: Store,
    trail: AuditTrail,
    location: LocationName,
    clock: WallClock,
    tenants: Mutex<Arc<Tenants>>,
    routes: Mutex<HashMap<ComponentDigest, Loaded>>,
    ready: Mutex<HashMap<VersionKey, Arc<RunnableJourney>>>,
    samples: GoodSamples,
    retries: Retries,
}

impl SandboxedRuns {
    /// `threads` is where uploads describe themselves; runs come on one of them already.
    pub(crate) fn new(
        (sandbox, threads): (Sandbox, GuestPool),
        (store, trail): (Store, AuditTrail),
        (location, clock): (LocationName, WallClock),
        tenants: Tenants,
    ) -> Self {
        Self(Arc::new(Inner {
            sandbox,
            threads,
            store,
            trail,
            location,
            clock,
            tenants: Mutex::new(Arc::new(tenants)),
            routes: Mutex::default(),
            ready: Mutex::default(),
            samples: GoodSamples::default(),
            retries: Retries::default(),
        }))
    }

    pub(crate) fn tenants(&self) -> Arc<Tenants> {
        Arc::clone(&self.0.tenants.lock())
    }

    /// Takes over tenants that were read anew. Runs in flight finish with what they have.
    pub(crate) fn replace_tenants(&self, tenants: Tenants) {
        let mut kept = self.0.ready.lock();
        *self.0.tenants.lock() = Arc::new(tenants);
        kept.clear();
    }

    /// Drops what was made for versions and components that are no longer there.
    pub(crate) fn retain(
        &self,
        is_there: impl Fn(VersionKey) -> bool,
        uses: impl Fn(ComponentDigest) -> bool,
    ) {
        self.0.ready.lock().retain(|version, _| is_there(*version));
        self.0.samples.retain(&is_there);
        self.0.routes.lock().retain(|digest, _| uses(*digest));
    }

    /// What holds retries and confirmation runs back.
    pub(crate) fn retries(&self) -> &Retries {
        &self.0.retries
    }

    /// Where guests run.
    pub(crate) fn threads(&self) -> &GuestPool {
        &self.0.threads
    }

    /// The sandbox, for uploads.
    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.0.sandbox
    }

    fn cell(&self, digest: ComponentDigest) -> Loaded {
        Arc::clone(self.0.routes.lock().entry(digest).or_default())
    }

    async fn route(&self, spec: &JourneySpec) -> Result<Arc<JourneyCode>, RouteError> {
        let digest = match &spec.code {
            Code::Component(digest) => *digest,
            Code::HttpCheck(_) => {
                let route = JourneyCode::without_component(spec)
                    .map_err(|error| RouteError::Table(error.to_string()))?;
                let missing = || RouteError::Table("its [http-check] table is empty".to_owned());
                return route.map(Arc::new).ok_or_else(missing);
            }
        };
        let cell = self.cell(digest);
        let load = || async {
            let content = self.0.store.component_content(digest).await?;
            let content = content.ok_or(RouteError::Missing(digest))?;
            Ok::<_, RouteError>(Arc::new(JourneyCode::Guest(self.0.sandbox.load(content.into()).await?)))
        };
        cell.get_or_try_init(load).await.map(Arc::clone)
    }

    fn context(&self, order: &RunOrder, number: u32) -> AttemptContext {
        AttemptContext {
            run_id: order.identity.run,
            tenant: order.version.owner.name.clone(),
            journey: order.version.name.clone(),
            slot: order.identity.slot,
            number,
            location: self.0.location.clone(),
            lane: order.identity.lane,
        }
    }

    /// Everything that attempts of a version need, or the report of a run that cannot be made.
    async fn ready(&self, order: &RunOrder) -> Result<Arc<RunnableJourney>, RunReport> {
        let version = order.version.version;
        let is_usual = !order.version.has_own_params;
        if let Some(ready) = self.0.ready.lock().get(&version).filter(|_| is_usual) {
            return Ok(Arc::clone(ready));
        }
        let unmade = |verdict, reason, error: &dyn std::fmt::Display| {
            let (tenant, journey) = (&order.version.owner.name, &order.version.name);
            tracing::warn!(%tenant, %journey, run = %order.identity.run, %error, "a run could not be made");
            let (context, message) = (self.context(order, 1), error.to_string());
            RunReport::unmade(context, self.0.clock.now(), (verdict, reason), message)
        };
        let tenants = self.tenants();
        let (Some(spec), Some(tenant)) = (&order.version.spec, tenants.get(&order.version.owner.name)) else {
            return Err(unmade(
                Verdict::Inconclusive,
                Reason::Runner,
                &"it has no tenant or no code any more",
            ));
        };
        let route = self.route(spec).await.map_err(|error| {
            if error.is_runners_fault() {
                unmade(Verdict::Inconclusive, Reason::Runner, &error)
            } else {
                unmade(Verdict::Broken, Reason::NoJourney, &error)
            }
        })?;
        let made = tenant
            .resolve(spec, route)
            .map_err(|error| unmade(Verdict::Broken, Reason::Parameter, &error))?;
        // Where the store cannot say, the journey may never have been right.
        let was_good = self.0.store.was_good(version).await.unwrap_or(false);
        made.was_good.store(was_good, Ordering::Relaxed);
        let ready = Arc::new(made);
        // If secrets were read anew meanwhile, what was made of the old ones is used this once and not kept.
        let mut kept = self.0.ready.lock();
        if is_usual && Arc::ptr_eq(&tenants, &self.0.tenants.lock()) {
            kept.insert(version, Arc::clone(&ready));
        }
        Ok(ready)
    }
}

impl Execute for SandboxedRuns {
    async fn execute(&self, order: RunOrder) -> RunReport {
        let ready = match self.ready(&order).await {
            Ok(ready) => ready,
            Err(report) => return report,
        };
        let (version, slot) = (order.version.version, order.identity.slot);
        let is_sample = self.0.samples.is_due(version, slot, ready.evidence.good);
        let (tenant, journey) = (&order.version.owner.name, order.version.journey);
        let attempt = |number| {
            let (ready, cancellation) = (Arc::clone(&ready), order.cancellation.clone());
            let memory = order.memory.clone();
            let context = self.context(&order, number);
            let watched = (None, is_sample);
            async move {
                let report = ready.attempt(&self.0.sandbox, context, watched, (cancellation, memory)).await;
                self.0.retries.saw(tenant, journey, &report);
                Some(report)
            }
        };
        // At once: the run may be made again, and the server may end before that is over.
        let ended = |report: &Arc<AttemptReport>, _| self.0.trail.count_disclosures(report);
        let may_retry = || {
            let now = self.0.clock.now();
            self.0.retries.may_retry(tenant, journey, ready.retry.per_hour, now)
        };
        let run = order.identity.run;
        let made = attempts((ready.retry, run), &order.cancellation, attempt, may_retry, ended).await;
        let made = made.unwrap_or_default();
        if is_sample && made.last().is_some_and(|last| last.verdict.is_good()) {
            self.0.samples.taken(version, slot);
        }
        RunReport::of(made)
    }
}
