//! Maintenance windows: planned, listed and ended. Authors plan a tenant's windows, operators of all tenants those of the
//! whole runner.

use std::collections::BTreeSet;

use wayfarer_model::access::Role;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::maintenance::{Weekly, Window, WindowError};
use wayfarer_model::schedule::Timezone;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Maintenance, MaintenanceKey, NewMaintenance, StoreError};

use super::note::{NoteError, check_note};
use super::{AccessError, Caller, NoSuchJourney, UseCases};
use crate::protocol::MaintenanceRequest;

/// Why a window is not planned, listed or ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MaintenanceError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    NoSuchJourney(#[from] NoSuchJourney),
    #[error("maintenance for all tenants covers all their journeys: name no tenant and no journey")]
    AllTenantsAndSome,
    #[error(
        "maintenance cannot begin in the past, because the rows of past slots stay as they are: leave `from_ms` out to begin now"
    )]
    BeginsInThePast,
    #[error("maintenance has to end after it begins: give a later `until_ms`")]
    EndsBeforeItBegins,
    #[error("give the time of the window: `until_ms` for once, or `weekly` such as `sat,sun 02:00-04:00`")]
    NoTime,
    #[error("give the time of the window in one way: `weekly`, or `from_ms` and `until_ms`")]
    TwoTimes,
    #[error(transparent)]
    Weekly(#[from] WindowError),
    #[error("there is no maintenance window {0} that could be ended: `wayfarer maintenance list` lists them")]
    NoSuchWindow(i64),
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCases {
    /// The windows of the callers' tenants and of the whole runner, the oldest first; with `past`, also those that are over
    /// or were ended. Of those with a greater number than `after`, as many as `limit` says.
    pub(crate) async fn maintenance(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
        past: bool,
        (after, limit): (i64, u32),
    ) -> Result<Vec<Maintenance>, MaintenanceError> {
        let scope = caller.scope(tenant)?;
        let from = if past { UnixMillis(0) } else { self.clock.now() };
        Ok(self.store.maintenance_page(from, scope.as_ref(), after, limit).await?)
    }

    /// Plans a window.
    pub(crate) async fn plan_maintenance(
        &self,
        caller: &Caller,
        request: MaintenanceRequest,
    ) -> Result<Maintenance, MaintenanceError> {
        let tenant = self.tenant_of_window(caller, &request)?;
        if let Some(tenant) = &tenant {
            self.must_be_deployed(tenant, &request.journeys).await?;
        }
        check_note(&request.note)?;
        let now = self.clock.now();
        let plan = NewMaintenance {
            tenant,
            window: window(&request, now)?,
            journeys: request.journeys,
            mode: request.mode,
            by: caller.signature(),
            note: request.note,
        };
        let key = self.store.plan_maintenance(plan.clone(), now).await?;
        Ok(Maintenance { key, plan, planned: now, ended: None })
    }

    /// Ends a window for good.
    pub(crate) async fn end_maintenance(&self, caller: &Caller, id: i64) -> Result<(), MaintenanceError> {
        caller.must_be(Role::Author)?;
        let now = self.clock.now();
        let windows = self.store.maintenance_reaching(now).await?;
        let found = windows
            .iter()
            .find(|window| window.key.number() == id)
            .filter(|window| is_visible(window, caller.tenant.as_ref()))
            .ok_or(MaintenanceError::NoSuchWindow(id))?;
        if found.plan.tenant.is_none() {
            caller.must_speak_for_all()?;
        }
        let key = MaintenanceKey::from_number(id);
        let is_ended = self.store.end_maintenance(key, &caller.signature(), now).await?;
        if is_ended { Ok(()) } else { Err(MaintenanceError::NoSuchWindow(id)) }
    }

    /// Whose window it is to be; none is the whole runner's.
    fn tenant_of_window(
        &self,
        caller: &Caller,
        request: &MaintenanceRequest,
    ) -> Result<Option<TenantName>, MaintenanceError> {
        caller.must_be(Role::Author)?;
        if !request.all_tenants {
            let tenant = caller.tenant(request.tenant.as_ref())?;
            self.tenant(&tenant)?;
            return Ok(Some(tenant));
        }
        if !request.journeys.is_empty() || request.tenant.is_some() {
            return Err(MaintenanceError::AllTenantsAndSome);
        }
        caller.must_speak_for_all()?;
        Ok(None)
    }

    /// A window for a journey that is not deployed would protect nothing, and nobody would notice.
    async fn must_be_deployed(
        &self,
        tenant: &TenantName,
        journeys: &[JourneyName],
    ) -> Result<(), MaintenanceError> {
        if journeys.is_empty() {
            return Ok(());
        }
        let current = self.store.current(tenant).await?;
        let known: BTreeSet<&JourneyName> = current.iter().map(|version| &version.name).collect();
        match journeys.iter().find(|name| !known.contains(name)) {
            Some(unknown) => Err(NoSuchJourney::new(tenant, unknown).into()),
            None => Ok(()),
        }
    }
}

/// A window of the whole runner is visible to everybody.
fn is_visible(window: &Maintenance, scope: Option<&TenantName>) -> bool {
    scope.is_none() || window.plan.tenant.is_none() || window.plan.tenant.as_ref() == scope
}

fn window(request: &MaintenanceRequest, now: UnixMillis) -> Result<Window, MaintenanceError> {
    match (&request.weekly, request.from_ms, request.until_ms) {
        (Some(weekly), None, None) => {
            Ok(Window::Weekly(Weekly::parse(weekly, request.timezone.unwrap_or(Timezone::UTC))?))
        }
        (None, from, Some(until)) => {
            let from = from.map_or(now, UnixMillis);
            if from < now {
                return Err(MaintenanceError::BeginsInThePast);
            }
            if until <= from.0 {
                return Err(MaintenanceError::EndsBeforeItBegins);
            }
            Ok(Window::Once { from, until: UnixMillis(until) })
        }
        (None, _, None) => Err(MaintenanceError::NoTime),
        (Some(_), _, _) => Err(MaintenanceError::TwoTimes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_needs_one_time_that_is_not_past() {
        let now = UnixMillis(1_000);
        let once = |from, until| {
            let request =
                MaintenanceRequest { from_ms: from, until_ms: until, ..MaintenanceRequest::default() };
            window(&request, now)
        };
        let from_now = Window::Once { from: now, until: UnixMillis(2_000) };
        assert_eq!(once(None, Some(2_000)).unwrap(), from_now);
        assert!(matches!(once(Some(999), Some(2_000)), Err(MaintenanceError::BeginsInThePast)));
        assert!(matches!(once(None, Some(1_000)), Err(MaintenanceError::EndsBeforeItBegins)));
        assert!(matches!(once(Some(1_500), None), Err(MaintenanceError::NoTime)));
        let weekly = |weekly: &str, until| {
            let weekly = Some(weekly.to_owned());
            window(&MaintenanceRequest { weekly, until_ms: until, ..MaintenanceRequest::default() }, now)
        };
        assert!(matches!(weekly("sat 02:00-04:00", None), Ok(Window::Weekly(_))));
        assert!(matches!(weekly("sat 02:00-04:00", Some(2_000)), Err(MaintenanceError::TwoTimes)));
        assert!(matches!(weekly("sat 2-4", None), Err(MaintenanceError::Weekly(_))));
    }
}
