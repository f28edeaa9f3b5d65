//! Components by their digest. The store keeps equal components once; a tenant sees only what it has uploaded itself.

use sqlx::SqliteConnection;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::{ComponentDigest, TenantName};
use wayfarer_model::units::{Bytes, UnixMillis};

use crate::error::StoreError;
use crate::store::Store;
use crate::stored::StoredDescriptors;
use crate::tenants::tenant_of;

/// A component that the sandbox has accepted.
#[derive(Debug, Clone)]
pub struct NewComponent {
    /// SHA-256 of `content`.
    pub digest: ComponentDigest,
    /// The component itself.
    pub content: Vec<u8>,
    /// What it describes.
    pub journeys: Vec<Descriptor>,
    /// The most that the tenant's components may have together, in bytes.
    pub most: u64,
}

impl Store {
    /// Stores a component. Returns once that is durable. It writes as much whether equal bytes are there already or not, so
    /// that the time does not tell a tenant what another one has uploaded.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::ComponentsFull`], [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn put_component(
        &self,
        tenant: &TenantName,
        component: NewComponent,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        let journeys = json(&StoredDescriptors::of(&component.journeys))?;
        self.write(move |connection| {
            Box::pin(async move {
                let what = StoreError::sql("writing to the table component");
                let tenant = tenant_of(connection, &tenant).await?;
                let NewComponent { digest, content, most, .. } = component;
                fits(connection, tenant, (digest, content.len() as u64), most).await?;
                sqlx::query(
                    "INSERT OR REPLACE INTO component (digest, size, uploaded_ms, journeys, content)
                     SELECT ?1, ?2, coalesce(max(CASE WHEN length(c.content) > 0 THEN c.uploaded_ms END), ?3),
                       coalesce(max(c.journeys), ?4), ?5
                     FROM component c WHERE c.digest = ?1",
                )
                .bind(digest.0.to_vec())
                .bind(content.len() as i64)
                .bind(now.0 as i64)
                .bind(journeys)
                .bind(content)
                .execute(&mut *connection)
                .await
                .map_err(&what)?;
                sqlx::query(
                    "INSERT INTO component_tenant (digest, tenant) VALUES (?, ?) ON CONFLICT DO NOTHING",
                )
                .bind(digest.0.to_vec())
                .bind(tenant)
                .execute(connection)
                .await
                .map(drop)
                .map_err(what)
            })
        })
        .await
    }

    /// What a component describes. None if this tenant has not uploaded it.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn component_journeys(
        &self,
        tenant: &TenantName,
        digest: ComponentDigest,
    ) -> Result<Option<Vec<Descriptor>>, StoreError> {
        let found: Option<String> = sqlx::query_scalar(
            "SELECT c.journeys FROM component c JOIN component_tenant o ON o.digest = c.digest
             JOIN tenant t ON t.id = o.tenant WHERE c.digest = ? AND t.name = ? AND length(c.content) > 0",
        )
        .bind(digest.0.to_vec())
        .bind(tenant.as_str())
        .fetch_optional(self.readers())
        .await
        .map_err(StoreError::sql("reading the table component"))?;
        found
            .map(|journeys| {
                StoredDescriptors::read(&journeys).map_err(|error| StoreError::Corrupt {
                    table: "component",
                    row: digest.to_string(),
                    reason: error.to_string(),
                })
            })
            .transpose()
    }

    /// A component's bytes, whoever uploaded them. None if they are not there, or not any more.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn component_content(&self, digest: ComponentDigest) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar("SELECT content FROM component WHERE digest = ? AND length(content) > 0")
            .bind(digest.0.to_vec())
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::sql("reading the table component"))
    }
}

/// Whether the tenant may have one more component, or has it already.
async fn fits(
    connection: &mut SqliteConnection,
    tenant: i64,
    (digest, size): (ComponentDigest, u64),
    most: u64,
) -> Result<(), StoreError> {
    let others: i64 = sqlx::query_scalar(
        "SELECT coalesce(sum(c.size), 0) FROM component c JOIN component_tenant o ON o.digest = c.digest
         WHERE o.tenant = ? AND c.digest <> ? AND length(c.content) > 0",
    )
    .bind(tenant)
    .bind(digest.0.to_vec())
    .fetch_one(connection)
    .await
    .map_err(StoreError::sql("reading the table component"))?;
    let others = u64::try_from(others).unwrap_or(0);
    if others.saturating_add(size) <= most {
        return Ok(());
    }
    Err(StoreError::ComponentsFull { size: Bytes(size), others: Bytes(others), most: Bytes(most) })
}

/// A value as the text of a JSON column.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt {
        table: "a value to be stored",
        row: String::new(),
        reason: error.to_string(),
    })
}
