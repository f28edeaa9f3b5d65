//! Maintenance windows: written down with who and why, ended by a person, never removed, so that the row of a slot can
//! name its window for as long as it is there.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, SqliteConnection};
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::maintenance::{MaintenanceMode, Window};
use wayfarer_model::units::UnixMillis;

use crate::components::json;
use crate::configuration::Rows;
use crate::error::StoreError;
use crate::keys::MaintenanceKey;
use crate::store::{Store, instant};
use crate::tenants::tenant_if_named;

/// A window that somebody plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMaintenance {
    /// Whose journeys; none means every tenant's.
    pub tenant: Option<TenantName>,
    /// Which of them; empty means all.
    pub journeys: Vec<JourneyName>,
    /// What becomes of their slots.
    pub mode: MaintenanceMode,
    /// When.
    pub window: Window,
    /// Who plans it.
    pub by: String,
    /// Why; may be empty.
    pub why: String,
}

/// A window that was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// The window.
    pub key: MaintenanceKey,
    /// What was planned.
    pub plan: NewMaintenance,
    /// Since when it is known: it is in force from then on, whenever it says so.
    pub planned: UnixMillis,
    /// When somebody ended it for good, and who.
    pub ended: Option<(UnixMillis, String)>,
}

impl Maintenance {
    /// Whether it is in force for a journey at an instant.
    pub fn covers(&self, tenant: &TenantName, journey: &JourneyName, at: UnixMillis) -> bool {
        self.plan.tenant.as_ref().is_none_or(|owner| owner == tenant)
            && (self.plan.journeys.is_empty() || self.plan.journeys.contains(journey))
            && self.planned <= at
            && self.ended.as_ref().is_none_or(|(ended, _)| at < *ended)
            && self.plan.window.contains(at)
    }
}

const WINDOWS: &str = "SELECT m.id, t.name, m.journeys, m.mode, m.span, m.planned_ms, m.planned_by, m.why,
    m.ended_ms, m.ended_by
  FROM maintenance m LEFT JOIN tenant t ON t.id = m.tenant";

impl MaintenanceKey {
    /// As people know it.
    pub fn number(self) -> i64 {
        self.0
    }

    /// The window that people know by this number, if there is one.
    pub fn from_number(number: i64) -> Self {
        Self(number)
    }
}

impl Store {
    /// Plans a window; durable when it answers.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn plan_maintenance(
        &self,
        plan: NewMaintenance,
        now: UnixMillis,
    ) -> Result<MaintenanceKey, StoreError> {
        self.write_configuration(Rows::Suspensions, move |connection| Box::pin(write(connection, plan, now)))
            .await
    }

    /// Ends a window for good; false where it has ended before, or is none.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn end_maintenance(
        &self,
        key: MaintenanceKey,
        by: &str,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let by = by.to_owned();
        self.write_configuration(Rows::Suspensions, move |connection| {
            Box::pin(async move {
                let ended = sqlx::query(
                    "UPDATE maintenance SET ended_ms = max(?, planned_ms), ended_by = ? WHERE id = ? AND ended_ms IS NULL",
                )
                .bind(now.0 as i64)
                .bind(by)
                .bind(key.0)
                .execute(connection)
                .await
                .map_err(StoreError::sql("writing to the table maintenance"))?;
                Ok(ended.rows_affected() == 1)
            })
        })
        .await
    }

    /// Every window that was planned and is in force, or may be, at `from` or later: the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn maintenance_reaching(&self, from: UnixMillis) -> Result<Vec<Maintenance>, StoreError> {
        let mut query = QueryBuilder::new(WINDOWS);
        query.push(" WHERE (m.ended_ms IS NULL OR m.ended_ms > ").push_bind(from.0 as i64);
        query.push(") AND coalesce(json_extract(m.span, '$.once.until') > ").push_bind(from.0 as i64);
        query.push(", 1) ORDER BY m.id");
        let rows = query
            .build()
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table maintenance"))?;
        rows.iter().map(row).collect()
    }
}

async fn write(
    connection: &mut SqliteConnection,
    plan: NewMaintenance,
    now: UnixMillis,
) -> Result<MaintenanceKey, StoreError> {
    let tenant = tenant_if_named(connection, plan.tenant.as_ref()).await?;
    let journeys = (!plan.journeys.is_empty()).then(|| json(&plan.journeys)).transpose()?;
    let number: i64 = sqlx::query_scalar(
        "INSERT INTO maintenance (tenant, journeys, mode, span, planned_ms, planned_by, why)
         VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(tenant)
    .bind(journeys)
    .bind(plan.mode.as_str())
    .bind(json(&plan.window)?)
    .bind(now.0 as i64)
    .bind(&plan.by)
    .bind(&plan.why)
    .fetch_one(connection)
    .await
    .map_err(StoreError::sql("writing to the table maintenance"))?;
    Ok(MaintenanceKey(number))
}

fn row(row: &SqliteRow) -> Result<Maintenance, StoreError> {
    let what = StoreError::sql("reading the table maintenance");
    let key: i64 = row.try_get(0).map_err(&what)?;
    let corrupt = |reason: &dyn ToString| StoreError::Corrupt {
        table: "maintenance",
        row: key.to_string(),
        reason: reason.to_string(),
    };
    let text = |column: usize| row.try_get::<Option<String>, _>(column).map_err(&what);
    let tenant = text(1)?.map(|name| name.parse()).transpose();
    let tenant = tenant.map_err(|error: wayfarer_model::ids::NameError| corrupt(&error))?;
    let journeys = text(2)?.map(|names| serde_json::from_str(&names)).transpose();
    let mode = text(3)?.unwrap_or_default().parse().map_err(|error: String| corrupt(&error))?;
    let window = serde_json::from_str(&text(4)?.unwrap_or_default()).map_err(|error| corrupt(&error))?;
    let ended = instant(row, 8).map_err(&what)?;
    Ok(Maintenance {
        key: MaintenanceKey(key),
        plan: NewMaintenance {
            tenant,
            journeys: journeys.map_err(|error| corrupt(&error))?.unwrap_or_default(),
            mode,
            window,
            by: text(6)?.unwrap_or_default(),
            why: text(7)?.unwrap_or_default(),
        },
        planned: instant(row, 5).map_err(&what)?.unwrap_or_default(),
        ended: ended.map(|at| Ok::<_, StoreError>((at, text(9)?.unwrap_or_default()))).transpose()?,
    })
}
