//! Deployed journeys: listed with what keeps them from running, and triggered.

use std::collections::{BTreeMap, HashMap};

use wayfarer_model::access::Role;
use wayfarer_model::admission::{Standing, runs_slots};
use wayfarer_model::ids::{JourneyName, LocationName, TenantName};
use wayfarer_model::incident::{Plain, wilson};
use wayfarer_model::journey_watch::JourneyWatch;
use wayfarer_model::nearest::nearest;
use wayfarer_model::parameter;
use wayfarer_model::text::{clip, printable};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Flake, IncidentFilter, IncidentRow, JourneyStatus, StoreError};

use super::{AccessError, Caller, UseCases};
use crate::protocol::{CountedInfo, FalseAlarmInfo, FlakeInfo, JourneyInfo, PauseInfo, TodayInfo};
use crate::server::dispatcher::Suspensions;
use crate::server::retries::JourneyRetries;
use crate::server::{TriggerError, TriggerOrder, Triggered};

/// A journey that is not deployed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "tenant `{tenant}` has no journey `{journey}`: `wayfarer journeys` lists them, `wayfarer deploy` adds one"
)]
pub(crate) struct NoSuchJourney {
    tenant: TenantName,
    journey: JourneyName,
}

impl NoSuchJourney {
    pub(super) fn new(tenant: &TenantName, journey: &JourneyName) -> Self {
        Self { tenant: tenant.clone(), journey: journey.clone() }
    }
}

/// Why journeys are not shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JourneyError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    NoSuchJourney(#[from] NoSuchJourney),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a journey is not triggered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    NoSuchJourney(#[from] NoSuchJourney),
    #[error(transparent)]
    Trigger(TriggerError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is wrong with the parameters.
    #[error("{0}")]
    Params(String),
}

/// The most of an unknown parameter's name that an error repeats, in bytes.
const LONGEST_NAME: usize = 100;

impl UseCases {
    /// Every deployed journey that the caller sees, by tenant and name.
    pub(crate) async fn journeys(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
    ) -> Result<Vec<JourneyInfo>, JourneyError> {
        Ok(self.statuses(caller.scope(tenant)?.as_ref()).await?)
    }

    /// One journey.
    pub(crate) async fn journey(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
        journey: &JourneyName,
    ) -> Result<JourneyInfo, JourneyError> {
        let tenant = caller.tenant(tenant)?;
        let found = self.statuses(Some(&tenant)).await?.into_iter().find(|info| info.journey == *journey);
        Ok(found.ok_or_else(|| NoSuchJourney::new(&tenant, journey))?)
    }

    /// Runs a journey now.
    pub(crate) async fn trigger(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
        journey: &JourneyName,
        params: BTreeMap<String, String>,
    ) -> Result<Triggered, StartError> {
        caller.must_be(Role::Author)?;
        let tenant = caller.tenant(tenant)?;
        if !params.is_empty() {
            self.check_params(&tenant, journey, &params).await?;
        }
        let order = TriggerOrder { tenant, journey: journey.clone(), params };
        self.control.trigger(order).await.map_err(|error| match error {
            TriggerError::NoSuchJourney { tenant, journey } => NoSuchJourney { tenant, journey }.into(),
            other => StartError::Trigger(other),
        })
    }

    /// Checks the parameters of one run: the newest version has them, and with them it has all that it needs.
    async fn check_params(
        &self,
        tenant: &TenantName,
        journey: &JourneyName,
        params: &BTreeMap<String, String>,
    ) -> Result<(), StartError> {
        let current = self.store.current(tenant).await?.into_iter().find(|version| version.name == *journey);
        let spec = current.and_then(|version| version.spec);
        let mut spec = spec.ok_or_else(|| NoSuchJourney::new(tenant, journey))?;
        let known: Vec<&str> =
            spec.descriptor.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        if let Some(unknown) = params.keys().find(|name| !known.contains(&name.as_str())) {
            let hint = match (nearest(unknown, known.iter().copied()), known.as_slice()) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, []) => "it has none".to_owned(),
                (None, known) => format!("it has `{}`", known.join("`, `")),
            };
            let unknown = clip(&printable(unknown), LONGEST_NAME);
            return Err(StartError::Params(format!(
                "journey `{journey}` has no parameter `{unknown}`; {hint}"
            )));
        }
        spec.params.extend(params.clone());
        parameter::resolve(&spec.descriptor.parameters, &spec.params).map(drop).map_err(|wrong| {
            let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            StartError::Params(format!("journey `{journey}`: {}", wrong.join("; ")))
        })
    }

    async fn statuses(&self, scope: Option<&TenantName>) -> Result<Vec<JourneyInfo>, StoreError> {
        let now = self.clock.now();
        let statuses = self.store.journey_status(scope, now).await?;
        let suspensions = Suspensions::now(&self.store, now).await?;
        let here = self.store.location_name();
        let with_retries = |status: JourneyStatus| {
            let JourneyRetries { made, slowed_by } =
                self.runs.retries().of_journey(status.version.journey, now);
            let info = info(status, &suspensions, now, here)?;
            Some(JourneyInfo { retries_this_hour: made, slowed_by, ..info })
        };
        let mut infos: Vec<JourneyInfo> = statuses.into_iter().filter_map(with_retries).collect();
        let incidents = self.incident_of_each(scope).await?;
        for info in &mut infos {
            info.incident = incidents.get(&(info.tenant.clone(), info.journey.clone())).copied();
        }
        if infos.iter().any(|info| info.spec.alert.rule.is_some()) {
            let watches = self.store.watches_of(scope).await?;
            for info in &mut infos {
                info.false_alarms = info.spec.alert.rule.map(|rule| {
                    false_alarms(rule, watches.get(&(info.tenant.clone(), info.journey.clone())))
                });
            }
        }
        if self.clock.step().is_some() {
            // Nobody knows when: nothing starts until the wall clock is right.
            for info in &mut infos {
                info.next_ms = None;
            }
        }
        Ok(infos)
    }

    /// The open incident of each journey that has one: one that pages, or else the newest ticket.
    async fn incident_of_each(
        &self,
        scope: Option<&TenantName>,
    ) -> Result<HashMap<(TenantName, JourneyName), i64>, StoreError> {
        let open_only = IncidentFilter { open_only: true, limit: u32::MAX, ..IncidentFilter::default() };
        let mut open = self.store.incidents(&IncidentFilter { tenant: scope.cloned(), ..open_only }).await?;
        // They come with the newest first.
        open.sort_by_key(|incident| incident.kind.severity());
        let mut of_each = HashMap::new();
        for IncidentRow { tenant, journey, key, .. } in open {
            if let (Some(tenant), Some(journey)) = (tenant, journey) {
                of_each.entry((tenant, journey)).or_insert(key.0);
            }
        }
        Ok(of_each)
    }
}

impl UseCases {
    /// What flakes in the callers' tenants: since an instant, or in the last seven days.
    pub(crate) async fn flakes(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
        since: Option<UnixMillis>,
    ) -> Result<Vec<FlakeInfo>, JourneyError> {
        const SEVEN_DAYS_MS: u64 = 7 * 24 * 3_600_000;
        let tenant = caller.scope(tenant)?;
        let since = since.unwrap_or_else(|| UnixMillis(self.clock.now().0.saturating_sub(SEVEN_DAYS_MS)));
        let flakes = self.store.flakes(tenant.as_ref(), since).await?;
        let info = |flake: Flake| FlakeInfo {
            interval: wilson(flake.runs, flake.counted).into(),
            tenant: flake.tenant,
            journey: flake.journey,
            step: flake.step,
            check: flake.check,
            reason: flake.reason,
            runs: flake.runs,
            counted: flake.counted,
            last_ms: flake.last.0,
        };
        Ok(flakes.into_iter().map(info).collect())
    }
}

/// What a rule means for a journey; for one without a history, what is assumed of any.
fn false_alarms(rule: Plain, watch: Option<&JourneyWatch>) -> FalseAlarmInfo {
    /// A rule that never alarms has no figure in JSON else.
    const MOST: f64 = 1e15;
    let unknown = JourneyWatch::default();
    let watch = watch.unwrap_or(&unknown);
    let looks_between = watch.looks_between_false_alarms(rule).min(MOST);
    let interval_s = (watch.interval_ms() > 0).then(|| watch.interval_ms() as f64 / 1_000.0);
    let seconds_between = interval_s.map(|interval| looks_between * interval);
    FalseAlarmInfo { rule: rule.to_string(), looks_between, seconds_between }
}

fn info(
    status: JourneyStatus,
    suspensions: &Suspensions,
    now: UnixMillis,
    here: &LocationName,
) -> Option<JourneyInfo> {
    let JourneyStatus { version, pause, last, last_counted, today } = status;
    let spec = version.spec?;
    let next = spec.timing_at(here).and_then(|timing| {
        timing.schedule_of(&version.tenant, &version.name).fires(now.max(version.valid_from), 1).next()
    });
    let is_stopped = suspensions.kill_switch(&version.tenant).is_some();
    let window = suspensions.window(&version.tenant, &version.name, now);
    // Journeys of a disabled tenant show when they would be due.
    let standing = Standing { tenant_is_disabled: false, journey_is_paused: pause.is_some() };
    Some(JourneyInfo {
        tenant: version.tenant,
        journey: version.name,
        version: version.number,
        valid_from_ms: version.valid_from.0,
        deployed_by: version.deployed_by,
        revision: version.provenance.revision,
        labels: version.provenance.labels,
        spec: spec.into(),
        next_ms: next.filter(|_| runs_slots(standing)).map(|at| at.0),
        stopped: is_stopped,
        maintenance: window.map(|(key, _)| key.number()),
        incident: None,
        false_alarms: None,
        retries_this_hour: 0,
        slowed_by: None,
        paused: pause.map(|pause| PauseInfo { from_ms: pause.from.0, by: pause.by, note: pause.note }),
        last: last.map(Into::into),
        last_counted: last_counted.map(|(slot, verdict)| CountedInfo { slot_ms: slot.0, verdict }),
        today: TodayInfo {
            slots: today.slots,
            counted: today.counted,
            good: today.good,
            good_first_attempt: today.good_first_attempt,
            good_interval: wilson(today.good, today.counted).into(),
            good_first_attempt_interval: wilson(today.good_first_attempt, today.counted).into(),
            p95_us: today.p95.map(|p95| p95.0),
        },
    })
}
