//! Maintenance windows. A person plans one, with a note, and a person may end it for good. Their rows stay, so that the row of a
//! slot can name its window for as long as the row exists.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, SqliteConnection};
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::maintenance::{MaintenanceMode, Weekly, Window};
use wayfarer_model::schedule::TimezoneError;
use wayfarer_model::units::UnixMillis;

use crate::components::json;
use crate::configuration::Rows;
use crate::error::StoreError;
use crate::keys::MaintenanceKey;
use crate::store::{Store, instant};
use crate::tenants::tenant_if_named;

/// A window to be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMaintenance {
    /// None for every tenant.
    pub tenant: Option<TenantName>,
    /// Empty for all journeys of the tenant.
    pub journeys: Vec<JourneyName>,
    /// What happens to slots that are due within it.
    pub mode: MaintenanceMode,
    /// When it is in force.
    pub window: Window,
    /// The person or the token that plans it.
    pub by: String,
    /// That person's note; may be empty.
    pub note: String,
}

/// A window that was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// The key.
    pub key: MaintenanceKey,
    /// The window as it was planned.
    pub plan: NewMaintenance,
    /// It is in force from this instant on, whenever `plan.window` says so.
    pub planned: UnixMillis,
    /// When a person ended it for good, and that person.
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

const WINDOWS: &str = "SELECT m.id, t.name, m.journeys, m.mode, m.weekly, m.timezone, m.from_ms, m.until_ms,
    m.planned_ms, m.planned_by, m.note, m.ended_ms, m.ended_by
  FROM maintenance m LEFT JOIN tenant t ON t.id = m.tenant";

impl MaintenanceKey {
    /// The number that people see.
    pub fn number(self) -> i64 {
        self.0
    }

    /// The window with the number that people see.
    pub fn from_number(number: i64) -> Self {
        Self(number)
    }
}

impl Store {
    /// Plans a window. Returns once that is durable.
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

    /// Ends a window for good. False if it has ended before, or if there is none.
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

    /// Every window that is, or may be, in force at `from` or later, the oldest first; of those with a greater number than `after` as many
    /// as `limit` says that this tenant sees: its own and the whole runner's; all of them if none.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn maintenance_page(
        &self,
        from: UnixMillis,
        tenant: Option<&TenantName>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Maintenance>, StoreError> {
        let mut query = QueryBuilder::new(WINDOWS);
        query.push(" WHERE (m.ended_ms IS NULL OR m.ended_ms > ").push_bind(from.0 as i64);
        query.push(") AND coalesce(m.until_ms > ").push_bind(from.0 as i64);
        query.push(", 1) AND m.id > ").push_bind(after);
        if let Some(tenant) = tenant {
            query.push(" AND (m.tenant IS NULL OR t.name = ").push_bind(tenant.as_str()).push(")");
        }
        query.push(" ORDER BY m.id LIMIT ").push_bind(i64::from(limit));
        let rows = query
            .build()
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table maintenance"))?;
        rows.iter().map(row).collect()
    }

    /// Every window that is, or may be, in force at `from` or later, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn maintenance_reaching(&self, from: UnixMillis) -> Result<Vec<Maintenance>, StoreError> {
        let mut query = QueryBuilder::new(WINDOWS);
        query.push(" WHERE (m.ended_ms IS NULL OR m.ended_ms > ").push_bind(from.0 as i64);
        query.push(") AND coalesce(m.until_ms > ").push_bind(from.0 as i64);
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
    let (weekly, once) = match &plan.window {
        Window::Weekly(weekly) => (Some((weekly.to_string(), weekly.timezone().to_string())), None),
        Window::Once { from, until } => (None, Some((from.0 as i64, until.0 as i64))),
    };
    let number: i64 = sqlx::query_scalar(
        "INSERT INTO maintenance (tenant, journeys, mode, weekly, timezone, from_ms, until_ms, planned_ms, planned_by, note)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(tenant)
    .bind(journeys)
    .bind(plan.mode.as_str())
    .bind(weekly.as_ref().map(|(window, _)| window))
    .bind(weekly.as_ref().map(|(_, timezone)| timezone))
    .bind(once.map(|(from, _)| from))
    .bind(once.map(|(_, until)| until))
    .bind(now.0 as i64)
    .bind(&plan.by)
    .bind(&plan.note)
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
    let at = |column: usize| instant(row, column).map_err(&what);
    let window = match (text(4)?, at(6)?, at(7)?) {
        (Some(weekly), ..) => {
            let timezone =
                text(5)?.unwrap_or_default().parse().map_err(|error: TimezoneError| corrupt(&error))?;
            Window::Weekly(Weekly::parse(&weekly, timezone).map_err(|error| corrupt(&error))?)
        }
        (None, Some(from), Some(until)) => Window::Once { from, until },
        _ => return Err(corrupt(&"it has neither days of the week nor a beginning and an end")),
    };
    let ended = at(11)?;
    Ok(Maintenance {
        key: MaintenanceKey(key),
        plan: NewMaintenance {
            tenant,
            journeys: journeys.map_err(|error| corrupt(&error))?.unwrap_or_default(),
            mode,
            window,
            by: text(9)?.unwrap_or_default(),
            note: text(10)?.unwrap_or_default(),
        },
        planned: at(8)?.unwrap_or_default(),
        ended: ended.map(|at| Ok::<_, StoreError>((at, text(12)?.unwrap_or_default()))).transpose()?,
    })
}
