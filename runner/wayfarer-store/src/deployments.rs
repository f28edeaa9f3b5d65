//! Versions of journeys: append-only, each valid from an instant until the next one's.

use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use wayfarer_model::deployment::{Code, JourneySpec};
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::units::UnixMillis;

use crate::components::json;
use crate::configuration::Rows;
use crate::error::StoreError;
use crate::keys::{JourneyKey, VersionKey};
use crate::store::{Store, instant};
use crate::tenants::tenant_of;

/// What one deployment changes. Whoever calls leaves out what is there already.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Whose journeys.
    pub tenant: TenantName,
    /// Who deploys.
    pub by: String,
    /// When.
    pub now: UnixMillis,
    /// From when on the new versions own the slots.
    pub valid_from: UnixMillis,
    /// New versions.
    pub set: Vec<JourneySpec>,
    /// Journeys that end.
    pub remove: Vec<JourneyName>,
}

/// One version of a journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The version.
    pub key: VersionKey,
    /// Its journey.
    pub journey: JourneyKey,
    /// Whose journey.
    pub tenant: TenantName,
    /// The journey's name.
    pub name: JourneyName,
    /// From 1, for people.
    pub number: u32,
    /// It owns the slots from here (included)
    pub valid_from: UnixMillis,
    /// to here (excluded); none for the newest.
    pub valid_until: Option<UnixMillis>,
    /// When it was deployed.
    pub deployed_at: UnixMillis,
    /// By whom.
    pub deployed_by: String,
    /// What it says; none where the journey was removed.
    pub spec: Option<JourneySpec>,
}

const VERSIONS: &str = "SELECT v.id, v.journey, t.name, j.name, v.number, v.valid_from_ms,
    (SELECT min(n.valid_from_ms) FROM journey_version n WHERE n.journey = v.journey AND n.number > v.number),
    v.deployed_ms, v.deployed_by, v.spec
  FROM journey_version v JOIN journey j ON j.id = v.journey JOIN tenant t ON t.id = j.tenant";

impl Store {
    /// Writes a deployment, all of it or nothing; durable when it answers.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn deploy(&self, deployment: Deployment) -> Result<(), StoreError> {
        let rows = Rows::Journeys(deployment.tenant.clone());
        self.write_configuration(rows, move |connection| Box::pin(write(connection, deployment))).await
    }

    /// The newest version of each journey of a tenant that has not been removed, by name.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn current(&self, tenant: &TenantName) -> Result<Vec<Version>, StoreError> {
        let sql = format!(
            "{VERSIONS} WHERE t.name = ? AND v.spec IS NOT NULL
             AND v.number = (SELECT max(n.number) FROM journey_version n WHERE n.journey = v.journey)
             ORDER BY j.name"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(tenant.as_str())
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table journey_version"))?;
        rows.iter().map(version).collect()
    }

    /// Every version of every tenant that is valid at `from` or later, by journey and then by time.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn versions_reaching(&self, from: UnixMillis) -> Result<Vec<Version>, StoreError> {
        let mut connection = self.readers().acquire().await.map_err(StoreError::sql("reading"))?;
        versions_reaching(&mut connection, from).await
    }

    /// The same, of one tenant.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn versions_of(
        &self,
        tenant: &TenantName,
        from: UnixMillis,
    ) -> Result<Vec<Version>, StoreError> {
        let sql = format!("{VERSIONS} WHERE t.name = ? ORDER BY v.journey, v.number");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str());
        reaching(query.fetch(self.readers()), from).await
    }
}

/// See [`Store::versions_reaching`].
pub(crate) async fn versions_reaching(
    connection: &mut SqliteConnection,
    from: UnixMillis,
) -> Result<Vec<Version>, StoreError> {
    let sql = format!("{VERSIONS} ORDER BY v.journey, v.number");
    reaching(sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(connection), from).await
}

async fn reaching(
    mut rows: BoxStream<'_, Result<SqliteRow, sqlx::Error>>,
    from: UnixMillis,
) -> Result<Vec<Version>, StoreError> {
    let what = StoreError::sql("reading the table journey_version");
    let mut versions = Vec::new();
    while let Some(row) = rows.try_next().await.map_err(&what)? {
        let until = instant(&row, 6).map_err(&what)?;
        if until.is_none_or(|until| until > from) {
            versions.push(version(&row)?);
        }
    }
    Ok(versions)
}

fn version(row: &SqliteRow) -> Result<Version, StoreError> {
    let what = StoreError::sql("reading the table journey_version");
    let key: i64 = row.try_get(0).map_err(&what)?;
    let corrupt =
        |reason: String| StoreError::Corrupt { table: "journey_version", row: key.to_string(), reason };
    let text = |column: usize| row.try_get::<String, _>(column).map_err(&what);
    let at = |column: usize| Ok(instant(row, column).map_err(&what)?.unwrap_or_default());
    let spec: Option<String> = row.try_get(9).map_err(&what)?;
    let spec = spec.map(|spec| serde_json::from_str(&spec)).transpose();
    Ok(Version {
        key: VersionKey(key),
        journey: JourneyKey(row.try_get(1).map_err(&what)?),
        tenant: text(2)?
            .parse()
            .map_err(|error: wayfarer_model::ids::NameError| corrupt(error.to_string()))?,
        name: text(3)?.parse().map_err(|error: wayfarer_model::ids::NameError| corrupt(error.to_string()))?,
        number: u32::try_from(row.try_get::<i64, _>(4).map_err(&what)?).unwrap_or(0),
        valid_from: at(5)?,
        valid_until: instant(row, 6).map_err(&what)?,
        deployed_at: at(7)?,
        deployed_by: text(8)?,
        spec: spec.map_err(|error| corrupt(error.to_string()))?,
    })
}

async fn write(connection: &mut SqliteConnection, deployment: Deployment) -> Result<(), StoreError> {
    let tenant = tenant_of(connection, &deployment.tenant).await?;
    for spec in &deployment.set {
        write_one(connection, &deployment, tenant, spec.name(), Some(spec)).await?;
    }
    for name in &deployment.remove {
        write_one(connection, &deployment, tenant, name, None).await?;
    }
    Ok(())
}

async fn write_one(
    connection: &mut SqliteConnection,
    deployment: &Deployment,
    tenant: i64,
    name: &JourneyName,
    spec: Option<&JourneySpec>,
) -> Result<(), StoreError> {
    let what = StoreError::sql("writing to the table journey_version");
    sqlx::query("INSERT INTO journey (tenant, name) VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(tenant)
        .bind(name.as_str())
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
    sqlx::query(
        "INSERT INTO journey_version (journey, number, valid_from_ms, deployed_ms, deployed_by, component, spec, delay_ms)
         SELECT j.id, 1 + coalesce((SELECT max(n.number) FROM journey_version n WHERE n.journey = j.id), 0), ?, ?, ?, ?, ?, ?
         FROM journey j WHERE j.tenant = ? AND j.name = ?",
    )
    .bind(deployment.valid_from.0 as i64)
    .bind(deployment.now.0 as i64)
    .bind(&deployment.by)
    .bind(spec.and_then(|spec| component(&spec.code)))
    .bind(spec.map(json).transpose()?)
    .bind(spec.and_then(|spec| delay(spec, &deployment.tenant)))
    .bind(tenant)
    .bind(name.as_str())
    .execute(connection)
    .await
    .map_err(what)?;
    Ok(())
}

/// How long after a slot its run is due, in milliseconds; none without a schedule.
fn delay(spec: &JourneySpec, tenant: &TenantName) -> Option<i64> {
    let schedule = spec.timing.as_ref()?.schedule_of(tenant, spec.name());
    i64::try_from(schedule.fire_at(UnixMillis(0)).0).ok()
}

/// Computes the delays of versions that were written before there was a column for them.
pub(crate) async fn complete_delays(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let sql = format!("{VERSIONS} ORDER BY v.id");
    let versions =
        reaching(sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(&mut *connection), UnixMillis(0)).await?;
    for Version { key, tenant, spec, .. } in versions {
        let Some(delay) = spec.and_then(|spec| delay(&spec, &tenant)) else { continue };
        sqlx::query("UPDATE journey_version SET delay_ms = ? WHERE id = ?")
            .bind(delay)
            .bind(key.0)
            .execute(&mut *connection)
            .await
            .map_err(StoreError::sql("writing to the table journey_version"))?;
    }
    Ok(())
}

fn component(code: &Code) -> Option<Vec<u8>> {
    match code {
        Code::Component(digest) => Some(digest.0.to_vec()),
        Code::HttpCheck(_) => None,
    }
}
