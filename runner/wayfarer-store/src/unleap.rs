//! Takes out what was written for instants that have not come: after the clock was ahead and went back.
//!
//! Rows of slots and confirmation runs that are due after an instant go, with their share of the roll-ups, so that the slots get
//! the rows of what really happens. What people asked for stays. Versions, pauses and kill switches of the future begin at that
//! instant, and so do the floors of retention. Everything happens in one transaction.
//!
//! A server waits for it. So its time depends on the number of runs that go and of those in the hours around the instant, and not on
//! the size of the day: it counts these hours again, makes each day the sum of its hours, and subtracts what the runs used.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use sqlx::{AssertSqlSafe, SqliteConnection};
use wayfarer_model::schedule::Spread;
use wayfarer_model::units::UnixMillis;

use crate::at_rest::change_at_rest;
use crate::blobs::{Referring, release};
use crate::error::StoreError;
use crate::keys::JourneyKey;
use crate::last_failure::renew_last_failure;
use crate::periods::{DAY_MS, HOUR_MS, Span};
use crate::store::Store;
use crate::stored_bytes::{give_back, weigh};
use crate::tables::{Origin, TABLES, Table};
use crate::upkeep::{Floors, Fold, floors, fold_again, used};
use crate::writer::{Usage, fold_days};

/// Runs of one statement.
const TOGETHER: usize = 1_000;

/// Lanes whose rows the runner makes by itself.
const OWN_LANES: &str =
    "(SELECT id FROM dictionary WHERE kind = 'lane' AND word IN ('scheduled', 'confirm'))";

/// Statements that let what begins in the future begin at `?1` instead.
const BEGIN_NOW: [&str; 17] = [
    "UPDATE journey_version AS v SET valid_from_ms = n.at FROM
       (SELECT id, ?1 + row_number() OVER (PARTITION BY journey ORDER BY number) AS at FROM journey_version WHERE valid_from_ms > ?1) n
     WHERE n.id = v.id",
    "UPDATE pause SET from_ms = min(from_ms, ?1), until_ms = min(until_ms, ?1) WHERE from_ms > ?1 OR until_ms > ?1",
    "UPDATE kill_switch SET from_ms = min(from_ms, ?1), until_ms = min(until_ms, ?1) WHERE from_ms > ?1 OR until_ms > ?1",
    "UPDATE location SET planned_until_ms = ?1 WHERE planned_until_ms > ?1",
    "UPDATE location_period SET from_ms = min(from_ms, ?1), until_ms = min(until_ms, ?1) WHERE from_ms > ?1 OR until_ms > ?1",
    // What was believed is not believed any more: a start goes by the wall clock, unless this process keeps its own word first.
    "UPDATE clock SET boot = '', wall_ms = min(wall_ms, ?1), retention_ms = min(retention_ms, ?1)",
    "UPDATE kept SET from_ms = ?1 WHERE from_ms > ?1 AND kind NOT IN ('runs', 'rollups')",
    "UPDATE kept SET from_ms = (?1 / 86400000 + 1) * 86400000 WHERE from_ms > ?1 AND kind IN ('runs', 'rollups')",
    // Nobody is told of what has not happened, and nothing waits for a time that does not come.
    "DELETE FROM delivery WHERE incident IN (SELECT id FROM incident WHERE opened_ms > ?1)
       OR thread IN (SELECT id FROM incident WHERE opened_ms > ?1)
       OR incident_event IN (SELECT id FROM incident_event WHERE run IS NOT NULL AND occurred_ms > ?1)",
    "UPDATE delivery SET due_ms = ?1, since_ms = min(since_ms, ?1) WHERE due_ms > ?1 AND (state IN ('waiting', 'sending') OR routed_ms > ?1)",
    // The fold from runs to incidents begins again.
    "DELETE FROM incident_event WHERE incident IN (SELECT id FROM incident WHERE opened_ms > ?1) OR run IS NOT NULL AND occurred_ms > ?1",
    "DELETE FROM incident WHERE opened_ms > ?1",
    // What people did stays, and an incident is what its last event says.
    "UPDATE incident_event SET occurred_ms = ?1 WHERE occurred_ms > ?1",
    "UPDATE incident AS i SET resolved_ms = CASE e.kind WHEN 'resolved' THEN e.occurred_ms END
     FROM (SELECT incident, kind, occurred_ms, max(id) FROM incident_event WHERE kind IN ('opened', 'reopened', 'resolved') GROUP BY incident) e
     WHERE e.incident = i.id AND (i.resolved_ms > ?1 OR i.resolved_ms IS NULL)",
    "DELETE FROM incident_watch WHERE ?1 >= 0",
    "DELETE FROM incident_looks WHERE ?1 >= 0",
    "UPDATE incident_cursor SET run = 0, epoch = epoch + 1 WHERE ?1 >= 0",
];

/// What was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Unleaped {
    /// Rows of slots and confirmation runs.
    pub runs: u64,
    /// Runs that were counted into their roll-ups again.
    pub counted_again: u64,
}

impl Store {
    /// Takes out what is due after an instant. Nothing may be handed out meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`], [`StoreError::Closed`].
    pub async fn unleap(&self, to: UnixMillis) -> Result<Unleaped, StoreError> {
        let done = self.write(move |connection| Box::pin(unleap_in(connection, to))).await?;
        self.recount_stored().await?;
        Ok(done)
    }
}

/// The same without a server. Starts of runs go too, and the next start believes the wall clock.
///
/// # Errors
/// [`StoreError::InUse`], [`StoreError::NotThere`], [`StoreError::Older`], [`StoreError::Corrupt`], [`StoreError::Sql`]. An error
/// changes nothing.
pub async fn unleap(data_dir: &Path, to: UnixMillis) -> Result<Unleaped, StoreError> {
    change_at_rest(data_dir, move |connection| Box::pin(without_server(connection, to))).await
}

async fn without_server(connection: &mut SqliteConnection, to: UnixMillis) -> Result<Unleaped, StoreError> {
    let starts = format!(
        "DELETE FROM started WHERE lane IN {OWN_LANES} AND ?1 < slot_ms + CASE lane WHEN
           (SELECT id FROM dictionary WHERE kind = 'lane' AND word = 'scheduled')
           THEN coalesce((SELECT delay_ms FROM journey_version v WHERE v.id = version), 0) ELSE 0 END"
    );
    sqlx::query(AssertSqlSafe(starts))
        .bind(milliseconds(to))
        .execute(&mut *connection)
        .await
        .map_err(StoreError::sql("removing from the table started"))?;
    unleap_in(connection, to).await
}

async fn unleap_in(connection: &mut SqliteConnection, to: UnixMillis) -> Result<Unleaped, StoreError> {
    let what = StoreError::sql("taking out what has not come yet");
    let runs = runs_after(connection, to).await?;
    for sql in BEGIN_NOW {
        sqlx::query(sql).bind(milliseconds(to)).execute(&mut *connection).await.map_err(&what)?;
    }
    let floors = floors(None, connection).await?;
    let mut usage: BTreeMap<(JourneyKey, u64), Usage> = BTreeMap::new();
    for some in runs.chunks(TOGETHER) {
        let listed: Vec<String> = some.iter().map(|(run, _)| run.to_string()).collect();
        let listed = format!("[{}]", listed.join(","));
        let numbers: Vec<i64> = some.iter().map(|(run, _)| *run).collect();
        for (key, more) in used(&numbers, milliseconds(to), &floors, connection).await? {
            usage.entry(key).or_default().add(more);
        }
        let freed = weigh(&numbers, &mut *connection).await?;
        give_back(&freed, connection).await?;
        let blobs = Referring::Runs(&numbers).blobs(connection).await?;
        // Children first.
        for sql in TABLES.iter().rev().filter_map(Table::remove_with_runs) {
            sqlx::query(AssertSqlSafe(sql)).bind(&listed).execute(&mut *connection).await.map_err(&what)?;
        }
        // The next start removes their files.
        release(&blobs, connection).await?;
    }
    sqlx::query("UPDATE removed_run SET newest = max(newest, ?)")
        .bind(runs.iter().map(|(run, _)| *run).max().unwrap_or(0))
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
    take_off(&usage, connection).await?;
    forget_failures(connection).await?;
    let first = runs.iter().map(|(_, slot)| *slot).min().unwrap_or_else(|| milliseconds(to));
    let counted_again = count_again(connection, first, milliseconds(to), &floors).await?;
    Ok(Unleaped { runs: runs.len() as u64, counted_again })
}

fn milliseconds(at: UnixMillis) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

/// The runs that are due after an instant, with their slots. A slot is due after its journey's share of the spread.
async fn runs_after(
    connection: &mut SqliteConnection,
    to: UnixMillis,
) -> Result<Vec<(i64, i64)>, StoreError> {
    let spread = i64::try_from(Spread::LONGEST.as_millis()).unwrap_or(i64::MAX);
    let sql = format!(
        "SELECT r.id, r.slot_ms FROM run r JOIN journey_version v ON v.id = r.version
         WHERE r.slot_ms > ?1 - ?2 AND r.lane IN {OWN_LANES}
           AND ?1 < r.slot_ms + CASE r.lane WHEN (SELECT id FROM dictionary WHERE kind = 'lane' AND word = 'scheduled')
             THEN coalesce(v.delay_ms, 0) ELSE 0 END"
    );
    sqlx::query_as(AssertSqlSafe(sql))
        .bind(milliseconds(to))
        .bind(spread)
        .fetch_all(connection)
        .await
        .map_err(StoreError::sql("reading the table run"))
}

/// Where a last failure was taken out, the one before is the last again.
async fn forget_failures(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let gone: Vec<(i64, i64)> = sqlx::query_as(
        "DELETE FROM last_failure WHERE NOT EXISTS (SELECT 1 FROM run r WHERE r.id = last_failure.run) RETURNING journey, location",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(StoreError::sql("reading the table last_failure"))?;
    for (journey, location) in gone {
        renew_last_failure(JourneyKey(journey), location, connection).await?;
    }
    Ok(())
}

/// Subtracts what runs used, by journey and beginning of the day.
async fn take_off(
    usage: &BTreeMap<(JourneyKey, u64), Usage>,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let what = StoreError::sql("writing to the table usage_daily");
    for ((journey, day), used) in usage {
        let Usage { runs, attempts, cpu_us, wall_us, requests, sent_bytes, received_bytes, confirm_runs } =
            *used;
        let mut query = sqlx::query(
            "UPDATE usage_daily SET runs = runs - ?3, attempts = attempts - ?4, cpu_us = cpu_us - ?5, wall_us = wall_us - ?6,
               requests = requests - ?7, sent_bytes = sent_bytes - ?8, received_bytes = received_bytes - ?9,
               confirm_runs = confirm_runs - ?10
             WHERE tenant = (SELECT tenant FROM journey WHERE id = ?1) AND from_ms = ?2",
        )
        .bind(journey.0)
        .bind(day.cast_signed());
        for figure in [runs, attempts, cpu_us, wall_us, requests, sent_bytes, received_bytes, confirm_runs] {
            query = query.bind(figure.cast_signed());
        }
        query.execute(&mut *connection).await.map_err(&what)?;
    }
    // A day on which nothing ran has no row.
    sqlx::query("DELETE FROM usage_daily WHERE runs = 0").execute(connection).await.map(drop).map_err(what)
}

/// Derives the roll-ups again, from the hour of a slot on. Periods that have not begun lose theirs, whatever else is kept.
async fn count_again(
    connection: &mut SqliteConnection,
    first: i64,
    to: i64,
    floors: &Floors,
) -> Result<u64, StoreError> {
    let what = StoreError::sql("making the roll-ups anew");
    let (hour, day) = (HOUR_MS.cast_signed(), DAY_MS.cast_signed());
    let (hour, next_day, day) = (first / hour * hour, (to / day + 1) * day, first / day * day);
    for table in TABLES.iter().filter(|table| matches!(table.origin, Origin::DerivedByPeriod { .. })) {
        let (name, clear) = (table.name, table.clear().unwrap_or_default());
        let from = match name {
            "daily" => day,
            // `take_off` has subtracted what was used before that.
            "usage_daily" => next_day,
            _ => hour,
        };
        let of_these = format!("{clear} AND h.from_ms >= {from}");
        let of_future = format!("DELETE FROM {name} WHERE from_ms > {to}");
        for sql in [of_these, of_future] {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut *connection).await.map_err(&what)?;
        }
    }
    let counted = fold_again(connection, Span::from(hour), Fold::Hours).await?;
    fold_again(connection, Span::from(next_day), Fold::Usage).await?;
    fold_days(Span::from(day), floors, connection).await?;
    Ok(counted)
}
