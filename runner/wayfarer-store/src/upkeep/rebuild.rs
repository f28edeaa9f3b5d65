//! What projections derive, made anew from the runs, by the projections themselves: the same rows, byte for byte, since
//! nothing in them depends on order.
//!
//! A roll-up is made anew only from the instant on from which its tenant's runs are all there. What lies before cannot be
//! derived any more, and stays. Everything happens in one transaction: a rebuild that is killed has changed nothing.

use std::path::Path;

use serde::Serialize;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::fold::{Fold, fold_again};
use crate::at_rest::change_at_rest;
use crate::error::StoreError;
use crate::periods::Span;
use crate::tables::{Origin, TABLES, Table};

/// The result of a rebuild.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RebuildReport {
    /// Runs that were folded again.
    pub runs: u64,
    /// Rows of roll-ups after it, those from before the first of these runs included.
    pub rows: u64,
}

/// Makes what projections derive anew: roll-ups, last failures, what runs are found by. No server may run on the directory meanwhile.
///
/// # Errors
/// [`StoreError::InUse`], [`StoreError::NotThere`], [`StoreError::Older`], [`StoreError::Corrupt`],
/// [`StoreError::Sql`]. An error changes nothing.
pub async fn rebuild(data_dir: &Path) -> Result<RebuildReport, StoreError> {
    change_at_rest(data_dir, |connection| Box::pin(all(connection))).await
}

async fn all(connection: &mut SqliteConnection) -> Result<RebuildReport, StoreError> {
    clear(connection).await?;
    let runs = fold_again(connection, Span::default(), Fold::All).await?;
    Ok(RebuildReport { runs, rows: count(connection).await? })
}

/// Removes what the projections derive anew.
async fn clear(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    for sql in TABLES.iter().filter_map(Table::clear) {
        sqlx::query(AssertSqlSafe(sql))
            .execute(&mut *connection)
            .await
            .map_err(StoreError::sql("making the roll-ups anew"))?;
    }
    Ok(())
}

async fn count(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let periods = TABLES.iter().filter(|table| matches!(table.origin, Origin::DerivedByPeriod { .. }));
    let mut rows = 0;
    for table in periods {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut *connection)
            .await
            .map_err(StoreError::sql("counting the roll-ups"))?;
        rows += u64::try_from(count).unwrap_or(0);
    }
    Ok(rows)
}
