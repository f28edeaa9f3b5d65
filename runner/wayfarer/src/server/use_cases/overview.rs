//! Every journey at a glance: what is deployed, how it is, and what its results say. The API and the page's first screen.

use std::collections::HashMap;

use wayfarer_model::admission::{Standing, runs_slots};
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::incident::IncidentKind;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{
    IncidentFilter, IncidentRow, JourneyFigures, JourneyKey, Rates, RecentSlot, RunCursor, StoreError,
    Version,
};

use super::{Caller, JourneyError, UseCases};
use crate::protocol::{HourInfo, JourneyState, OpenIncidentInfo, OverviewInfo, RatesInfo, SlotInfo};
use crate::server::board::Results;
use crate::server::dispatcher::Suspensions;

/// So many slots in a row without a counted run say that nobody knows how a journey is.
const UNKNOWN_AFTER: usize = 3;
/// The most failure messages that are read for one answer.
const MESSAGES: usize = 200;

impl UseCases {
    /// Every deployed journey that the caller sees, by tenant and name.
    pub(crate) async fn overview(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
    ) -> Result<Vec<OverviewInfo>, JourneyError> {
        self.glances(caller.scope(tenant)?.as_ref()).await
    }

    /// The same of a tenant, or of all.
    pub(crate) async fn glances(
        &self,
        scope: Option<&TenantName>,
    ) -> Result<Vec<OverviewInfo>, JourneyError> {
        let now = self.clock.now();
        let results = self.board.results(&self.store, now).await?;
        let versions = self.deployed(scope, now).await?;
        let suspensions = Suspensions::now(&self.store, now).await?;
        let paused = self.store.pauses_reaching(now).await?;
        let paused: Vec<JourneyKey> =
            paused.into_iter().filter(|pause| pause.until.is_none()).map(|pause| pause.journey).collect();
        let mut incidents = self.open_incidents_of_journeys(scope).await?;
        let mut infos = Vec::with_capacity(versions.len());
        let mut failed = Vec::new();
        for version in versions {
            let incident = incidents.remove(&(version.tenant.clone(), version.name.clone()));
            let held = held(&suspensions, &version, paused.contains(&version.journey), now);
            let Some(info) = self.glance(&version, (&results, incident.as_ref()), held, now) else {
                continue;
            };
            let newest = results.slots.get(&version.journey).and_then(|slots| newest_run(slots));
            if let Some(slot) = newest.filter(|slot| slot.verdict != Verdict::Passed) {
                failed.push((infos.len(), slot.number));
            }
            infos.push(info);
        }
        self.add_messages(&mut infos, &failed).await?;
        infos.sort_by(|a, b| (&a.tenant, &a.journey).cmp(&(&b.tenant, &b.journey)));
        Ok(infos)
    }

    /// The newest version of each deployed journey.
    async fn deployed(
        &self,
        scope: Option<&TenantName>,
        now: UnixMillis,
    ) -> Result<Vec<Version>, StoreError> {
        if let Some(tenant) = scope {
            return self.store.current(tenant).await;
        }
        // They come by number, so that the newest stays.
        let mut newest = HashMap::new();
        for version in self.store.versions_reaching(now).await? {
            newest.insert(version.journey, version);
        }
        Ok(newest.into_values().filter(|version| version.spec.is_some()).collect())
    }

    /// The open incident of each journey that has one: one that pages, or else the newest ticket.
    async fn open_incidents_of_journeys(
        &self,
        scope: Option<&TenantName>,
    ) -> Result<HashMap<(TenantName, JourneyName), IncidentRow>, StoreError> {
        let filter = IncidentFilter {
            tenant: scope.cloned(),
            open_only: true,
            limit: u32::MAX,
            ..IncidentFilter::default()
        };
        let mut open = self.store.incidents(&filter).await?;
        // They come with the newest first, and sorting keeps that order among equals.
        open.sort_by_key(|incident| incident.kind.severity());
        let mut of_each = HashMap::new();
        for incident in open {
            if let (Some(tenant), Some(journey)) = (incident.tenant.clone(), incident.journey.clone()) {
                of_each.entry((tenant, journey)).or_insert(incident);
            }
        }
        Ok(of_each)
    }

    fn glance(
        &self,
        version: &Version,
        (results, incident): (&Results, Option<&IncidentRow>),
        held: Option<JourneyState>,
        now: UnixMillis,
    ) -> Option<OverviewInfo> {
        let spec = version.spec.as_ref()?;
        let slots = results.slots.get(&version.journey).map_or(&[][..], Vec::as_slice);
        let none = JourneyFigures::default();
        let figures = results.figures.get(&version.journey).unwrap_or(&none);
        let is_running = held.is_none() || held == Some(JourneyState::Stopped);
        let standing = Standing { tenant_is_disabled: false, journey_is_paused: !is_running };
        // While the wall clock has stepped, nobody knows when.
        let is_known = runs_slots(standing) && self.clock.step().is_none();
        let timing = spec.timing_at(self.store.location_name()).filter(|_| is_known);
        let next = timing.and_then(|timing| {
            timing.schedule_of(&version.tenant, &version.name).fires(now.max(version.valid_from), 1).next()
        });
        let descriptor = &spec.descriptor;
        Some(OverviewInfo {
            tenant: version.tenant.clone(),
            journey: version.name.clone(),
            title: descriptor.title.clone(),
            owner: descriptor.owner.clone(),
            runbook: descriptor.runbook.clone(),
            tags: descriptor.tags.clone(),
            state: held.unwrap_or_else(|| state(incident.map(|incident| incident.kind), slots)),
            message: None,
            incident: incident.map(open_incident),
            schedule: spec.timing.as_ref().map(|timing| timing.schedule.to_string()),
            next_ms: next.map(|at| at.0),
            slots: slots.iter().map(slot_info).collect(),
            day: figures.day.into(),
            week: figures.week.into(),
            month: figures.month.into(),
            p95_us: figures.p95.map(|Micros(us)| us),
            p95_week_before_us: figures.p95_week_before.map(|Micros(us)| us),
            hours: figures
                .hours
                .iter()
                .map(|(from, p95)| HourInfo { from_ms: from.0, p95_us: p95.0 })
                .collect(),
        })
    }

    /// Says of each journey with a bad newest run what failed: by the place in the list.
    async fn add_messages(
        &self,
        infos: &mut [OverviewInfo],
        failed: &[(usize, RunCursor)],
    ) -> Result<(), StoreError> {
        let numbers: Vec<RunCursor> = failed.iter().take(MESSAGES).map(|(_, number)| *number).collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let mut messages = self.store.failure_messages(&numbers).await?;
        for (place, number) in failed {
            if let Some(info) = infos.get_mut(*place) {
                info.message = messages.remove(number);
            }
        }
        Ok(())
    }
}

/// What keeps a journey from running on purpose.
fn held(
    suspensions: &Suspensions,
    version: &Version,
    is_paused: bool,
    now: UnixMillis,
) -> Option<JourneyState> {
    if suspensions.kill_switch(&version.tenant).is_some() {
        return Some(JourneyState::Stopped);
    }
    if is_paused {
        return Some(JourneyState::Paused);
    }
    suspensions.window(&version.tenant, &version.name, now).map(|_| JourneyState::Maintenance)
}

/// The newest slot that a run was made for and that counts as its verdict says.
fn newest_run(slots: &[RecentSlot]) -> Option<&RecentSlot> {
    slots.iter().rev().find(|slot| {
        !slot.is_void
            && !slot.is_in_maintenance
            && !slot.verdict.is_unrun()
            && slot.verdict != Verdict::Cancelled
    })
}

/// How a journey is that nothing holds: as its incident says, or else its last slots.
fn state(incident: Option<IncidentKind>, slots: &[RecentSlot]) -> JourneyState {
    match incident {
        Some(IncidentKind::Failing) => return JourneyState::Failing,
        Some(IncidentKind::NoData) => return JourneyState::NoData,
        Some(IncidentKind::Broken | IncidentKind::Unproven) => return JourneyState::Broken,
        Some(IncidentKind::OverBudget) => return JourneyState::Degraded,
        Some(IncidentKind::Flaky) => return JourneyState::Flaky,
        Some(
            IncidentKind::Certificate
            | IncidentKind::Domain
            | IncidentKind::CommonMode
            | IncidentKind::RunnerUnwell,
        )
        | None => {}
    }
    let is_unknown = |slot: &RecentSlot| matches!(slot.verdict, Verdict::Missed | Verdict::Inconclusive);
    if slots.len() >= UNKNOWN_AFTER && slots.iter().rev().take(UNKNOWN_AFTER).all(is_unknown) {
        return JourneyState::NoData;
    }
    let telling = slots.iter().rev().find(|slot| {
        let tells =
            matches!(slot.verdict, Verdict::Passed | Verdict::Degraded | Verdict::Failed | Verdict::Broken);
        tells && !slot.is_void && !slot.is_in_maintenance
    });
    match telling.map(|slot| slot.verdict) {
        None => JourneyState::Waiting,
        Some(Verdict::Failed) => JourneyState::Suspected,
        Some(Verdict::Broken) => JourneyState::Broken,
        Some(Verdict::Degraded) => JourneyState::Degraded,
        Some(_) => JourneyState::Passing,
    }
}

fn open_incident(row: &IncidentRow) -> OpenIncidentInfo {
    OpenIncidentInfo {
        incident: row.key.0,
        kind: row.kind,
        began_ms: row.began.0,
        acknowledged_by: row.acknowledged.as_ref().map(|(_, by)| by.clone()),
        muted_until_ms: row.muted_until.map(|until| until.0),
    }
}

fn slot_info(slot: &RecentSlot) -> SlotInfo {
    SlotInfo {
        run: slot.run,
        verdict: slot.verdict,
        flaky: slot.is_flaky,
        maintenance: slot.is_in_maintenance,
        void: slot.is_void,
    }
}

impl From<Rates> for RatesInfo {
    fn from(rates: Rates) -> Self {
        let Rates { slots, counted, good, good_first_attempt } = rates;
        Self { slots, counted, good, good_first_attempt }
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::ids::RunId;

    use super::*;

    fn slots(verdicts: &[Verdict]) -> Vec<RecentSlot> {
        let slot = |(number, verdict): (i64, &Verdict)| RecentSlot {
            number: RunCursor(number),
            run: RunId::new(UnixMillis(number as u64), [0; 10]),
            verdict: *verdict,
            is_flaky: false,
            is_in_maintenance: false,
            is_void: false,
        };
        (0..).zip(verdicts).map(slot).collect()
    }

    #[test]
    fn a_journey_is_as_its_incident_says_or_else_its_newest_telling_slot() {
        use Verdict::{Broken, Cancelled, Degraded, Failed, Inconclusive, Missed, Passed, Skipped};
        assert_eq!(state(Some(IncidentKind::Failing), &slots(&[Passed])), JourneyState::Failing);
        assert_eq!(state(Some(IncidentKind::Certificate), &slots(&[Passed])), JourneyState::Passing);
        assert_eq!(state(None, &[]), JourneyState::Waiting);
        assert_eq!(state(None, &slots(&[Passed, Failed, Skipped, Cancelled])), JourneyState::Suspected);
        assert_eq!(state(None, &slots(&[Failed, Passed])), JourneyState::Passing);
        assert_eq!(state(None, &slots(&[Degraded, Inconclusive])), JourneyState::Degraded);
        assert_eq!(state(None, &slots(&[Passed, Broken])), JourneyState::Broken);
        assert_eq!(state(None, &slots(&[Passed, Missed, Inconclusive, Missed])), JourneyState::NoData);
        assert_eq!(state(None, &slots(&[Passed, Missed, Missed])), JourneyState::Passing);
        let mut muted = slots(&[Passed, Failed]);
        muted[1].is_in_maintenance = true;
        assert_eq!(state(None, &muted), JourneyState::Passing, "what is muted says nothing");
        assert_eq!(newest_run(&muted).map(|slot| slot.verdict), Some(Passed));
    }
}
