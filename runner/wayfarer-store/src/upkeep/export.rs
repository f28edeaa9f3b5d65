//! One tenant's rows as a file of its own, with the same views, for readers who must not see other tenants. The catalogue says
//! which rows these are.

use std::path::Path;

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};
use wayfarer_model::ids::TenantName;

use super::files::{finish, growing, open};
use crate::blobs::take_files_in;
use crate::data_dir::{database, exporting};
use crate::error::StoreError;
use crate::schema::migrate;
use crate::tables::{TABLES, Table};
use crate::tenants::tenant_of;

/// Copies one tenant's rows into `target`, which must not exist, as of one instant, also while a server writes. The copy is
/// durable, and whole or absent.
///
/// # Errors
/// [`StoreError::NoTenant`], [`StoreError::Occupied`], [`StoreError::NotThere`], [`StoreError::Sql`].
pub async fn export(data_dir: &Path, tenant: &TenantName, target: &Path) -> Result<(), StoreError> {
    let number = tenant_of(&mut open(data_dir).await?, tenant).await?;
    let growing = growing(target)?;
    let what = StoreError::sql("copying a tenant's rows");
    let mut copy = exporting(&growing).connect().await.map_err(&what)?;
    migrate(&mut copy, &growing).await?;
    sqlx::query("ATTACH ? AS source")
        .bind(format!("file:{}?mode=ro", escaped(&database(data_dir))))
        .execute(&mut copy)
        .await
        .map_err(&what)?;
    let mut copied = all(&mut copy, number).await;
    if copied.is_ok() {
        copied = take_files_in(&mut copy, data_dir).await;
    }
    copy.close().await.map_err(what)?;
    copied?;
    finish(&growing, target)
}

async fn all(copy: &mut SqliteConnection, tenant: i64) -> Result<(), StoreError> {
    let what = StoreError::sql("copying a tenant's rows");
    let mut transaction = copy.begin().await.map_err(&what)?;
    for sql in TABLES.iter().flat_map(Table::export) {
        let takes_tenant = sql.contains("?1");
        let query = sqlx::query(AssertSqlSafe(sql));
        let query = if takes_tenant { query.bind(tenant) } else { query };
        query.execute(&mut *transaction).await.map_err(&what)?;
    }
    transaction.commit().await.map_err(what)
}

/// A path as a part of a URI.
fn escaped(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}
