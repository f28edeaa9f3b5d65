//! What is deployed, between store and planner: versions with their owners and their standing.
//!
//! Two readers of versions share one planner: a deployment, which announces new versions before they are written, and
//! the background task that plans by what the store says. They take turns by a lock from the announcement to the
//! commit: whoever read the old versions in between and learnt them afterwards would hand out slots that belong to the
//! new ones.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::MutexGuard;
use wayfarer_model::admission::Standing;
use wayfarer_model::deployment::Code;
use wayfarer_model::ids::{JourneyName, LocationName, TenantName};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{JourneyKey, Store, StoreError, TenantRow, Version};

use super::ServerContext;
use super::metrics::Metrics;
use super::planner::{Claim, Owner, PlannedVersion, Planner};
use super::recovery::plan_after;
use super::sandboxed_runs::SandboxedRuns;

/// People's names for journeys, and the store's keys.
pub(crate) type JourneyKeys = BTreeMap<(TenantName, JourneyName), JourneyKey>;

/// Everything that is deployed, as the planner knows it.
pub(crate) struct Deployed {
    planner: Arc<Planner>,
    tenants: Vec<TenantRow>,
    keys: Mutex<JourneyKeys>,
    /// Held from an announcement to its commit, and by whoever reads versions and learns them.
    reading: tokio::sync::Mutex<()>,
}

/// New versions that are announced. Until this is dropped nobody else reads versions, so write them meanwhile.
pub(super) struct Announced<'a> {
    /// From when on the new versions own the slots.
    pub(super) valid_from: UnixMillis,
    _reading: MutexGuard<'a, ()>,
}

impl Deployed {
    pub(crate) fn new(planner: Arc<Planner>, tenants: Vec<TenantRow>, keys: JourneyKeys) -> Self {
        Self { planner, tenants, keys: Mutex::new(keys), reading: tokio::sync::Mutex::default() }
    }

    /// The newest version of a journey; none if it is not deployed.
    pub(super) fn newest(&self, tenant: &TenantName, journey: &JourneyName) -> Option<Arc<PlannedVersion>> {
        let key = self.keys.lock().get(&(tenant.clone(), journey.clone())).copied()?;
        self.planner.newest(key).filter(|version| version.spec.is_some())
    }

    /// See [`Planner::announce`]; one deployment at a time.
    pub(super) async fn announce(&self, tenant: &TenantName, journeys: Vec<JourneyName>) -> Announced<'_> {
        let reading = self.reading.lock().await;
        let keys: Vec<JourneyKey> = {
            let keys = self.keys.lock();
            journeys.into_iter().filter_map(|name| keys.get(&(tenant.clone(), name)).copied()).collect()
        };
        Announced { valid_from: self.planner.announce(keys), _reading: reading }
    }

    /// See [`Planner::conclude`].
    pub(super) fn conclude(&self) {
        self.planner.conclude();
    }

    /// Reads a tenant's versions from the store, and plans by them from `now` on.
    pub(super) async fn plan_again(
        &self,
        store: &Store,
        tenant: &TenantName,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let _reading = self.reading.lock().await;
        let learnt = learn(store, &self.tenants, Some(tenant), now).await?;
        self.keys.lock().extend(learnt.keys);
        self.planner.learn(learnt.claims);
        Ok(())
    }

    /// Goes back to an instant: what is due later is taken out of the dispatcher and the store, and planned again. False, and nothing
    /// has changed, where that is not possible yet. The planner stands still meanwhile, because the clock has stepped.
    pub(super) async fn rewind(&self, context: &ServerContext, to: UnixMillis) -> Result<bool, StoreError> {
        let _reading = self.reading.lock().await;
        if !context.dispatcher.rewind(to).await {
            return Ok(false);
        }
        let taken = context.store.unleap(to).await?;
        // A step that lasted may have held back slots that came before.
        let done = to.min(self.planner.planned_through());
        let (plan, _) = plan_after(&context.store, &self.tenants, done).await?;
        self.planner.replace(plan);
        tracing::warn!(
            to = to.rfc3339(),
            runs = taken.runs,
            "the clock went back: rows of slots that have not come are taken out"
        );
        Ok(true)
    }

    /// Drops what only versions needed that are no longer planned.
    pub(super) fn tidy(&self, runs: &SandboxedRuns, metrics: &Metrics) {
        let versions = self.planner.versions();
        let keys: HashSet<_> = versions.iter().map(|version| version.version).collect();
        let digests: HashSet<_> = versions
            .iter()
            .filter_map(|version| match version.spec.as_ref()?.code {
                Code::Component(digest) => Some(digest),
                Code::HttpCheck(_) => None,
            })
            .collect();
        runs.retain(|version| keys.contains(&version), |digest| digests.contains(&digest));
        metrics.retain(|tenant, journey| self.newest(tenant, journey).is_some());
    }
}

/// What the store says of versions.
pub(super) struct Learnt {
    pub(super) claims: Vec<Claim<Arc<PlannedVersion>>>,
    pub(super) keys: Vec<((TenantName, JourneyName), JourneyKey)>,
}

/// Reads versions that own slots at or after an instant, of one tenant or of all.
pub(super) async fn learn(
    store: &Store,
    tenants: &[TenantRow],
    tenant: Option<&TenantName>,
    from: UnixMillis,
) -> Result<Learnt, StoreError> {
    let owners: BTreeMap<&TenantName, &TenantRow> = tenants.iter().map(|row| (&row.name, row)).collect();
    let paused: BTreeSet<JourneyKey> = store
        .pauses_reaching(from)
        .await?
        .into_iter()
        .filter(|pause| pause.until.is_none())
        .map(|pause| pause.journey)
        .collect();
    let mut learnt = Learnt { claims: Vec::new(), keys: Vec::new() };
    let versions = match tenant {
        Some(tenant) => store.versions_of(tenant, from).await?,
        None => store.versions_reaching(from).await?,
    };
    for version in versions {
        let Some(row) = owners.get(&version.tenant) else { continue };
        let standing = Standing {
            tenant_is_disabled: !row.enabled,
            journey_is_paused: paused.contains(&version.journey),
        };
        learnt.keys.push(((version.tenant.clone(), version.name.clone()), version.journey));
        learnt.claims.push(claim(&version, row, standing, store.location_name()));
    }
    Ok(learnt)
}

fn claim(
    version: &Version,
    row: &TenantRow,
    standing: Standing,
    here: &LocationName,
) -> Claim<Arc<PlannedVersion>> {
    let owner = Owner { tenant: row.key, name: row.name.clone(), policy: row.policy };
    Arc::new(PlannedVersion::new(version, owner, standing, here)).claim(version)
}
