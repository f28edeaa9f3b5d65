//! Projections whose rows follow from one run each. They have nothing in memory, so no transaction makes anything stale.

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;

use super::completed_run::CompletedRun;
use super::projection::Projection;
use crate::error::StoreError;
use crate::writer::statement::{ManyRows, Value};

/// One such projection.
pub(super) struct RunRows {
    tables: &'static [&'static str],
    statement: ManyRows,
    put: fn(&CompletedRun<'_>, &mut Vec<Value>),
}

impl RunRows {
    /// `put` appends the values of one run's rows, as many a row as the statement takes.
    pub(super) fn new(
        tables: &'static [&'static str],
        statement: ManyRows,
        put: fn(&CompletedRun<'_>, &mut Vec<Value>),
    ) -> Self {
        Self { tables, statement, put }
    }
}

impl Projection for RunRows {
    fn tables(&self) -> &'static [&'static str] {
        self.tables
    }

    fn apply<'a>(
        &'a mut self,
        runs: &'a [CompletedRun<'a>],
        connection: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut values = Vec::new();
            for run in runs {
                (self.put)(run, &mut values);
            }
            self.statement.execute(&values, connection).await.map(drop)
        })
    }

    fn committed(&mut self) {}

    fn rolled_back(&mut self) {}

    fn forget(&mut self) {}
}
