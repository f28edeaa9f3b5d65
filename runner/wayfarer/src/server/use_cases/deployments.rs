//! Deployments: what is to be, against what is, and the changes from one to the other.

use std::collections::{BTreeMap, BTreeSet};

use wayfarer_model::access::Role;
use wayfarer_model::deployment::{Code, JourneySpec, Timing};
use wayfarer_model::ids::{JourneyName, LocationName, TenantName};
use wayfarer_model::incident::Dependencies;
use wayfarer_model::provenance::{Provenance, ProvenanceError};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::StoreError;

use super::difference::difference;
use super::{AccessError, Caller, UseCases};
use crate::protocol::{ChangeInfo, ChangeKind, DeployInfo, DeployRequest};
use crate::runnable::{ResolveError, ResolveErrors, said_once};
use crate::server::tenants::{Described, Locations, Tenant};
use crate::server::{DeployError, DeployOrder};
use crate::view::locations;

/// How many of the next starts are shown.
const STARTS: usize = 5;

/// A tenant's deployed journeys.
type Specs = BTreeMap<JourneyName, JourneySpec>;

/// Why nothing is deployed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeploymentError {
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Everything that is wrong with the versions.
    #[error(transparent)]
    Refused(#[from] ResolveErrors),
    #[error(transparent)]
    Provenance(#[from] ProvenanceError),
    #[error(transparent)]
    Deploy(#[from] DeployError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCases {
    /// Deploys all journeys of the request, or nothing. With `preview`, or if nothing differs, it only says what would
    /// change.
    pub(crate) async fn deploy(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
        request: DeployRequest,
    ) -> Result<DeployInfo, DeploymentError> {
        caller.must_be(Role::Author)?;
        let name = caller.tenant(tenant)?;
        let tenant = self.tenant(&name)?;
        let DeployRequest { journeys, preview, prune, revision, labels } = request;
        let provenance = Provenance { revision, labels };
        provenance.check()?;
        let journeys: Vec<JourneySpec> =
            journeys.into_iter().map(|body| JourneySpec::from(body).with_tzdata(None)).collect();
        let current = self.store.current(&name).await?;
        // A newer timezone database alone makes no new version.
        let current: Specs = current
            .into_iter()
            .filter_map(|version| Some((version.name, version.spec?.with_tzdata(None))))
            .collect();
        let warnings = self.admit(&tenant, &journeys, &current, (preview, prune)).await?;
        let of = (&name, self.store.location_name());
        let changes = changes(of, &journeys, &current, prune, self.clock.now());
        let mut info = DeployInfo { changes, warnings, valid_from_ms: None };
        let remove: Vec<JourneyName> = of_kind(&info, ChangeKind::Removed).collect();
        let set: BTreeSet<JourneyName> =
            of_kind(&info, ChangeKind::Added).chain(of_kind(&info, ChangeKind::Changed)).collect();
        if preview || (remove.is_empty() && set.is_empty()) {
            return Ok(info);
        }
        let set = journeys.into_iter().filter(|spec| set.contains(spec.name())).collect();
        let order = DeployOrder { tenant: name, by: caller.signature(), set, remove, provenance };
        info.valid_from_ms = Some(self.control.deploy(order).await?.0);
        Ok(info)
    }

    /// Everything that is wrong at once, or what the author should know.
    async fn admit(
        &self,
        tenant: &Tenant,
        journeys: &[JourneySpec],
        current: &Specs,
        (preview, prune): (bool, bool),
    ) -> Result<Vec<String>, DeploymentError> {
        let mut described = Described::new();
        for spec in journeys {
            let Code::Component(digest) = spec.code else { continue };
            if described.contains_key(&digest) {
                continue;
            }
            if let Some(journeys) = self.store.component_journeys(tenant.name(), digest).await? {
                described.insert(digest, journeys);
            } else if preview {
                // It would be uploaded; until then only its author says what it holds.
                let of_it = journeys.iter().filter(|spec| spec.code == Code::Component(digest));
                described.insert(digest, of_it.map(|spec| spec.descriptor.clone()).collect());
            }
        }
        let others = if prune { BTreeSet::new() } else { current.keys().cloned().collect() };
        let locations =
            Locations { known: self.store.locations().await?, here: self.store.location_name().clone() };
        let admitted = tenant.admit(journeys, &described, &others, &locations);
        let kept = if prune { BTreeMap::new() } else { current.clone() };
        let wrong = wrong_dependencies(journeys, kept);
        match admitted {
            Ok(warnings) if wrong.is_empty() => Ok(said_once(warnings)),
            Ok(_) => Err(ResolveErrors(wrong).into()),
            Err(ResolveErrors(errors)) => {
                Err(ResolveErrors(errors.into_iter().chain(wrong).collect()).into())
            }
        }
    }
}

/// What is wrong with `depends_on` once these journeys stand beside the others, or in their place.
fn wrong_dependencies(journeys: &[JourneySpec], mut kept: Specs) -> Vec<ResolveError> {
    kept.extend(journeys.iter().map(|spec| (spec.name().clone(), spec.clone())));
    let known: BTreeSet<JourneyName> = kept.keys().cloned().collect();
    let of = kept.into_iter().map(|(name, spec)| (name, spec.alert.depends_on)).collect();
    let errors = Dependencies::new(of).errors(&known).into_iter();
    let named = errors.filter_map(|error| {
        Some(ResolveError::Rule { journey: error.journey()?.clone(), rule: error.to_string() })
    });
    named.collect()
}

fn of_kind(info: &DeployInfo, kind: ChangeKind) -> impl Iterator<Item = JourneyName> {
    info.changes.iter().filter(move |change| change.kind == kind).map(|change| change.journey.clone())
}

/// What becomes of each journey of a tenant, by name; the next slots are those at a location.
fn changes(
    of: (&TenantName, &LocationName),
    journeys: &[JourneySpec],
    current: &Specs,
    prune: bool,
    now: UnixMillis,
) -> Vec<ChangeInfo> {
    let mut changes: Vec<ChangeInfo> = journeys
        .iter()
        .map(|spec| {
            let (kind, what) = match current.get(spec.name()) {
                None => (ChangeKind::Added, Vec::new()),
                Some(before) if before == spec => (ChangeKind::Unchanged, Vec::new()),
                Some(before) => (ChangeKind::Changed, difference(before, spec)),
            };
            change(of, spec, kind, what, now)
        })
        .collect();
    let listed: BTreeSet<&JourneyName> = journeys.iter().map(JourneySpec::name).collect();
    let kind = if prune { ChangeKind::Removed } else { ChangeKind::Left };
    let others = current.iter().filter(|(name, _)| !listed.contains(name));
    changes.extend(others.map(|(_, spec)| change(of, spec, kind, Vec::new(), now)));
    changes.sort_by(|one, other| one.journey.cmp(&other.journey));
    changes
}

fn change(
    (tenant, here): (&TenantName, &LocationName),
    spec: &JourneySpec,
    kind: ChangeKind,
    what: Vec<String>,
    now: UnixMillis,
) -> ChangeInfo {
    let shown = spec.timing_at(here).filter(|_| kind != ChangeKind::Removed);
    let next: Vec<(u64, String)> = shown.map_or_else(Vec::new, |timing| {
        let schedule = timing.schedule_of(tenant, spec.name());
        schedule.fires(now, STARTS).map(|at| (at.0, timing.timezone.show(at))).collect()
    });
    let (next_ms, next) = next.into_iter().unzip();
    ChangeInfo {
        journey: spec.name().clone(),
        kind,
        what,
        schedule: spec.timing.as_ref().map(scheduled),
        next,
        next_ms,
    }
}

/// The schedule with its timezone, and its locations where it names some.
fn scheduled(timing: &Timing) -> String {
    let text = format!("{} {}", timing.schedule, timing.timezone);
    match locations(&timing.locations) {
        Some(named) => format!("{text} at {named}"),
        None => text,
    }
}
