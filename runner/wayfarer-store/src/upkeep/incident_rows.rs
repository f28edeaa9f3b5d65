//! Every row in the order of the commits, for a fold that asks which incidents another rule would have opened.

use std::path::Path;

use sqlx::{Row as _, SqliteConnection};
use wayfarer_model::ids::{JourneyName, NameError, TenantName};
use wayfarer_model::journey_watch::WatchedRow;

use super::files::open;
use crate::dictionary::Dictionary;
use crate::error::StoreError;
use crate::incidents::{WATCHED_COLUMNS, watched_row};

/// Rows in memory at a time.
const PIECE: i64 = 4_096;

/// A row with the names of its tenant and journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRow {
    /// The tenant that owns the journey.
    pub tenant: TenantName,
    /// Unique within its tenant.
    pub journey: JourneyName,
    /// What a watch needs of it.
    pub row: WatchedRow,
}

/// Hands every row to `see`, beside a server or without one.
///
/// # Errors
/// [`StoreError::NotThere`], [`StoreError::Older`], [`StoreError::Sql`], [`StoreError::Corrupt`].
pub async fn incident_rows(data_dir: &Path, mut see: impl FnMut(NamedRow)) -> Result<(), StoreError> {
    let mut connection = open(data_dir).await?;
    let dictionary = Dictionary::load(&mut connection).await?;
    let mut after = 0;
    loop {
        let rows = piece(&mut connection, &dictionary, after).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.row.number;
        rows.into_iter().for_each(&mut see);
    }
}

async fn piece(
    connection: &mut SqliteConnection,
    dictionary: &Dictionary,
    after: i64,
) -> Result<Vec<NamedRow>, StoreError> {
    let what = StoreError::sql("reading the table run");
    let sql = format!(
        "SELECT {WATCHED_COLUMNS}, t.name, j.name FROM run r JOIN journey j ON j.id = r.journey JOIN tenant t ON t.id = j.tenant
           JOIN location l ON l.id = r.location
         WHERE r.id > ? ORDER BY r.id LIMIT ?"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(after)
        .bind(PIECE)
        .fetch_all(connection)
        .await
        .map_err(&what)?;
    let named = rows.iter().map(|row| {
        let watched = watched_row(row, dictionary)?;
        let corrupt = |error: NameError| StoreError::Corrupt {
            table: "run",
            row: watched.number.to_string(),
            reason: error.to_string(),
        };
        let text = |column: usize| row.try_get::<String, _>(column).map_err(&what);
        let (tenant, journey) = (text(12)?.parse().map_err(corrupt)?, text(13)?.parse().map_err(corrupt)?);
        Ok(NamedRow { tenant, journey, row: watched })
    });
    named.collect()
}
