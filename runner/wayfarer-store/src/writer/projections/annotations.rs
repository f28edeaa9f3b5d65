//! What attempts noted, by name and value: `annotation`. A run's rows follow from its own recording, so a run that was applied before
//! changes nothing.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;

use super::completed_run::CompletedRun;
use super::projection::Projection;
use crate::error::StoreError;
use crate::writer::statement::{ManyRows, Value};

pub(super) struct Annotations(ManyRows);

impl Annotations {
    pub(super) fn new() -> Self {
        Self(ManyRows::new(
            "writing to the table annotation",
            "WITH n (run, journey, attempt, number, name, value, step, at_us) AS (VALUES",
            8,
            ") INSERT INTO annotation (run, attempt, number, tenant, name, value, step, at_us)
             SELECT n.run, n.attempt, n.number, j.tenant, n.name, n.value, n.step, n.at_us
             FROM n JOIN journey j ON j.id = n.journey WHERE true
             ON CONFLICT (run, attempt, number) DO NOTHING",
        ))
    }
}

impl Projection for Annotations {
    fn tables(&self) -> &'static [&'static str] {
        &["annotation"]
    }

    fn apply<'a>(
        &'a mut self,
        runs: &'a [CompletedRun<'a>],
        connection: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut values: Vec<Value> = Vec::new();
            for run in runs {
                for annotation in run.annotations {
                    values.extend([
                        run.number.into(),
                        run.journey.0.into(),
                        annotation.attempt.into(),
                        annotation.number.into(),
                        Arc::clone(&annotation.name).into(),
                        Arc::clone(&annotation.value).into(),
                        annotation.step.into(),
                        annotation.at_us.0.into(),
                    ]);
                }
            }
            self.0.execute(&values, connection).await.map(drop)
        })
    }

    fn committed(&mut self) {}

    fn rolled_back(&mut self) {}

    fn forget(&mut self) {}
}
