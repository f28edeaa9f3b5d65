//! The table `kept`: the instant before which retention has removed a kind, by tenant.

use std::collections::HashMap;

use sqlx::SqliteConnection;

use super::RetentionKind;
use crate::error::StoreError;
use crate::numbers::list;
use crate::store::Store;
use wayfarer_model::units::UnixMillis;

/// By tenant. Without tenants that have lost nothing.
pub(super) async fn read(store: &Store, kind: RetentionKind) -> Result<HashMap<i64, u64>, StoreError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as("SELECT tenant, from_ms FROM kept WHERE kind = ?")
        .bind(kind.as_str())
        .fetch_all(store.readers())
        .await
        .map_err(StoreError::sql("reading the table kept"))?;
    Ok(rows.into_iter().map(|(tenant, from)| (tenant, u64::try_from(from).unwrap_or(0))).collect())
}

/// Records that a kind of these tenants is kept from an instant on. The instant never moves back.
pub(super) async fn note(
    kind: RetentionKind,
    tenants: &[i64],
    from: UnixMillis,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO kept (tenant, kind, from_ms) SELECT value, ?2, ?3 FROM json_each(?1) WHERE true
         ON CONFLICT (tenant, kind) DO UPDATE SET from_ms = max(from_ms, excluded.from_ms)",
    )
    .bind(list(tenants))
    .bind(kind.as_str())
    .bind(i64::try_from(from.0).unwrap_or(i64::MAX))
    .execute(connection)
    .await
    .map(drop)
    .map_err(StoreError::sql("writing to the table kept"))
}
