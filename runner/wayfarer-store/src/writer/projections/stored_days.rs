//! What the recordings of each tenant take by day: `stored_daily`. Retention writes itself what it gives back.

use super::completed_run::CompletedRun;
use super::run_rows::RunRows;
use crate::periods::DAY_MS;
use crate::writer::statement::{ManyRows, Value};

pub(super) fn stored_days() -> RunRows {
    let statement = ManyRows::new(
        "writing to the table stored_daily",
        "WITH n (journey, from_ms, bytes) AS (VALUES",
        3,
        ") INSERT INTO stored_daily (tenant, from_ms, bytes)
         SELECT j.tenant, n.from_ms, sum(n.bytes) FROM n JOIN journey j ON j.id = n.journey GROUP BY 1, 2
         ON CONFLICT (tenant, from_ms) DO UPDATE SET bytes = bytes + excluded.bytes",
    );
    RunRows::new(&["stored_daily"], statement, put)
}

fn put(run: &CompletedRun<'_>, values: &mut Vec<Value>) {
    if run.stored_bytes > 0 {
        values.extend([run.journey.0.into(), run.period(DAY_MS).into(), run.stored_bytes.into()]);
    }
}
