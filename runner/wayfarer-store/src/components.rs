//! Components by their digest. A tenant sees those that it has uploaded itself, though equal ones are kept once.

use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::{ComponentDigest, TenantName};
use wayfarer_model::units::UnixMillis;

use crate::error::StoreError;
use crate::store::Store;
use crate::tenants::tenant_of;

/// A component that has passed the sandbox's rules.
#[derive(Debug, Clone)]
pub struct NewComponent {
    /// Its name.
    pub digest: ComponentDigest,
    /// Its bytes.
    pub content: Vec<u8>,
    /// What it says of its journeys.
    pub journeys: Vec<Descriptor>,
}

impl Store {
    /// Keeps a component; durable when it answers.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn put_component(
        &self,
        tenant: &TenantName,
        component: NewComponent,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        let journeys = json(&component.journeys)?;
        self.write(move |connection| {
            Box::pin(async move {
                let what = StoreError::sql("writing to the table component");
                let tenant = tenant_of(connection, &tenant).await?;
                let NewComponent { digest, content, .. } = component;
                sqlx::query(
                    "INSERT INTO component (digest, size, uploaded_ms, journeys, content) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                )
                .bind(digest.0.to_vec())
                .bind(content.len() as i64)
                .bind(now.0 as i64)
                .bind(journeys)
                .bind(content)
                .execute(&mut *connection)
                .await
                .map_err(&what)?;
                sqlx::query("INSERT INTO component_tenant (digest, tenant) VALUES (?, ?) ON CONFLICT DO NOTHING")
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

    /// What a component says of its journeys; none if this tenant has not uploaded it.
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
             JOIN tenant t ON t.id = o.tenant WHERE c.digest = ? AND t.name = ?",
        )
        .bind(digest.0.to_vec())
        .bind(tenant.as_str())
        .fetch_optional(self.readers())
        .await
        .map_err(StoreError::sql("reading the table component"))?;
        found
            .map(|journeys| {
                serde_json::from_str(&journeys).map_err(|error| StoreError::Corrupt {
                    table: "component",
                    row: digest.to_string(),
                    reason: error.to_string(),
                })
            })
            .transpose()
    }

    /// A component's bytes.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn component_content(&self, digest: ComponentDigest) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar("SELECT content FROM component WHERE digest = ?")
            .bind(digest.0.to_vec())
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::sql("reading the table component"))
    }
}

/// As stored.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt {
        table: "a value to be stored",
        row: String::new(),
        reason: error.to_string(),
    })
}
