//! The start of a process: its number, and the runs that the process before it left in flight.

use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use wayfarer_model::ids::RunId;
use wayfarer_model::run::Fence;
use wayfarer_model::units::UnixMillis;

use crate::dictionary::Dictionary;
use crate::error::StoreError;
use crate::keys::{JourneyKey, LocationKey, MaintenanceKey, PolicyKey, VersionKey};
use crate::records::Identity;
use crate::store::{StoreSettings, instant};

/// A process that has its row.
pub(crate) struct Incarnation {
    pub(crate) number: u32,
    pub(crate) location: LocationKey,
    pub(crate) planned_until: Option<UnixMillis>,
}

/// Records the start of this process; its row's id is its number.
pub(crate) async fn start_incarnation(
    connection: &mut SqliteConnection,
    settings: &StoreSettings,
    now: UnixMillis,
) -> Result<Incarnation, StoreError> {
    let what = StoreError::sql("writing to the table incarnation");
    sqlx::query("INSERT INTO location (name) VALUES (?) ON CONFLICT DO NOTHING")
        .bind(settings.location.as_str())
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
    let location: i64 = sqlx::query_scalar("SELECT id FROM location WHERE name = ?")
        .bind(settings.location.as_str())
        .fetch_one(&mut *connection)
        .await
        .map_err(&what)?;
    let planned_until = come_to(connection, LocationKey(location)).await?;
    let number: i64 = sqlx::query_scalar(
        "INSERT INTO incarnation (location, started_ms, version) VALUES (?, ?, ?) RETURNING id",
    )
    .bind(location)
    .bind(now.0 as i64)
    .bind(&settings.version)
    .fetch_one(connection)
    .await
    .map_err(what)?;
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    Ok(Incarnation { number, location: LocationKey(location), planned_until })
}

/// Opens the location's period, unless it is open, and returns the watermark.
///
/// The location before ends at its watermark, and this one begins there: every slot belongs to one location. The first location
/// of a file has no beginning.
async fn come_to(
    connection: &mut SqliteConnection,
    location: LocationKey,
) -> Result<Option<UnixMillis>, StoreError> {
    let what = StoreError::sql("writing to the table location_period");
    let open: Option<(i64, i64, i64)> = sqlx::query_as(
        "SELECT p.id, p.location, max(p.from_ms, coalesce(l.planned_until_ms + 1, 0)) FROM location_period p
         JOIN location l ON l.id = p.location WHERE p.until_ms IS NULL",
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(&what)?;
    let begins = match open {
        Some((_, there, _)) if there == location.0 => None,
        Some((period, _, until)) => {
            sqlx::query("UPDATE location_period SET until_ms = ?2 WHERE id = ?1")
                .bind(period)
                .bind(until)
                .execute(&mut *connection)
                .await
                .map_err(&what)?;
            Some(until)
        }
        None => Some(0),
    };
    if let Some(from) = begins {
        for sql in [
            "INSERT INTO location_period (location, from_ms) VALUES (?1, ?2)",
            "UPDATE location SET planned_until_ms = ?2 - 1 WHERE id = ?1 AND ?2 > 0 AND coalesce(planned_until_ms, -1) < ?2 - 1",
        ] {
            sqlx::query(sql).bind(location.0).bind(from).execute(&mut *connection).await.map_err(&what)?;
        }
    }
    let row = sqlx::query("SELECT planned_until_ms FROM location WHERE id = ?")
        .bind(location.0)
        .fetch_one(connection)
        .await
        .map_err(&what)?;
    instant(&row, 0).map_err(what)
}

/// Starts of runs that have their row.
const SETTLED_STARTS: &str = "FROM started WHERE EXISTS (SELECT 1 FROM run r WHERE r.journey = started.journey
   AND r.slot_ms = started.slot_ms AND r.location = started.location AND r.lane = started.lane AND r.seq = started.seq)";

/// How many starts of runs there are that have their row.
pub(crate) async fn settled_starts(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) {SETTLED_STARTS}")))
        .fetch_one(connection)
        .await
        .map_err(StoreError::sql("reading the table started"))
}

/// Removes the starts of runs that have their row. Such a run's end was refused, or would be. Returns how many.
pub(crate) async fn drop_settled_starts(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let done = sqlx::query(AssertSqlSafe(format!("DELETE {SETTLED_STARTS}")))
        .execute(connection)
        .await
        .map_err(StoreError::sql("removing from the table started"))?;
    Ok(done.rows_affected())
}

/// Runs that have started and not ended, with the instant of their start.
pub(crate) async fn lost(
    connection: &mut SqliteConnection,
    dictionary: &Dictionary,
) -> Result<Vec<(Identity, UnixMillis)>, StoreError> {
    let rows = sqlx::query(
        "SELECT uid, journey, version, policy, location, slot_ms, lane, seq, started_ms, incarnation, fence, maintenance FROM started",
    )
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("reading the table started"))?;
    rows.iter()
        .map(|row| {
            let uid: Vec<u8> = row.get(0);
            let corrupt = |reason: &str| StoreError::Corrupt {
                table: "started",
                row: format!("slot {}", row.get::<i64, _>(5)),
                reason: reason.to_owned(),
            };
            let uid = <[u8; 16]>::try_from(uid.as_slice()).map_err(|_| corrupt("its id has no 16 bytes"))?;
            let number = |column: usize| u32::try_from(row.get::<i64, _>(column)).unwrap_or(0);
            let at = |column: usize| UnixMillis(u64::try_from(row.get::<i64, _>(column)).unwrap_or(0));
            let identity = Identity {
                run: RunId::from_bytes(uid),
                journey: JourneyKey(row.get(1)),
                version: VersionKey(row.get(2)),
                policy: PolicyKey(row.get(3)),
                location: LocationKey(row.get(4)),
                slot: at(5),
                lane: dictionary
                    .to_lane(row.get(6))
                    .ok_or_else(|| corrupt("its lane is not in the dictionary"))?,
                seq: number(7),
                fence: Fence { incarnation: number(9), number: number(10) },
                maintenance: row.get::<Option<i64>, _>(11).map(MaintenanceKey),
            };
            Ok((identity, at(8)))
        })
        .collect()
}

/// The greatest number of any run, removed ones included.
pub(crate) async fn newest_run(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    sqlx::query_scalar(
        "SELECT max((SELECT coalesce(max(id), 0) FROM run), (SELECT max(newest) FROM removed_run))",
    )
    .fetch_one(connection)
    .await
    .map_err(StoreError::sql("reading the table run"))
}
