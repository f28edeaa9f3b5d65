//! The annotations of attempts, by name and value: `annotation`. A run that was applied before changes nothing.

use std::sync::Arc;

use super::completed_run::CompletedRun;
use super::run_rows::RunRows;
use crate::writer::statement::{ManyRows, Value};

pub(super) fn annotations() -> RunRows {
    let statement = ManyRows::new(
        "writing to the table annotation",
        "WITH n (run, journey, attempt, number, name, value, step, at_us) AS (VALUES",
        8,
        ") INSERT INTO annotation (run, attempt, number, tenant, name, value, step, at_us)
         SELECT n.run, n.attempt, n.number, j.tenant, n.name, n.value, n.step, n.at_us
         FROM n JOIN journey j ON j.id = n.journey WHERE true
         ON CONFLICT (run, attempt, number) DO NOTHING",
    );
    RunRows::new(&["annotation"], statement, put)
}

fn put(run: &CompletedRun<'_>, values: &mut Vec<Value>) {
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
