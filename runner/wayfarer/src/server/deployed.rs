//! What is deployed, between store and planner: versions with their owners and their standing.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use wayfarer_model::admission::Standing;
use wayfarer_model::deployment::Code;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{JourneyKey, Store, StoreError, TenantRow, Version};

use super::sandboxed_runs::Runs;
use crate::server::planner::{Claim, Owner, PlannedVersion};

/// Claims to be learnt, and the keys by which people's names are known from then on.
pub(super) struct Learnt {
    pub(super) claims: Vec<Claim<Arc<PlannedVersion>>>,
    pub(super) names: Vec<((TenantName, JourneyName), JourneyKey)>,
}

/// Reads versions that own slots at or after an instant, of one tenant or of all.
pub(super) async fn learn(
    store: &Store,
    tenants: &[TenantRow],
    of: Option<&TenantName>,
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
    let mut learnt = Learnt { claims: Vec::new(), names: Vec::new() };
    let versions = match of {
        Some(tenant) => store.versions_of(tenant, from).await?,
        None => store.versions_reaching(from).await?,
    };
    for version in versions {
        let Some(row) = owners.get(&version.tenant) else { continue };
        let standing = Standing {
            tenant_is_disabled: !row.enabled,
            journey_is_paused: paused.contains(&version.journey),
        };
        learnt.names.push(((version.tenant.clone(), version.name.clone()), version.journey));
        learnt.claims.push(claim(&version, row, standing));
    }
    Ok(learnt)
}

fn claim(version: &Version, row: &TenantRow, standing: Standing) -> Claim<Arc<PlannedVersion>> {
    let owner = Owner { tenant: row.key, name: row.name.clone(), policy: row.policy };
    Arc::new(PlannedVersion::new(version, owner, standing)).claim(version)
}

/// Lets go of what versions needed that are no longer there.
pub(super) fn tidy(runs: &Runs, versions: &[Arc<PlannedVersion>]) {
    let keys: HashSet<_> = versions.iter().map(|version| version.version).collect();
    let digests: HashSet<_> = versions
        .iter()
        .filter_map(|version| match version.spec.as_ref()?.code {
            Code::Component(digest) => Some(digest),
            Code::HttpCheck(_) => None,
        })
        .collect();
    runs.retain(|version| keys.contains(&version), |digest| digests.contains(&digest));
}
