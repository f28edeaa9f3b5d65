//! What each tenant used by day, all lanes together: `usage_daily`.

use std::collections::HashMap;

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;

use super::completed_run::{CompletedRun, Usage};
use super::figure_table::FigureTable;
use super::projection::Projection;
use crate::error::StoreError;
use crate::keys::JourneyKey;
use crate::periods::DAY_MS;

/// A tenant, and the beginning of a day.
type Key = (i64, u64);

pub(super) struct UsageDays {
    figures: FigureTable<Key, Usage>,
    /// The tenant of each journey. A journey never changes hands, and no row of `journey` is removed.
    tenants: HashMap<JourneyKey, i64>,
}

impl UsageDays {
    pub(super) fn new() -> Self {
        let figures = FigureTable::new("rolling up into usage_daily", "usage_daily", "tenant, from_ms");
        Self { figures, tenants: HashMap::new() }
    }

    async fn learn(
        &mut self,
        runs: &[CompletedRun<'_>],
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
}

impl Projection for UsageDays {
    fn tables(&self) -> &'static [&'static str] {
        &["usage_daily"]
    }

    fn apply<'a>(
        &'a mut self,
        runs: &'a [CompletedRun<'a>],
        connection: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.learn(runs, &mut *connection).await?;
            let Self { figures, tenants } = self;
            let used = || {
                let used = runs.iter().filter(|run| run.is_period_whole && run.usage != Usage::default());
                used.filter_map(|run| {
                    Some(((*tenants.get(&run.journey)?, run.period(DAY_MS)), run.usage_by_lane()))
                })
            };
            figures.read(used().map(|(key, _)| key), &mut *connection).await?;
            for (key, usage) in used() {
                figures.change(key, |figures| figures.add(usage));
            }
            figures.write(connection).await
        })
    }

    fn committed(&mut self) {
        self.figures.committed();
    }

    fn rolled_back(&mut self) {
        self.figures.rolled_back();
    }

    fn forget(&mut self) {
        self.figures.forget();
        self.tenants.clear();
    }
}
