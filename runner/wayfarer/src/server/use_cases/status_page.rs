//! What a tenant shows to the public: how its services are and were. It takes names for people from the configuration, and from journeys and
//! incidents states, instants and words that somebody published; nothing else of them.

use std::collections::{BTreeSet, HashMap};

use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::incident::IncidentKind;
use wayfarer_model::maintenance::Phase;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{IncidentFilter, IncidentRow, Maintenance};

use super::{Caller, JourneyError, UseCases};
use crate::config::{ServiceTable, StatusPageTable};
use crate::protocol::{
    JourneyState, OverviewInfo, PublishedInfo, ServiceDayInfo, ServiceInfo, ServiceState, StatusIncidentInfo,
    StatusMaintenanceInfo, StatusPageInfo,
};

const DAY_MS: u64 = 24 * 3_600_000;
/// How far back a page looks.
const DAYS: u64 = 90;
/// How far ahead maintenance is told.
const AHEAD_MS: u64 = 14 * DAY_MS;
/// The most incidents that are looked at.
const INCIDENTS: u32 = 1_000;

impl UseCases {
    /// The tenant that has its status page at that path. Everybody may ask.
    pub(crate) fn tenant_of_status_page(&self, path: &str) -> Option<TenantName> {
        let tenants = self.runs.tenants();
        let found = tenants.iter().find(|tenant| tenant.status_page().is_some_and(|page| page.path == path));
        found.map(|tenant| tenant.name().clone())
    }

    /// Whether a tenant has a status page.
    pub(crate) fn has_status_page(&self, tenant: &TenantName) -> bool {
        self.runs.tenants().get(tenant).is_some_and(|tenant| tenant.status_page().is_some())
    }

    /// The status page of the caller's tenant; none if it has none.
    pub(crate) async fn own_status_page(
        &self,
        caller: &Caller,
        tenant: &TenantName,
    ) -> Result<Option<StatusPageInfo>, JourneyError> {
        let tenant = caller.tenant(Some(tenant))?;
        self.tenant(&tenant)?;
        self.status_page(&tenant).await
    }

    /// The status page of a tenant; none if it has none.
    pub(crate) async fn status_page(
        &self,
        tenant: &TenantName,
    ) -> Result<Option<StatusPageInfo>, JourneyError> {
        let tenants = self.runs.tenants();
        let Some(page) = tenants.get(tenant).and_then(|tenant| tenant.status_page().cloned()) else {
            return Ok(None);
        };
        let now = self.clock.now();
        let journeys: HashMap<JourneyName, OverviewInfo> =
            self.glances(Some(tenant)).await?.into_iter().map(|info| (info.journey.clone(), info)).collect();
        let mut services = Vec::with_capacity(page.services.len());
        for service in &page.services {
            services.push(ServiceInfo {
                name: service.name.clone(),
                about: service.about.clone(),
                state: state(service, &journeys),
                days: self.days_of(tenant, service, now).await?,
            });
        }
        Ok(Some(StatusPageInfo {
            path: page.path.clone(),
            title: page.title.clone(),
            about: page.about.clone(),
            state: services.iter().map(|service| service.state).min().unwrap_or(ServiceState::Unknown),
            at_ms: now.0,
            services,
            incidents: self.public_incidents(tenant, &page, now).await?,
            maintenance: self.public_maintenance(tenant, &page, now).await?,
        }))
    }

    /// The days of a service: all of its journeys' runs together.
    async fn days_of(
        &self,
        tenant: &TenantName,
        service: &ServiceTable,
        now: UnixMillis,
    ) -> Result<Vec<ServiceDayInfo>, JourneyError> {
        let today = now.0 / DAY_MS;
        let mut days: Vec<ServiceDayInfo> = (today.saturating_sub(DAYS - 1)..=today)
            .map(|day| ServiceDayInfo { from_ms: day * DAY_MS, counted: 0, good: 0 })
            .collect();
        for version in self.store.current(tenant).await? {
            if !service.journeys.iter().any(|journey| journey.0 == version.name) {
                continue;
            }
            for period in self.days(version.journey).await? {
                if let Some(day) = days.iter_mut().find(|day| day.from_ms == period.from_ms) {
                    day.counted += period.rates.counted;
                    day.good += period.rates.good;
                }
            }
        }
        Ok(days)
    }

    async fn public_incidents(
        &self,
        tenant: &TenantName,
        page: &StatusPageTable,
        now: UnixMillis,
    ) -> Result<Vec<StatusIncidentInfo>, JourneyError> {
        let filter =
            IncidentFilter { tenant: Some(tenant.clone()), limit: INCIDENTS, ..IncidentFilter::default() };
        let rows = self.store.incidents(&filter).await?;
        let mut words = self.store.published_words(tenant).await?;
        let since = now.0.saturating_sub(DAYS * DAY_MS);
        let shown = |row: &IncidentRow| {
            let state = match row.kind {
                IncidentKind::Failing => ServiceState::Down,
                IncidentKind::OverBudget => ServiceState::Impaired,
                _ => return None,
            };
            let services = services_of(page, row.journey.as_slice());
            let is_recent = row.resolved.is_none_or(|at| at.0 >= since);
            (is_recent && !services.is_empty()).then_some((state, services))
        };
        let infos = rows.iter().filter_map(|row| {
            let (state, services) = shown(row)?;
            let words = words.remove(&row.key).unwrap_or_default();
            Some(StatusIncidentInfo {
                incident: row.key.0,
                services,
                state,
                began_ms: row.began.0,
                resolved_ms: row.resolved.map(|at| at.0),
                words: words.into_iter().map(|(at, text)| PublishedInfo { at_ms: at.0, text }).collect(),
            })
        });
        Ok(infos.collect())
    }

    async fn public_maintenance(
        &self,
        tenant: &TenantName,
        page: &StatusPageTable,
        now: UnixMillis,
    ) -> Result<Vec<StatusMaintenanceInfo>, JourneyError> {
        let windows = self.store.maintenance_reaching(now).await?;
        let own = windows
            .iter()
            .filter(|window| window.ended.is_none())
            .filter(|window| window.plan.tenant.as_ref().is_none_or(|owner| owner == tenant));
        let mut infos: Vec<_> = own.filter_map(|window| planned(window, page, now)).collect();
        infos.sort_by_key(|info| info.from_ms);
        Ok(infos)
    }
}

/// The window as the public is told of it; none if it is of no service, or not soon.
fn planned(window: &Maintenance, page: &StatusPageTable, now: UnixMillis) -> Option<StatusMaintenanceInfo> {
    let journeys = &window.plan.journeys;
    let services = if journeys.is_empty() {
        page.services.iter().map(|service| service.name.clone()).collect()
    } else {
        services_of(page, journeys)
    };
    let from = match window.plan.window.phase(now) {
        Phase::InForce => now,
        Phase::Next(at) => at,
        Phase::Over => return None,
    };
    let until = window.plan.window.ends(from)?;
    (!services.is_empty() && from.0 < now.0 + AHEAD_MS).then_some(StatusMaintenanceInfo {
        services,
        in_force: from == now,
        from_ms: from.0,
        until_ms: until.0,
    })
}

/// The services that one of the journeys measures.
fn services_of(page: &StatusPageTable, journeys: &[JourneyName]) -> Vec<String> {
    let wanted: BTreeSet<&JourneyName> = journeys.iter().collect();
    let measured =
        page.services.iter().filter(|service| service.journeys.iter().any(|own| wanted.contains(&own.0)));
    measured.map(|service| service.name.clone()).collect()
}

/// The worst of its journeys. One that is not deployed says nothing.
fn state(service: &ServiceTable, journeys: &HashMap<JourneyName, OverviewInfo>) -> ServiceState {
    let found = service.journeys.iter().filter_map(|journey| journeys.get(&journey.0));
    found.map(public).min().unwrap_or(ServiceState::Unknown)
}

/// What the public is told of a journey: only an incident says that something is wrong, and what is wrong with the journey or with the
/// runner is nobody's outage.
fn public(info: &OverviewInfo) -> ServiceState {
    let is_over_budget =
        info.incident.as_ref().is_some_and(|incident| incident.kind == IncidentKind::OverBudget);
    match info.state {
        JourneyState::Failing => ServiceState::Down,
        JourneyState::Degraded if is_over_budget => ServiceState::Impaired,
        JourneyState::Maintenance => ServiceState::Maintenance,
        JourneyState::NoData
        | JourneyState::Broken
        | JourneyState::Waiting
        | JourneyState::Paused
        | JourneyState::Stopped => ServiceState::Unknown,
        JourneyState::Suspected | JourneyState::Degraded | JourneyState::Flaky | JourneyState::Passing => {
            ServiceState::Working
        }
    }
}
