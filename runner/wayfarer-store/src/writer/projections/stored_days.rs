//! What the recordings of each tenant take by day: `stored_daily`. It has nothing in memory: what retention gives back is written
//! by retention itself.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;

use super::completed_run::CompletedRun;
use super::projection::Projection;
use crate::error::StoreError;
use crate::periods::DAY_MS;
use crate::writer::statement::{ManyRows, Value};

pub(super) struct StoredDays(ManyRows);

impl StoredDays {
    pub(super) fn new() -> Self {
        Self(ManyRows::new(
            "writing to the table stored_daily",
            "WITH n (journey, from_ms, bytes) AS (VALUES",
            3,
            ") INSERT INTO stored_daily (tenant, from_ms, bytes)
             SELECT j.tenant, n.from_ms, sum(n.bytes) FROM n JOIN journey j ON j.id = n.journey GROUP BY 1, 2
             ON CONFLICT (tenant, from_ms) DO UPDATE SET bytes = bytes + excluded.bytes",
        ))
    }
}

impl Projection for StoredDays {
    fn tables(&self) -> &'static [&'static str] {
        &["stored_daily"]
    }

    fn apply<'a>(
        &'a mut self,
        runs: &'a [CompletedRun<'a>],
        connection: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut days: BTreeMap<(i64, u64), u64> = BTreeMap::new();
            for run in runs.iter().filter(|run| run.stored_bytes > 0) {
                *days.entry((run.journey.0, run.period(DAY_MS))).or_default() += run.stored_bytes;
            }
            let values: Vec<Value> = days
                .into_iter()
                .flat_map(|((journey, from), bytes)| [journey.into(), from.into(), bytes.into()])
                .collect();
            self.0.execute(&values, connection).await.map(drop)
        })
    }

    fn committed(&mut self) {}

    fn rolled_back(&mut self) {}

    fn forget(&mut self) {}
}
