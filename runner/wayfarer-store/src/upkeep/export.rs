//! One tenant's rows as a file of its own, with the same views, for those who may not see the others'.

use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use wayfarer_model::ids::TenantName;

use super::{finish, growing, open};
use crate::error::StoreError;
use crate::place::{database, exporting};
use crate::schema::migrate;
use crate::tenants::tenant_of;

/// In an order that foreign keys allow. `?1` is the tenant. Tokens and other tenants' names stay behind.
const COPIES: &[&str] = &[
    "DELETE FROM word",
    "INSERT INTO word SELECT * FROM source.word",
    "INSERT INTO tenant SELECT * FROM source.tenant WHERE id = ?1",
    "INSERT INTO tenant_version SELECT * FROM source.tenant_version WHERE tenant = ?1",
    "INSERT INTO location SELECT * FROM source.location",
    "INSERT INTO incarnation SELECT * FROM source.incarnation",
    "INSERT INTO engine SELECT * FROM source.engine",
    "INSERT INTO component SELECT c.* FROM source.component c JOIN source.component_tenant o ON o.digest = c.digest
       WHERE o.tenant = ?1",
    "INSERT INTO component_tenant SELECT * FROM source.component_tenant WHERE tenant = ?1",
    "INSERT INTO journey SELECT * FROM source.journey WHERE tenant = ?1",
    "INSERT INTO journey_version SELECT v.* FROM source.journey_version v JOIN journey j ON j.id = v.journey",
    "INSERT INTO pause SELECT p.* FROM source.pause p JOIN journey j ON j.id = p.journey",
    "INSERT INTO maintenance SELECT * FROM source.maintenance WHERE tenant = ?1 OR tenant IS NULL",
    "INSERT INTO kill_switch SELECT * FROM source.kill_switch WHERE tenant = ?1 OR tenant IS NULL",
    "INSERT INTO run SELECT r.* FROM source.run r JOIN journey j ON j.id = r.journey ORDER BY r.id",
    "INSERT INTO attempt SELECT a.* FROM run r JOIN source.attempt a ON a.id BETWEEN r.id << 8 AND (r.id << 8) + 255
       ORDER BY a.id",
    "INSERT INTO artifact SELECT f.* FROM attempt a JOIN source.artifact f ON f.attempt = a.id",
    "INSERT INTO hourly SELECT h.* FROM source.hourly h JOIN journey j ON j.id = h.journey",
    "INSERT INTO daily SELECT d.* FROM source.daily d JOIN journey j ON j.id = d.journey",
    "INSERT INTO step SELECT s.* FROM source.step s JOIN journey j ON j.id = s.journey",
    "INSERT INTO step_hourly SELECT h.* FROM source.step_hourly h JOIN step s ON s.id = h.step",
    "INSERT INTO usage_daily SELECT * FROM source.usage_daily WHERE tenant = ?1",
    "INSERT INTO kept SELECT * FROM source.kept WHERE tenant = ?1",
    "INSERT INTO last_failure SELECT f.* FROM source.last_failure f JOIN journey j ON j.id = f.journey",
    "INSERT INTO spared SELECT s.* FROM source.spared s JOIN run r ON r.id = s.run",
    "UPDATE removed_run SET newest = (SELECT newest FROM source.removed_run)",
];

/// Copies one tenant's rows into `target`, which must not be there: as they are at one instant, under a
/// server that writes. It is whole or not there, and durable.
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
    let copied = all(&mut copy, number).await;
    copy.close().await.map_err(what)?;
    copied?;
    finish(&growing, target)
}

async fn all(copy: &mut SqliteConnection, tenant: i64) -> Result<(), StoreError> {
    let what = StoreError::sql("copying a tenant's rows");
    let mut transaction = copy.begin().await.map_err(&what)?;
    for sql in COPIES {
        let query = sqlx::query(*sql);
        let query = if sql.contains("?1") { query.bind(tenant) } else { query };
        query.execute(&mut *transaction).await.map_err(&what)?;
    }
    transaction.commit().await.map_err(what)
}

/// A path inside of a URI.
fn escaped(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}
