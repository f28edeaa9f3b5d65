//! Roll-ups: how a batch of runs changes them, as rows to be written in the same transaction.
//!
//! The writer keeps the figures of rows that it has touched, so that a commit writes them without reading.
//! What a batch changes is kept apart until its transaction is through: a batch that fails leaves no trace.

use std::collections::HashMap;
use std::hash::Hash;

use sqlx::SqliteConnection;
use wayfarer_model::context::Lane;
use wayfarer_model::rollup::{RunFigures, StepFigures};

use super::figures::Tables;
use super::message::{Counted, Used};
use super::steps::StepNames;
use crate::error::StoreError;
use crate::keys::JourneyKey;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// Rows kept; beyond that all are forgotten and read again when they are next needed.
const KEPT: usize = 50_000;

/// A journey or a step, a location, and the beginning of the period.
pub(super) type PeriodKey = (i64, i64, u64);

/// Figures of rows of one table: as they are in the database, and as the batch under way makes them.
pub(super) struct Cached<K, F> {
    known: HashMap<K, F>,
    changed: HashMap<K, F>,
}

impl<K: Eq + Hash + Copy, F: Clone + Default> Cached<K, F> {
    fn new() -> Self {
        Self { known: HashMap::new(), changed: HashMap::new() }
    }

    fn change(&mut self, key: K, change: impl FnOnce(&mut F)) {
        let known = &self.known;
        change(self.changed.entry(key).or_insert_with(|| known.get(&key).cloned().unwrap_or_default()));
    }

    fn is_missing(&self, key: &K) -> bool {
        !self.known.contains_key(key)
    }

    fn settle(&mut self) {
        if self.known.len() > KEPT {
            self.known.clear();
        }
        self.known.extend(self.changed.drain());
    }
}

/// All roll-ups of one writer.
pub(crate) struct Rollups {
    tables: Tables,
    hours: Cached<PeriodKey, RunFigures>,
    days: Cached<PeriodKey, RunFigures>,
    steps: Cached<PeriodKey, StepFigures>,
    usage: Cached<(i64, u64), Used>,
    names: StepNames,
    tenants: HashMap<JourneyKey, i64>,
}

impl Rollups {
    pub(crate) fn new() -> Self {
        Self {
            tables: Tables::new(),
            hours: Cached::new(),
            days: Cached::new(),
            steps: Cached::new(),
            usage: Cached::new(),
            names: StepNames::default(),
            tenants: HashMap::new(),
        }
    }

    /// Folds runs and writes the rows that they change.
    pub(crate) async fn fold(
        &mut self,
        runs: &[Counted<'_>],
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        self.discard();
        self.learn_tenants(runs, connection).await?;
        let scheduled: Vec<_> = runs.iter().filter(|run| run.lane == Lane::Scheduled).copied().collect();
        self.names.learn(&scheduled, connection).await?;
        let touched = self.touched(&scheduled, runs);
        self.read(&touched, connection).await?;
        for run in &scheduled {
            self.fold_one(run);
        }
        for run in runs.iter().filter(|run| run.usage != Used::default()) {
            if let Some(tenant) = self.tenants.get(&run.journey) {
                let day = run.slot.0 / DAY_MS * DAY_MS;
                self.usage.change((*tenant, day), |used| used.add(run.usage));
            }
        }
        self.write(connection).await
    }

    fn fold_one(&mut self, run: &Counted<'_>) {
        let (journey, location, slot) = (run.journey, run.location, run.slot.0);
        let add = |figures: &mut RunFigures| {
            if run.is_muted {
                figures.mute();
            } else {
                figures.add(run.verdict, run.first_verdict, run.duration);
            }
        };
        self.hours.change((journey.0, location.0, slot / HOUR_MS * HOUR_MS), add);
        self.days.change((journey.0, location.0, slot / DAY_MS * DAY_MS), add);
        for (name, outcome, duration) in run.steps.iter().filter(|_| !run.is_muted) {
            if let Some(step) = self.names.number(journey, name) {
                let key = (step, location.0, slot / HOUR_MS * HOUR_MS);
                self.steps.change(key, |figures| figures.add(*outcome, *duration));
            }
        }
    }

    /// The keys of rows that are not known yet.
    fn touched(&self, scheduled: &[Counted<'_>], all: &[Counted<'_>]) -> Touched {
        let mut touched = Touched::default();
        for run in scheduled {
            let (journey, location) = (run.journey, run.location);
            let (hour, day) = (run.slot.0 / HOUR_MS * HOUR_MS, run.slot.0 / DAY_MS * DAY_MS);
            touched.hours.push((journey.0, location.0, hour));
            touched.days.push((journey.0, location.0, day));
            if run.is_muted {
                continue;
            }
            let steps = run.steps.iter().filter_map(|(name, _, _)| self.names.number(journey, name));
            touched.steps.extend(steps.map(|step| (step, location.0, hour)));
        }
        for run in all.iter().filter(|run| run.usage != Used::default()) {
            if let Some(tenant) = self.tenants.get(&run.journey) {
                touched.usage.push((*tenant, run.slot.0 / DAY_MS * DAY_MS));
            }
        }
        keep_missing(&mut touched.hours, |key| self.hours.is_missing(key));
        keep_missing(&mut touched.days, |key| self.days.is_missing(key));
        keep_missing(&mut touched.steps, |key| self.steps.is_missing(key));
        keep_missing(&mut touched.usage, |key| self.usage.is_missing(key));
        touched
    }

    async fn read(&mut self, touched: &Touched, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let tables = &self.tables;
        self.hours.known.extend(tables.hourly.read(&touched.hours, connection).await?);
        self.days.known.extend(tables.daily.read(&touched.days, connection).await?);
        self.steps.known.extend(tables.steps.read(&touched.steps, connection).await?);
        self.usage.known.extend(tables.usage.read(&touched.usage, connection).await?);
        Ok(())
    }

    async fn write(&mut self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        self.tables.hourly.write(&self.hours.changed, connection).await?;
        self.tables.daily.write(&self.days.changed, connection).await?;
        self.tables.steps.write(&self.steps.changed, connection).await?;
        self.tables.usage.write(&self.usage.changed, connection).await
    }

    async fn learn_tenants(
        &mut self,
        runs: &[Counted<'_>],
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        if runs.iter().all(|run| self.tenants.contains_key(&run.journey)) {
            return Ok(());
        }
        let rows: Vec<(i64, i64)> = sqlx::query_as("SELECT id, tenant FROM journey")
            .fetch_all(connection)
            .await
            .map_err(StoreError::sql("reading the table journey"))?;
        self.tenants = rows.into_iter().map(|(journey, tenant)| (JourneyKey(journey), tenant)).collect();
        Ok(())
    }

    /// The transaction is through.
    pub(crate) fn settle(&mut self) {
        self.hours.settle();
        self.days.settle();
        self.steps.settle();
        self.usage.settle();
        self.names.settle();
    }

    /// The transaction is not.
    pub(crate) fn discard(&mut self) {
        self.hours.changed.clear();
        self.days.changed.clear();
        self.steps.changed.clear();
        self.usage.changed.clear();
        self.names.discard();
    }

    /// Forgets everything: the rows were changed by somebody else.
    pub(crate) fn forget(&mut self) {
        *self = Self::new();
    }
}

#[derive(Default)]
struct Touched {
    hours: Vec<PeriodKey>,
    days: Vec<PeriodKey>,
    steps: Vec<PeriodKey>,
    usage: Vec<(i64, u64)>,
}

fn keep_missing<K: Ord>(keys: &mut Vec<K>, is_missing: impl Fn(&K) -> bool) {
    keys.retain(is_missing);
    keys.sort_unstable();
    keys.dedup();
}
