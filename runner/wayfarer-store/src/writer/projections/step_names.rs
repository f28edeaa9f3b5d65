//! Numbers for the names of steps: the table `step`, which [`StepHours`](super::step_hours::StepHours) writes.
//!
//! A journey that invents names, with an order's number in each, would make a row for each of them. Beyond a bound its
//! further names are counted together, under [`OTHERS`].

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::SqliteConnection;

use super::completed_run::CompletedRun;
use crate::error::StoreError;
use crate::keys::JourneyKey;

/// Names of a journey that get figures of their own.
const NAMES: usize = 500;
/// The name of the rest.
const OTHERS: &str = "(other steps)";

type Names = HashMap<Arc<str>, i64>;

/// The numbers that are known, and those that the transaction in progress has made.
#[derive(Default)]
pub(super) struct StepNames {
    known: HashMap<JourneyKey, Names>,
    made: HashMap<JourneyKey, Names>,
}

impl StepNames {
    /// The number of a name that was learnt, or that of [`OTHERS`].
    pub(super) fn number(&self, journey: JourneyKey, name: &str) -> Option<i64> {
        let find = |name: &str| {
            [&self.made, &self.known].iter().find_map(|names| names.get(&journey)?.get(name).copied())
        };
        find(name).or_else(|| find(OTHERS))
    }

    fn count(&self, journey: JourneyKey) -> usize {
        [&self.made, &self.known].iter().filter_map(|names| names.get(&journey)).map(HashMap::len).sum()
    }

    fn is_known(&self, journey: JourneyKey, name: &str) -> bool {
        [&self.made, &self.known]
            .iter()
            .any(|names| names.get(&journey).is_some_and(|names| names.contains_key(name)))
    }

    /// Gives every name of these runs a number.
    pub(super) async fn learn<'a>(
        &mut self,
        runs: impl Iterator<Item = &'a CompletedRun<'a>>,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        for run in runs {
            let journey = run.journey;
            for (name, _, _) in run.steps {
                if self.is_known(journey, name) {
                    continue;
                }
                if !self.known.contains_key(&journey) {
                    self.read(journey, connection).await?;
                }
                if self.is_known(journey, name) {
                    continue;
                }
                let name: Arc<str> =
                    if self.count(journey) < NAMES { Arc::clone(name) } else { OTHERS.into() };
                if !self.is_known(journey, &name) {
                    self.make(journey, name, connection).await?;
                }
            }
        }
        Ok(())
    }

    async fn read(
        &mut self,
        journey: JourneyKey,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as("SELECT name, id FROM step WHERE journey = ?")
            .bind(journey.0)
            .fetch_all(connection)
            .await
            .map_err(StoreError::sql("reading the table step"))?;
        let names = rows.into_iter().map(|(name, number)| (name.into(), number)).collect();
        self.known.insert(journey, names);
        Ok(())
    }

    async fn make(
        &mut self,
        journey: JourneyKey,
        name: Arc<str>,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let number: i64 = sqlx::query_scalar("INSERT INTO step (journey, name) VALUES (?, ?) RETURNING id")
            .bind(journey.0)
            .bind(&*name)
            .fetch_one(connection)
            .await
            .map_err(StoreError::sql("adding to the table step"))?;
        self.made.entry(journey).or_default().insert(name, number);
        Ok(())
    }

    pub(super) fn committed(&mut self) {
        for (journey, names) in self.made.drain() {
            self.known.entry(journey).or_default().extend(names);
        }
    }

    pub(super) fn rolled_back(&mut self) {
        self.made.clear();
    }

    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.made.clear();
    }
}
