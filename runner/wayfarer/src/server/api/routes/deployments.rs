//! Deployments: what is to be, against what is, and the way from one to the other.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use wayfarer_model::access::Role;
use wayfarer_model::deployment::{Code, JourneySpec};
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::units::UnixMillis;

use crate::protocol::Kind;
use crate::protocol::ProblemDetails;
use crate::protocol::{ChangeInfo, ChangeKind, DeployInfo, DeployRequest, OfTenant};
use crate::server::api::caller::Caller;
use crate::server::api::difference::difference;
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Shared, body};
use crate::server::tenants::{Described, Tenant};
use crate::server::{DeployError, DeployOrder};

/// How many of the next starts are shown.
const STARTS: usize = 5;

/// Deploy journeys: all that are listed, or nothing
#[utoipa::path(post, path = "/deployments", params(OfTenant), request_body = DeployRequest, responses(
    (status = 200, description = "What changed, or would change", body = DeployInfo),
    (status = 422, description = "Everything that stands in the way", body = ProblemDetails)
))]
pub(super) async fn deploy(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(of): Asked<OfTenant>,
    bytes: Bytes,
) -> Result<Json<DeployInfo>, Problem> {
    caller.must_be(Role::Author)?;
    let name = caller.tenant(of.tenant.as_ref())?;
    let tenant = super::tenants::known(&shared, &name)?;
    let DeployRequest { journeys, preview, prune } = body(&bytes)?;
    let journeys: Vec<JourneySpec> =
        journeys.into_iter().map(|body| JourneySpec::from(body).with_tzdata(None)).collect();
    let current = shared.store.current(&name).await.map_err(Problem::internal)?;
    // A newer timezone database alone makes no new version.
    let current: BTreeMap<JourneyName, JourneySpec> = current
        .into_iter()
        .filter_map(|version| Some((version.name, version.spec?.with_tzdata(None))))
        .collect();
    let warnings = admit(&shared, &tenant, &journeys, &current, prune).await?;
    let mut info = plan(&name, &journeys, &current, prune, shared.clock.now());
    info.warnings = warnings;
    let remove: Vec<JourneyName> = of_kind(&info, ChangeKind::Removed);
    let touched: BTreeSet<JourneyName> =
        [ChangeKind::Added, ChangeKind::Changed].into_iter().flat_map(|kind| of_kind(&info, kind)).collect();
    if preview || (remove.is_empty() && touched.is_empty()) {
        return Ok(Json(info));
    }
    let set = journeys.into_iter().filter(|spec| touched.contains(spec.name())).collect();
    let order = DeployOrder { tenant: name, by: caller.name, set, remove };
    let valid_from = shared.control.deploy(order).await.map_err(|error| match error {
        DeployError::Store(error) => Problem::internal(error),
        DeployError::Stopping => Problem::new(Kind::Unavailable, error),
    })?;
    info.valid_from_ms = Some(valid_from.0);
    Ok(Json(info))
}

fn of_kind(info: &DeployInfo, kind: ChangeKind) -> Vec<JourneyName> {
    info.changes.iter().filter(|change| change.kind == kind).map(|change| change.journey.clone()).collect()
}

/// The tenant's word on it: every problem at once, or what the author should know.
async fn admit(
    shared: &Shared,
    tenant: &Tenant,
    journeys: &[JourneySpec],
    current: &BTreeMap<JourneyName, JourneySpec>,
    prune: bool,
) -> Result<Vec<String>, Problem> {
    let mut described = Described::new();
    for spec in journeys {
        let Code::Component(digest) = spec.code else { continue };
        if described.contains_key(&digest) {
            continue;
        }
        let found =
            shared.store.component_journeys(tenant.name(), digest).await.map_err(Problem::internal)?;
        if let Some(journeys) = found {
            described.insert(digest, journeys);
        }
    }
    let others = if prune { BTreeSet::new() } else { current.keys().cloned().collect() };
    tenant
        .admit(journeys, &described, &others)
        .map_err(|errors| Problem::list(Kind::Refused, errors.0.iter().map(ToString::to_string).collect()))
}

fn plan(
    tenant: &TenantName,
    journeys: &[JourneySpec],
    current: &BTreeMap<JourneyName, JourneySpec>,
    prune: bool,
    now: UnixMillis,
) -> DeployInfo {
    let mut changes: Vec<ChangeInfo> = journeys
        .iter()
        .map(|spec| {
            let (kind, what) = match current.get(spec.name()) {
                None => (ChangeKind::Added, Vec::new()),
                Some(before) if before == spec => (ChangeKind::Unchanged, Vec::new()),
                Some(before) => (ChangeKind::Changed, difference(before, spec)),
            };
            change(tenant, spec, kind, what, now)
        })
        .collect();
    let listed: BTreeSet<&JourneyName> = journeys.iter().map(JourneySpec::name).collect();
    let kind = if prune { ChangeKind::Removed } else { ChangeKind::Left };
    let others = current.iter().filter(|(name, _)| !listed.contains(name));
    changes.extend(others.map(|(_, spec)| change(tenant, spec, kind, Vec::new(), now)));
    changes.sort_by(|one, other| one.journey.cmp(&other.journey));
    DeployInfo { changes, warnings: Vec::new(), valid_from_ms: None }
}

fn change(
    tenant: &TenantName,
    spec: &JourneySpec,
    kind: ChangeKind,
    what: Vec<String>,
    now: UnixMillis,
) -> ChangeInfo {
    let shown = spec.timing.as_ref().filter(|_| kind != ChangeKind::Removed);
    let next = shown.map_or_else(Vec::new, |timing| {
        let schedule = timing.schedule_of(tenant, spec.name());
        schedule.fires(now, STARTS).map(|at| timing.timezone.show(at)).collect()
    });
    ChangeInfo {
        journey: spec.name().clone(),
        kind,
        what,
        schedule: spec.timing.as_ref().map(|timing| format!("{} {}", timing.schedule, timing.timezone)),
        next,
    }
}
