//! The roll-ups of steps: `step_hourly`, and `step` with the names that it counts.

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;
use wayfarer_model::rollup::StepFigures;

use super::completed_run::{CompletedRun, Standing};
use super::figure_table::{FigureTable, PeriodKey};
use super::projection::Projection;
use super::step_names::StepNames;
use crate::error::StoreError;
use crate::periods::HOUR_MS;

/// Steps of the last attempt of each run.
pub(super) struct StepHours {
    figures: FigureTable<PeriodKey, StepFigures>,
    names: StepNames,
}

impl StepHours {
    pub(super) fn new() -> Self {
        let figures =
            FigureTable::new("rolling up into step_hourly", "step_hourly", "step, location, from_ms");
        Self { figures, names: StepNames::default() }
    }
}

impl Projection for StepHours {
    fn tables(&self) -> &'static [&'static str] {
        &["step", "step_hourly"]
    }

    fn apply<'a>(
        &'a mut self,
        runs: &'a [CompletedRun<'a>],
        connection: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let Self { figures, names } = self;
            // The names of runs that do not count are learnt too: the numbers that names get then follow the order of runs alone.
            names.learn(runs.iter().filter(|run| run.is_in_figures()), &mut *connection).await?;
            let counted = || {
                runs.iter().filter(|run| run.is_in_figures() && run.standing == Standing::Counted).flat_map(
                    |run| {
                        let hour = run.period(HOUR_MS);
                        run.steps.iter().map(move |(name, outcome, duration)| {
                            (run.journey, name, (run.location.0, hour), *outcome, *duration)
                        })
                    },
                )
            };
            let mut changes = Vec::new();
            for (journey, name, (location, hour), outcome, duration) in counted() {
                if let Some(step) = names.number(journey, name) {
                    changes.push(((step, location, hour), outcome, duration));
                }
            }
            figures.read(changes.iter().map(|(key, _, _)| *key), &mut *connection).await?;
            for (key, outcome, duration) in changes {
                figures.change(key, |figures| figures.add(outcome, duration));
            }
            figures.write(connection).await
        })
    }

    fn committed(&mut self) {
        self.figures.committed();
        self.names.committed();
    }

    fn rolled_back(&mut self) {
        self.figures.rolled_back();
        self.names.rolled_back();
    }

    fn forget(&mut self) {
        self.figures.forget();
        self.names.forget();
    }
}
