//! Components that nothing needs any more. The store counts no references; it asks the versions.
//!
//! A component is needed while a version names it that is the newest of its journey, or was until some instant ago that the
//! caller gives: as long as runs are kept. Right after its upload it is needed too, because the deployment comes later.
//! What is not needed loses its content, which is all of its size. Its row stays as long as a version names it, because
//! versions are never removed; an upload gives it its content again.

use wayfarer_model::ids::ComponentDigest;
use wayfarer_model::units::UnixMillis;

use crate::error::StoreError;
use crate::store::Store;

/// How many are looked at together.
const STEP: i64 = 16;

const UNUSED: &str = "SELECT c.digest FROM component c
    WHERE length(c.content) > 0 AND c.uploaded_ms < ?1 AND NOT EXISTS (
        SELECT 1 FROM journey_version v WHERE v.component = c.digest AND NOT EXISTS (
            SELECT 1 FROM journey_version later
            WHERE later.journey = v.journey AND later.number > v.number AND later.valid_from_ms <= ?2))
    ORDER BY c.uploaded_ms LIMIT ?3";

impl Store {
    /// Removes up to so many components that were uploaded before one instant and that no version names which was in force
    /// at another instant or later. Returns how many; call it again until there is none.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn remove_unused_components(
        &self,
        uploaded_before: UnixMillis,
        in_force_at: UnixMillis,
    ) -> Result<u64, StoreError> {
        let unused = move || {
            sqlx::query_scalar::<_, Vec<u8>>(UNUSED)
                .bind(uploaded_before.0 as i64)
                .bind(in_force_at.0 as i64)
                .bind(STEP)
        };
        let found = unused().fetch_all(self.readers()).await;
        if found.map_err(StoreError::sql("reading the table component"))?.is_empty() {
            return Ok(0);
        }
        self.write(move |connection| {
            Box::pin(async move {
                let what = StoreError::sql("removing from the table component");
                // Asked again here, because a deployment may have come between.
                let digests = unused().fetch_all(&mut *connection).await.map_err(&what)?;
                for digest in &digests {
                    for sql in [
                        "UPDATE component SET content = x'' WHERE digest = ?",
                        "DELETE FROM component_tenant WHERE digest = ?1 AND NOT EXISTS
                             (SELECT 1 FROM journey_version WHERE component = ?1)",
                        "DELETE FROM component WHERE digest = ?1 AND NOT EXISTS
                             (SELECT 1 FROM journey_version WHERE component = ?1)",
                    ] {
                        sqlx::query(sql).bind(digest).execute(&mut *connection).await.map_err(&what)?;
                    }
                }
                Ok(digests.len() as u64)
            })
        })
        .await
    }

    /// The digests of all components whose content is there.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn components(&self) -> Result<Vec<ComponentDigest>, StoreError> {
        let digests: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT digest FROM component WHERE length(content) > 0")
                .fetch_all(self.readers())
                .await
                .map_err(StoreError::sql("reading the table component"))?;
        let digest = |bytes: Vec<u8>| {
            let bytes = bytes.try_into().map_err(|bytes: Vec<u8>| StoreError::Corrupt {
                table: "component",
                row: format!("of a digest of {} bytes", bytes.len()),
                reason: "a digest has 32 bytes".to_owned(),
            });
            bytes.map(ComponentDigest)
        };
        digests.into_iter().map(digest).collect()
    }
}
