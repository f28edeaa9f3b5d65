//! Versions of journeys: append-only. Each owns the slots from its `valid_from` to the next version's.

use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use wayfarer_model::deployment::{Code, JourneySpec};
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::provenance::Provenance;
use wayfarer_model::units::UnixMillis;

use crate::components::json;
use crate::configuration::Rows;
use crate::error::StoreError;
use crate::keys::{JourneyKey, VersionKey};
use crate::store::{Store, instant};
use crate::stored::{SpecColumns, StoredSpec};
use crate::tenants::tenant_of;

/// The changes of one deployment. The caller leaves out what is deployed already.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The owner of the journeys.
    pub tenant: TenantName,
    /// The person or the token that deploys.
    pub by: String,
    /// The instant of the deployment.
    pub now: UnixMillis,
    /// The new versions own the slots from this instant on.
    pub valid_from: UnixMillis,
    /// New versions, one per journey.
    pub set: Vec<JourneySpec>,
    /// Journeys to remove.
    pub remove: Vec<JourneyName>,
    /// Where all of them come from.
    pub provenance: Provenance,
}

/// One version of a journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The key.
    pub key: VersionKey,
    /// The journey's key.
    pub journey: JourneyKey,
    /// The owner of the journeys.
    pub tenant: TenantName,
    /// The journey's name.
    pub name: JourneyName,
    /// From 1; people see it.
    pub number: u32,
    /// It owns the slots from this instant (included)
    pub valid_from: UnixMillis,
    /// to this one (excluded). None for the newest.
    pub valid_until: Option<UnixMillis>,
    /// The instant of the deployment.
    pub deployed_at: UnixMillis,
    /// The person or the token that deployed it.
    pub deployed_by: String,
    /// None for a version that removed the journey.
    pub spec: Option<JourneySpec>,
    /// Where it comes from.
    pub provenance: Provenance,
}

const VERSIONS: &str = "SELECT v.id, v.journey, t.name, j.name, v.number, v.valid_from_ms,
    (SELECT min(n.valid_from_ms) FROM journey_version n WHERE n.journey = v.journey AND n.number > v.number),
    v.deployed_ms, v.deployed_by, v.spec, v.revision, v.labels
  FROM journey_version v JOIN journey j ON j.id = v.journey JOIN tenant t ON t.id = j.tenant";

/// One version; its number follows the journey's newest.
const WRITE: &str = "INSERT INTO journey_version (journey, number, valid_from_ms, deployed_ms, deployed_by, component, spec,
    delay_ms, is_removed, title, schedule, timezone, tzdata, spread_us, grace_us, timeout_us, overlap, confirm_every, journey_group,
    tags, params, owner, runbook, locations, depends_on, alert_rule, revision, labels)
  SELECT j.id, 1 + coalesce((SELECT max(n.number) FROM journey_version n WHERE n.journey = j.id), 0),
    ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
    coalesce(?22, ''), coalesce(?23, ''), ?24, ?25, ?26, ?27, ?28
  FROM journey j WHERE j.tenant = ?1 AND j.name = ?2";

impl Store {
    /// Writes a deployment, all of it or nothing. Returns once that is durable.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn deploy(&self, deployment: Deployment) -> Result<(), StoreError> {
        let rows = Rows::Journeys(deployment.tenant.clone());
        self.write_configuration(rows, move |connection| Box::pin(write(connection, deployment))).await
    }

    /// The newest version of each journey of a tenant, by name. Without removed journeys.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn current(&self, tenant: &TenantName) -> Result<Vec<Version>, StoreError> {
        let sql = format!(
            "{VERSIONS} WHERE t.name = ? AND NOT v.is_removed
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

    /// Every version of every tenant that is valid at `from` or later, by journey and number.
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
    let spec = spec.map(|spec| StoredSpec::read(&spec)).transpose();
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
        provenance: provenance(row, 10).map_err(&what)?,
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
    let stored = spec.map(StoredSpec::of);
    let columns = stored.as_ref().map(StoredSpec::columns);
    let columns = columns.transpose().map_err(|error| StoreError::Corrupt {
        table: "journey_version",
        row: name.to_string(),
        reason: error.to_string(),
    })?;
    let column = |read: fn(&SpecColumns) -> Option<&str>| columns.as_ref().and_then(read);
    let number = |read: fn(&SpecColumns) -> Option<i64>| columns.as_ref().and_then(read);
    sqlx::query(WRITE)
        .bind(tenant)
        .bind(name.as_str())
        .bind(deployment.valid_from.0 as i64)
        .bind(deployment.now.0 as i64)
        .bind(&deployment.by)
        .bind(spec.and_then(|spec| component(&spec.code)))
        .bind(stored.as_ref().map(json).transpose()?)
        .bind(spec.and_then(|spec| delay(spec, &deployment.tenant)))
        .bind(spec.is_none())
        .bind(column(|columns| Some(&columns.title)))
        .bind(column(|columns| columns.schedule.as_deref()))
        .bind(column(|columns| columns.timezone.as_deref()))
        .bind(column(|columns| columns.tzdata.as_deref()))
        .bind(number(|columns| columns.spread_us))
        .bind(number(|columns| columns.grace_us))
        .bind(number(|columns| Some(columns.timeout_us)))
        .bind(column(|columns| columns.overlap))
        .bind(column(|columns| columns.confirm_every.as_deref()))
        .bind(column(|columns| columns.journey_group.as_deref()))
        .bind(column(|columns| columns.tags.as_deref()))
        .bind(column(|columns| Some(&columns.params)))
        .bind(column(|columns| Some(&columns.owner)))
        .bind(column(|columns| Some(&columns.runbook)))
        .bind(column(|columns| columns.locations.as_deref()))
        .bind(column(|columns| columns.depends_on.as_deref()))
        .bind(column(|columns| columns.alert_rule.as_deref()))
        .bind(deployment.provenance.revision.as_deref())
        .bind(labels(&deployment.provenance)?)
        .execute(connection)
        .await
        .map_err(what)?;
    Ok(())
}

/// From two columns that follow each other.
pub(crate) fn provenance(row: &SqliteRow, first: usize) -> Result<Provenance, sqlx::Error> {
    let labels: Option<String> = row.try_get(first + 1)?;
    // What is no object of texts was written by nobody of ours; it decides nothing.
    let labels = labels.and_then(|labels| serde_json::from_str(&labels).ok()).unwrap_or_default();
    Ok(Provenance { revision: row.try_get(first)?, labels })
}

fn labels(provenance: &Provenance) -> Result<Option<String>, StoreError> {
    if provenance.labels.is_empty() { Ok(None) } else { json(&provenance.labels).map(Some) }
}

/// A run is due this many milliseconds after its slot. None without a schedule.
fn delay(spec: &JourneySpec, tenant: &TenantName) -> Option<i64> {
    let schedule = spec.timing.as_ref()?.schedule_of(tenant, spec.name());
    i64::try_from(schedule.fire_at(UnixMillis(0)).0).ok()
}

fn component(code: &Code) -> Option<Vec<u8>> {
    match code {
        Code::Component(digest) => Some(digest.0.to_vec()),
        Code::HttpCheck(_) => None,
    }
}
