//! What the journeys of a tenant depend on, and which of them fail: what decides whose notice stands for another one's.

use std::collections::BTreeMap;

use wayfarer_model::ids::{JourneyName, NameError, TenantName};
use wayfarer_model::incident::{Dependencies, IncidentKind, Severity};

use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// What the journeys of a tenant depend on, by their newest versions.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn dependencies(&self, tenant: &TenantName) -> Result<Dependencies, StoreError> {
        let what = StoreError::sql("reading the table journey_version");
        let rows: Vec<(String, Option<String>)> = sqlx::query_as(
            "SELECT j.name, v.depends_on FROM journey_version v JOIN journey j ON j.id = v.journey JOIN tenant t ON t.id = j.tenant
             WHERE t.name = ? AND NOT v.is_removed AND v.number = (SELECT max(n.number) FROM journey_version n WHERE n.journey = v.journey)",
        )
        .bind(tenant.as_str())
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        let read = rows.iter().map(|(journey, depends_on)| {
            let corrupt = |error: NameError| StoreError::Corrupt {
                table: "journey_version",
                row: journey.clone(),
                reason: error.to_string(),
            };
            let depends_on = names(depends_on.as_deref().unwrap_or_default()).map_err(corrupt)?;
            Ok((journey.parse().map_err(corrupt)?, depends_on.into_iter().collect()))
        });
        Ok(Dependencies::new(read.collect::<Result<_, StoreError>>()?))
    }

    /// The journeys of a tenant that fail or of which nothing is known, each with its open incident that pages.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn failing_journeys(
        &self,
        tenant: &TenantName,
    ) -> Result<BTreeMap<JourneyName, i64>, StoreError> {
        let what = StoreError::sql("reading the table incident");
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT j.name, i.kind, i.id FROM incident i JOIN journey j ON j.id = i.journey JOIN tenant t ON t.id = j.tenant
             WHERE t.name = ? AND i.resolved_ms IS NULL ORDER BY i.id DESC",
        )
        .bind(tenant.as_str())
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        let pages = rows.iter().filter(|(_, kind, _)| {
            IncidentKind::of(kind).is_some_and(|kind| kind.severity() == Severity::Page)
        });
        let read = pages.map(|(journey, _, incident)| {
            let corrupt = |error: NameError| StoreError::Corrupt {
                table: "incident",
                row: incident.to_string(),
                reason: error.to_string(),
            };
            Ok((journey.parse().map_err(corrupt)?, *incident))
        });
        read.collect()
    }
}

/// From a column of `journey_version`: names separated by commas.
pub(crate) fn names(text: &str) -> Result<Vec<JourneyName>, NameError> {
    text.split(',').filter(|name| !name.is_empty()).map(str::parse).collect()
}
