//! The store's half of the fold from runs to incidents. The fold itself is a background task of the server.
//!
//! Invariants: what was folded, the incidents that it moved, and the outbox (`incident_event` without `routed_ms`) change in one transaction.
//! A fold whose position is not the stored one is refused, so two of them cannot move an incident twice. Moves are identified
//! by their run, so a fold that begins again changes nothing that is there.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use wayfarer_model::ids::NameError;
use wayfarer_model::incident::{IncidentKind, PlainError};
use wayfarer_model::journey_watch::{IncidentMove, Moved, Opening, WatchedRow};
use wayfarer_model::units::UnixMillis;

use crate::dictionary::Dictionary;
use crate::error::StoreError;
use crate::keys::{JourneyKey, TenantKey};
use crate::store::{Store, instant};

/// Rows that one call reads.
const AT_A_TIME: i64 = 4_096;

/// A row for the fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JourneyRow {
    /// All journeys of a tenant share its budget of false pages.
    pub tenant: TenantKey,
    /// The journey whose watch sees the row.
    pub journey: JourneyKey,
    /// What the watch needs of the row in `run`.
    pub row: WatchedRow,
}

/// Where a fold is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FoldPosition {
    /// The newest run that is part of the states.
    pub run: i64,
    /// How often somebody beside the fold has changed the states: a person who resolved an incident, a clock that went back.
    pub epoch: i64,
}

/// What a fold knows at its start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoldState {
    /// Where the fold is.
    pub position: FoldPosition,
    /// By journey, its tenant and the state as the fold wrote it.
    pub watches: Vec<(JourneyKey, TenantKey, String)>,
    /// By tenant, the looks a day as the fold wrote them.
    pub looks: Vec<(TenantKey, String)>,
    /// What was resolved by other than a run, and when: the rule begins anew with the journey's first row that ends later.
    pub by_hand: Vec<(JourneyKey, IncidentKind, UnixMillis)>,
}

/// A move of an incident of a journey.
#[derive(Debug, Clone, PartialEq)]
pub struct MoveOfJourney {
    /// With kind and first run it identifies the incident.
    pub journey: JourneyKey,
    /// What a row did to an incident of that journey.
    pub moved: IncidentMove,
}

/// What a fold has found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Moves {
    /// Where the fold was when it was last written.
    pub from: FoldPosition,
    /// The newest run that is part of it now.
    pub run: i64,
    /// States that changed, each with the instant at which a confirmation run is wanted.
    pub watches: Vec<(JourneyKey, String, Option<UnixMillis>)>,
    /// Looks a day that changed.
    pub looks: Vec<(TenantKey, String)>,
    /// In the order of the rows.
    pub moves: Vec<MoveOfJourney>,
}

/// What became of [`Moves`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentMoves {
    /// The transaction is committed, with position and states.
    Written,
    /// The stored fold is elsewhere: read it anew.
    Elsewhere,
}

impl Store {
    /// What the fold knew when it was last written.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn fold_state(&self) -> Result<FoldState, StoreError> {
        let what = StoreError::sql("reading the table incident_watch");
        let mut connection = self.readers().acquire().await.map_err(&what)?;
        let (run, epoch): (i64, i64) = sqlx::query_as("SELECT run, epoch FROM incident_cursor")
            .fetch_one(&mut *connection)
            .await
            .map_err(&what)?;
        let watches: Vec<(i64, i64, String)> = sqlx::query_as(
            "SELECT w.journey, j.tenant, w.state FROM incident_watch w JOIN journey j ON j.id = w.journey",
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(&what)?;
        let looks: Vec<(i64, String)> = sqlx::query_as("SELECT tenant, state FROM incident_looks")
            .fetch_all(&mut *connection)
            .await
            .map_err(&what)?;
        let by_hand: Vec<(i64, String, i64)> = sqlx::query_as(
            "SELECT i.journey, i.kind, e.occurred_ms FROM incident_event e JOIN incident i ON i.id = e.incident
             WHERE e.kind = 'resolved' AND e.run IS NULL AND i.journey IS NOT NULL ORDER BY e.id",
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(&what)?;
        Ok(FoldState {
            position: FoldPosition { run, epoch },
            watches: watches
                .into_iter()
                .map(|(journey, tenant, state)| (JourneyKey(journey), TenantKey(tenant), state))
                .collect(),
            looks: looks.into_iter().map(|(tenant, state)| (TenantKey(tenant), state)).collect(),
            by_hand: by_hand
                .into_iter()
                .filter_map(|(journey, kind, at)| {
                    let at = UnixMillis(u64::try_from(at).unwrap_or(0));
                    Some((JourneyKey(journey), IncidentKind::of(&kind)?, at))
                })
                .collect(),
        })
    }

    /// Has the fold begin with the first row again, for states that cannot be read. Returns once that is durable.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn begin_fold_again(&self) -> Result<(), StoreError> {
        self.write(|connection| {
            Box::pin(async move {
                for sql in [
                    "DELETE FROM incident_watch",
                    "DELETE FROM incident_looks",
                    "UPDATE incident_cursor SET run = 0, epoch = epoch + 1",
                ] {
                    sqlx::query(sql)
                        .execute(&mut *connection)
                        .await
                        .map_err(StoreError::sql("writing to the table incident_cursor"))?;
                }
                Ok(())
            })
        })
        .await
    }

    /// How often somebody beside the fold has changed what it knows.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn fold_epoch(&self) -> Result<i64, StoreError> {
        sqlx::query_scalar("SELECT epoch FROM incident_cursor")
            .fetch_one(self.readers())
            .await
            .map_err(StoreError::sql("reading the table incident_cursor"))
    }

    /// The next rows after a run, in the order of their numbers. Empty if there are none.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn rows_after(&self, run: i64) -> Result<Vec<JourneyRow>, StoreError> {
        let what = StoreError::sql("reading the table run");
        let sql = format!(
            "SELECT {WATCHED_COLUMNS}, j.tenant, r.journey FROM run r JOIN journey j ON j.id = r.journey JOIN location l ON l.id = r.location
             WHERE r.id > ? ORDER BY r.id LIMIT ?"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(run)
            .bind(AT_A_TIME)
            .fetch_all(self.readers())
            .await
            .map_err(&what)?;
        let keyed = rows.iter().map(|row| {
            let key = |column: usize| row.try_get::<i64, _>(column).map_err(&what);
            let watched = watched_row(row, self.dictionary())?;
            Ok(JourneyRow { tenant: TenantKey(key(12)?), journey: JourneyKey(key(13)?), row: watched })
        });
        keyed.collect()
    }

    /// Writes what a fold has found. `now` is when people are told of it.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn move_incidents(&self, moves: Moves, now: UnixMillis) -> Result<IncidentMoves, StoreError> {
        let samples = self.samples(&moves.moves).await?;
        self.write(move |connection| Box::pin(write(connection, moves, samples, now))).await
    }

    /// Of each incident that opens, the run that shows what was good. Searched for before the writer is asked for: without samples
    /// (`good_every = "never"`) a day of good runs is looked through.
    async fn samples(&self, moves: &[MoveOfJourney]) -> Result<BTreeMap<Opened, i64>, StoreError> {
        let mut samples = BTreeMap::new();
        for MoveOfJourney { moved, .. } in moves {
            let Moved::Opened(opening) = &moved.what else { continue };
            let opened = (opening.first_run, opening.opening_run);
            let sample: Option<i64> = sqlx::query_scalar(SAMPLE)
                .bind(opened.0)
                .bind(opened.1)
                .bind(SAMPLES_AMONG)
                .fetch_optional(self.readers())
                .await
                .map_err(StoreError::sql("reading the table attempt"))?;
            samples.extend(sample.map(|sample| (opened, sample)));
        }
        Ok(samples)
    }
}

/// What a fold reads of the run `r` at the location `l`, in the order of [`watched_row`].
pub(crate) const WATCHED_COLUMNS: &str = "r.id, r.version, l.name, r.lane, r.slot_ms, r.seq, r.started_ms, r.finished_ms, r.verdict, r.reason, r.maintenance IS NOT NULL OR r.void IS NOT NULL,
    (SELECT v.alert_rule FROM journey_version v WHERE v.id = r.version)";

/// From a row of [`WATCHED_COLUMNS`].
pub(crate) fn watched_row(row: &SqliteRow, dictionary: &Dictionary) -> Result<WatchedRow, StoreError> {
    let what = StoreError::sql("reading the table run");
    let number = |column: usize| row.try_get::<i64, _>(column).map_err(&what);
    let at = |column: usize| instant(row, column).map_err(&what);
    let id = number(0)?;
    let corrupt = |reason: String| StoreError::Corrupt { table: "run", row: id.to_string(), reason };
    let unknown = || StoreError::unknown_word("run", id);
    let location: String = row.try_get(2).map_err(&what)?;
    let rule: Option<String> = row.try_get(11).map_err(&what)?;
    let verdict = dictionary.to_verdict(number(8)?).ok_or_else(unknown)?;
    Ok(WatchedRow {
        number: id,
        version: number(1)?,
        location: location.parse().map_err(|error: NameError| corrupt(error.to_string()))?,
        lane: dictionary.to_lane(number(3)?).ok_or_else(unknown)?,
        slot: at(4)?.unwrap_or_default(),
        seq: u32::try_from(number(5)?).unwrap_or(0),
        started_at: at(6)?,
        ended_at: at(7)?.unwrap_or_default(),
        verdict,
        reason: dictionary.to_reason(number(9)?).ok_or_else(unknown)?,
        is_muted: number(10)? != 0 && !verdict.is_unrun(),
        rule: rule
            .map(|rule| rule.parse())
            .transpose()
            .map_err(|error: PlainError| corrupt(error.to_string()))?,
    })
}

/// The first bad run of an incident and the one that opened it.
type Opened = (i64, i64);

async fn write(
    connection: &mut SqliteConnection,
    moves: Moves,
    samples: BTreeMap<Opened, i64>,
    now: UnixMillis,
) -> Result<IncidentMoves, StoreError> {
    let what = StoreError::sql("writing to the table incident_watch");
    let advanced = sqlx::query("UPDATE incident_cursor SET run = ?3 WHERE run = ?1 AND epoch = ?2")
        .bind(moves.from.run)
        .bind(moves.from.epoch)
        .bind(moves.run)
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
    if advanced.rows_affected() != 1 {
        return Ok(IncidentMoves::Elsewhere);
    }
    for (journey, state, wanted) in &moves.watches {
        sqlx::query(
            "INSERT INTO incident_watch (journey, state, wanted_ms) VALUES (?1, ?2, ?3)
             ON CONFLICT (journey) DO UPDATE SET state = excluded.state, wanted_ms = excluded.wanted_ms",
        )
        .bind(journey.0)
        .bind(state)
        .bind(wanted.map(milliseconds))
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
    }
    for (tenant, state) in &moves.looks {
        sqlx::query(
            "INSERT INTO incident_looks (tenant, state) VALUES (?1, ?2)
             ON CONFLICT (tenant) DO UPDATE SET state = excluded.state",
        )
        .bind(tenant.0)
        .bind(state)
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
    }
    let untold = untold(&moves.moves);
    for (place, MoveOfJourney { journey, moved }) in moves.moves.iter().enumerate() {
        apply(connection, *journey, moved, &samples, untold.contains(&place).then_some(now)).await?;
    }
    Ok(IncidentMoves::Written)
}

/// The places of the moves of which nobody is told: a fold that begins again goes through months. Of several moves of one incident only the
/// last is told, and not even that where the incident is again what it was before.
fn untold(moves: &[MoveOfJourney]) -> BTreeSet<usize> {
    let mut places: BTreeMap<_, Vec<(usize, bool)>> = BTreeMap::new();
    for (place, MoveOfJourney { journey, moved }) in moves.iter().enumerate() {
        let incident = (*journey, moved.kind, moved.first_run);
        places.entry(incident).or_default().push((place, moved.what == Moved::Closed));
    }
    let mut untold = BTreeSet::new();
    for of_incident in places.values() {
        let was_open = of_incident.first().is_some_and(|(_, is_closed)| *is_closed);
        let is_open = of_incident.last().is_some_and(|(_, is_closed)| !is_closed);
        let told = of_incident.last().filter(|_| was_open != is_open);
        untold.extend(of_incident.iter().filter(|place| Some(*place) != told).map(|(place, _)| *place));
    }
    untold
}

/// Applies one move. `routed` is set where nobody is to be told. A move that changes nothing is no event: a fold that begins again makes
/// moves that were made before, perhaps by other runs, and people may have resolved what it closes.
async fn apply(
    connection: &mut SqliteConnection,
    journey: JourneyKey,
    moved: &IncidentMove,
    samples: &BTreeMap<Opened, i64>,
    routed: Option<UnixMillis>,
) -> Result<(), StoreError> {
    let what = StoreError::sql("writing to the table incident");
    let (word, has_changed) = match &moved.what {
        Moved::Opened(opening) => {
            let sample = samples.get(&(opening.first_run, opening.opening_run)).copied();
            ("opened", open(connection, journey, moved, opening, sample).await?)
        }
        Moved::Reopened => ("reopened", set_resolved(connection, journey, moved, None).await?),
        Moved::Closed => ("resolved", set_resolved(connection, journey, moved, Some(moved.at)).await?),
    };
    if !has_changed {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO incident_event (incident, occurred_ms, kind, run, routed_ms)
         SELECT i.id, ?4, ?5, ?6, ?7 FROM incident i WHERE i.journey = ?1 AND i.kind = ?2 AND i.first_run = ?3
         ON CONFLICT DO NOTHING",
    )
    .bind(journey.0)
    .bind(moved.kind.as_str())
    .bind(moved.first_run)
    .bind(milliseconds(moved.at))
    .bind(word)
    .bind(moved.by)
    .bind(routed.map(milliseconds))
    .execute(connection)
    .await
    .map(drop)
    .map_err(what)
}

/// Among so many good runs a sample is searched for: more than an hour has, and usually one in an hour is kept.
const SAMPLES_AMONG: i64 = 4_096;

/// The last good run of a journey at the location of the run `?2`, within a day before the first bad one (`?1`), of which heads and bodies
/// were kept. Most details have none, and the key is found faster than the text is parsed: within a text of JSON its quotes are escaped.
const SAMPLE: &str = "SELECT g.id FROM (
       SELECT n.id, n.slot_ms FROM run f JOIN run r ON r.id = ?2 JOIN run n ON n.journey = f.journey AND n.location = r.location
         AND n.slot_ms < f.slot_ms AND n.slot_ms >= f.slot_ms - 86400000
       WHERE f.id = ?1 AND n.verdict IN (SELECT id FROM dictionary WHERE kind = 'verdict' AND word IN ('passed', 'degraded'))
       ORDER BY n.slot_ms DESC LIMIT ?3) g
     WHERE EXISTS (SELECT 1 FROM attempt a WHERE a.id BETWEEN g.id << 8 AND (g.id << 8) + 255
       AND instr(a.detail, '\"x\":') > 0 AND json_type(a.detail, '$.x') IS NOT NULL)
     ORDER BY g.slot_ms DESC LIMIT 1";

/// The last failed run of the incident's journey at its location, from its first bad one up to the run (`?5`) that ended it.
const LAST_BAD: &str = "(SELECT n.id FROM run n JOIN run l ON l.id = ?5
     WHERE n.journey = incident.journey AND n.location = incident.location AND n.slot_ms <= l.slot_ms AND n.id >= incident.first_run
       AND n.verdict = (SELECT id FROM dictionary WHERE kind = 'verdict' AND word = 'failed')
     ORDER BY n.slot_ms DESC LIMIT 1)";

/// False if it is there already.
async fn open(
    connection: &mut SqliteConnection,
    journey: JourneyKey,
    moved: &IncidentMove,
    opening: &Opening,
    sample: Option<i64>,
) -> Result<bool, StoreError> {
    sqlx::query(
        "INSERT INTO incident (tenant, journey, location, kind, first_run, opening_run, latest_run, last_good_run, began_ms, opened_ms,
           looks, bad_looks, statistic, bound, sample_run)
         SELECT j.tenant, j.id, r.location, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
         FROM journey j JOIN run r ON r.id = ?4 WHERE j.id = ?1
         ON CONFLICT DO NOTHING",
    )
    .bind(journey.0)
    .bind(moved.kind.as_str())
    .bind(opening.first_run)
    .bind(opening.opening_run)
    .bind(opening.last_good_run)
    .bind(milliseconds(opening.began_at))
    .bind(milliseconds(opening.opened_at))
    .bind(opening.looks.cast_signed())
    .bind(opening.bad_looks.cast_signed())
    .bind(opening.statistic)
    .bind(opening.bound)
    .bind(sample)
    .execute(connection)
    .await
    .map(|opened| opened.rows_affected() == 1)
    .map_err(StoreError::sql("writing to the table incident"))
}

/// An acknowledgement and a mute are for the failure that a person saw: they end with the incident. False if nothing changed.
async fn set_resolved(
    connection: &mut SqliteConnection,
    journey: JourneyKey,
    moved: &IncidentMove,
    resolved: Option<UnixMillis>,
) -> Result<bool, StoreError> {
    sqlx::query(AssertSqlSafe(format!(
        "UPDATE incident SET resolved_ms = ?4, last_bad_run = {LAST_BAD}, latest_run = max(latest_run, ?5), acknowledged_until_ms = NULL, muted_until_ms = NULL,
           acknowledged_ms = CASE WHEN ?4 IS NULL THEN NULL ELSE acknowledged_ms END,
           acknowledged_by = CASE WHEN ?4 IS NULL THEN NULL ELSE acknowledged_by END
         WHERE journey = ?1 AND kind = ?2 AND first_run = ?3 AND latest_run < ?5 AND (?4 IS NULL) = (resolved_ms IS NOT NULL)"
    )))
    .bind(journey.0)
    .bind(moved.kind.as_str())
    .bind(moved.first_run)
    .bind(resolved.map(milliseconds))
    .bind(moved.by)
    .execute(connection)
    .await
    .map(|changed| changed.rows_affected() == 1)
    .map_err(StoreError::sql("writing to the table incident"))
}

pub(crate) fn milliseconds(at: UnixMillis) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}
