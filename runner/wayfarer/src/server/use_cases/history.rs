//! How one journey went over a range of time.

use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_store::{
    JourneyKey, Maintenance, PeriodFigures, PeriodLength, RunMark, RunPage, RunRow, StepFigures, Version,
};

use super::{Caller, JourneyError, NoSuchJourney, UseCases};
use crate::protocol::{HistoryInfo, PeriodInfo, StepHistoryInfo};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// Longer ranges have a period for each day.
const HOURS_UP_TO_MS: u64 = 14 * DAY_MS;

/// A range of time: from the first instant to the second one, which is not in it.
pub(crate) type Range = (UnixMillis, UnixMillis);

impl UseCases {
    /// The range that ends at an instant, or now, and begins at another one, or a day before. It is not empty.
    pub(crate) fn range(&self, from_ms: Option<u64>, until_ms: Option<u64>) -> Range {
        let until = until_ms.unwrap_or_else(|| self.clock.now().0).max(1);
        let from = from_ms.unwrap_or_else(|| until.saturating_sub(DAY_MS)).min(until - 1);
        (UnixMillis(from), UnixMillis(until))
    }

    /// The version of a deployed journey that is the newest, and those before it, the newest of them first.
    pub(crate) async fn versions(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
        journey: &JourneyName,
    ) -> Result<(Version, Vec<Version>), JourneyError> {
        let tenant = caller.tenant(tenant)?;
        let all = self.store.versions_of(&tenant, UnixMillis(0)).await?;
        // They come by number.
        let mut own = all.into_iter().rev().filter(|version| version.name == *journey);
        match own.next() {
            Some(newest) if newest.spec.is_some() => Ok((newest, own.collect())),
            _ => Err(NoSuchJourney::new(&tenant, journey).into()),
        }
    }

    /// Periods and steps of a journey that the caller was shown.
    pub(crate) async fn history(
        &self,
        journey: JourneyKey,
        range: Range,
    ) -> Result<HistoryInfo, JourneyError> {
        let (from, until) = range;
        let is_long = until.0 - from.0 > HOURS_UP_TO_MS;
        let (length, period_ms) =
            if is_long { (PeriodLength::Day, DAY_MS) } else { (PeriodLength::Hour, HOUR_MS) };
        // The period in which the range begins is a part of it.
        let first = UnixMillis(from.0 / period_ms * period_ms);
        let periods = self.store.journey_periods(journey, (first, until), length).await?;
        let hours = (UnixMillis(from.0 / HOUR_MS * HOUR_MS), until);
        let before = (UnixMillis(hours.0.0.saturating_sub(until.0 - hours.0.0)), hours.0);
        let steps = self.store.journey_steps(journey, hours).await?;
        let steps_before = self.store.journey_steps(journey, before).await?;
        let steps = steps.into_iter().map(|(name, figures)| {
            let mean_before_us = steps_before.get(&name).and_then(mean);
            step(name, &figures, mean_before_us)
        });
        Ok(HistoryInfo {
            from_ms: from.0,
            until_ms: until.0,
            period_ms,
            periods: periods.iter().map(period).collect(),
            steps: steps.collect(),
        })
    }

    /// The last 90 UTC days of a journey that the caller was shown.
    pub(crate) async fn days(&self, journey: JourneyKey) -> Result<Vec<PeriodInfo>, JourneyError> {
        let now = self.clock.now();
        let today = now.0 / DAY_MS * DAY_MS;
        let range = (UnixMillis(today.saturating_sub(89 * DAY_MS)), UnixMillis(today + DAY_MS));
        let days = self.store.journey_periods(journey, range, PeriodLength::Day).await?;
        Ok(days.iter().map(period).collect())
    }

    /// The scheduled runs of a journey that the caller was shown, in brief, the newest first.
    pub(crate) async fn run_marks(
        &self,
        journey: JourneyKey,
        range: Range,
        most: u32,
    ) -> Result<Vec<RunMark>, JourneyError> {
        Ok(self.store.run_marks(journey, range, most).await?)
    }

    /// Runs of a journey that the caller was shown.
    pub(crate) async fn journey_runs(
        &self,
        journey: JourneyKey,
        page: &RunPage,
    ) -> Result<Vec<RunRow>, JourneyError> {
        Ok(self.store.journey_runs(journey, page).await?)
    }
}

impl UseCases {
    /// Maintenance windows that matter to a journey at an instant or later. The caller was shown the journey.
    pub(crate) async fn windows_of(
        &self,
        tenant: &TenantName,
        journey: &JourneyName,
        from: UnixMillis,
    ) -> Result<Vec<Maintenance>, JourneyError> {
        let all = self.store.maintenance_reaching(from).await?;
        let is_of = |window: &Maintenance| {
            let plan = &window.plan;
            plan.tenant.as_ref().is_none_or(|owner| owner == tenant)
                && (plan.journeys.is_empty() || plan.journeys.contains(journey))
        };
        Ok(all.into_iter().filter(is_of).collect())
    }
}

fn period(figures: &PeriodFigures) -> PeriodInfo {
    let us = |micros: Option<Micros>| micros.map(|Micros(us)| us);
    PeriodInfo {
        from_ms: figures.from.0,
        rates: figures.rates.into(),
        p50_us: us(figures.p50),
        p95_us: us(figures.p95),
        p99_us: us(figures.p99),
    }
}

fn step(name: String, figures: &StepFigures, mean_before_us: Option<u64>) -> StepHistoryInfo {
    StepHistoryInfo {
        step: name,
        passed: figures.passed,
        failed: figures.failed,
        mean_us: mean(figures),
        p95_us: figures.p95.map(|Micros(us)| us),
        mean_before_us,
    }
}

fn mean(figures: &StepFigures) -> Option<u64> {
    figures.sum.0.checked_div(figures.passed)
}
