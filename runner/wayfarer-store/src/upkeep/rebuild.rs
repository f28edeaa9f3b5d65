//! The roll-ups, made anew from the runs: the same rows, byte for byte, since both ways fold the same figures and
//! nothing in them depends on order.
//!
//! Only periods from which a tenant's runs are all there are made anew; what lies before can no longer be derived
//! from anything, and stays. Everything happens in one transaction: killed, it has not happened.

use std::collections::HashMap;
use std::path::Path;

use futures_util::TryStreamExt as _;
use serde::Serialize;
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};
use wayfarer_model::context::Lane;
use wayfarer_model::report::StepRecord;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use crate::error::StoreError;
use crate::keys::{JourneyKey, LocationKey};
use crate::pack::unpack;
use crate::place::{claim, database, leave, writing};
use crate::schema::require;
use crate::store::transaction;
use crate::words::Words;
use crate::writer::{Counted, Rollups, StepTaken, Used};

/// Runs that are folded together.
const TOGETHER: i64 = 4_096;

/// Makes room for the rows that are made anew: from when on those of a journey can be derived is its tenant's matter.
const CLEAR: [&str; 6] = [
    "DELETE FROM hourly AS h WHERE h.from_ms >= (SELECT coalesce(max(k.from_ms), 0) FROM journey j
       JOIN kept k ON k.tenant = j.tenant WHERE k.kind IN ('runs', 'rollups') AND j.id = h.journey)",
    "DELETE FROM daily AS h WHERE h.from_ms >= (SELECT coalesce(max(k.from_ms), 0) FROM journey j
       JOIN kept k ON k.tenant = j.tenant WHERE k.kind IN ('runs', 'rollups') AND j.id = h.journey)",
    "DELETE FROM step_hourly AS h WHERE h.from_ms >= (SELECT coalesce(max(k.from_ms), 0) FROM step s
       JOIN journey j ON j.id = s.journey JOIN kept k ON k.tenant = j.tenant
       WHERE k.kind IN ('runs', 'rollups') AND s.id = h.step)",
    "DELETE FROM usage_daily AS h WHERE h.from_ms >= (SELECT coalesce(max(k.from_ms), 0) FROM kept k
       WHERE k.kind IN ('runs', 'rollups') AND k.tenant = h.tenant)",
    "DELETE FROM last_failure",
    "INSERT INTO last_failure (journey, run, slot_ms) SELECT journey, id, max(slot_ms) FROM run
       WHERE lane = (SELECT id FROM word WHERE kind = 'lane' AND word = 'scheduled')
         AND verdict = (SELECT id FROM word WHERE kind = 'verdict' AND word = 'failed') GROUP BY journey",
];

/// What a rebuild did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RebuildReport {
    /// Runs that were counted again.
    pub runs: u64,
    /// Rows of roll-ups that there are now, those from before the first of these runs among them.
    pub rows: u64,
}

/// Makes the roll-ups anew. No server may run on the directory meanwhile.
///
/// # Errors
/// [`StoreError::InUse`], [`StoreError::NotThere`], [`StoreError::Older`], [`StoreError::Corrupt`],
/// [`StoreError::Sql`]; nothing is changed where one comes back.
pub async fn rebuild(data_dir: &Path) -> Result<RebuildReport, StoreError> {
    let path = database(data_dir);
    if !path.is_file() {
        return Err(StoreError::NotThere(path));
    }
    let _lock = claim(data_dir)?;
    let mut connection = writing(data_dir)
        .disable_statement_logging()
        .connect()
        .await
        .map_err(StoreError::sql("opening the database"))?;
    let done = match require(&mut connection, &path).await {
        Ok(()) => transaction(&mut connection, |connection| Box::pin(all(connection))).await,
        Err(error) => Err(error),
    };
    leave(connection).await;
    done
}

async fn all(connection: &mut SqliteConnection) -> Result<RebuildReport, StoreError> {
    clear(connection).await?;
    let floors = floors(connection).await?;
    let words = Words::load(connection).await?;
    let mut rollups = Rollups::new();
    let mut report = RebuildReport::default();
    let mut after = (floors.values().copied().min().unwrap_or(0), 0);
    loop {
        let (mut runs, last) = read(after, &words, connection).await?;
        let Some(last) = last else { break };
        after = last;
        runs.retain(|_, run| run.slot.0 >= floors.get(&run.journey.0).copied().unwrap_or(0).cast_unsigned());
        add_attempts(&mut runs, connection).await?;
        let counted: Vec<Counted<'_>> = runs.values().map(Stored::counted).collect();
        rollups.fold(&counted, connection).await?;
        rollups.settle();
        report.runs += counted.len() as u64;
    }
    report.rows = count(connection).await?;
    Ok(report)
}

/// Removes what is made anew, and finds the journeys' last failures again.
async fn clear(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let what = StoreError::sql("making the roll-ups anew");
    for sql in CLEAR {
        sqlx::query(sql).execute(&mut *connection).await.map_err(&what)?;
    }
    Ok(())
}

async fn floors(connection: &mut SqliteConnection) -> Result<HashMap<i64, i64>, StoreError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT j.id, coalesce(max(k.from_ms), 0) FROM journey j
         LEFT JOIN kept k ON k.tenant = j.tenant AND k.kind IN ('runs', 'rollups') GROUP BY j.id",
    )
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("reading the table kept"))?;
    Ok(rows.into_iter().collect())
}

/// A run as its rows tell of it.
struct Stored {
    journey: JourneyKey,
    location: LocationKey,
    slot: UnixMillis,
    lane: Lane,
    verdict: Verdict,
    first_verdict: Option<Verdict>,
    duration: Option<Micros>,
    /// The number of the attempt whose steps these are.
    last: i64,
    steps: Vec<StepTaken>,
    usage: Used,
    is_in_maintenance: bool,
}

impl Stored {
    fn counted(&self) -> Counted<'_> {
        Counted {
            journey: self.journey,
            location: self.location,
            slot: self.slot,
            lane: self.lane,
            verdict: self.verdict,
            first_verdict: self.first_verdict,
            duration: self.duration,
            steps: &self.steps,
            usage: self.usage,
            is_muted: self.is_in_maintenance && !self.verdict.is_unrun(),
        }
    }
}

/// Slot and number of a run: where a walk over all of them is.
type Place = (i64, i64);

/// The next runs by slot, without what their attempts say, and the last one's place.
async fn read(
    (slot, run): Place,
    words: &Words,
    connection: &mut SqliteConnection,
) -> Result<(HashMap<i64, Stored>, Option<Place>), StoreError> {
    let what = StoreError::sql("reading the table run");
    let rows = sqlx::query(
        "SELECT id, journey, location, slot_ms, lane, verdict, first_verdict, duration_us, maintenance IS NOT NULL
         FROM run
         WHERE slot_ms >= ?1 AND (slot_ms > ?1 OR id > ?2) ORDER BY slot_ms, id LIMIT ?3",
    )
    .bind(slot)
    .bind(run)
    .bind(TOGETHER)
    .fetch_all(connection)
    .await
    .map_err(&what)?;
    let mut runs = HashMap::with_capacity(rows.len());
    let mut last = None;
    for row in &rows {
        let number = |column: usize| row.try_get::<i64, _>(column).map_err(&what);
        let corrupt = || StoreError::Corrupt {
            table: "run",
            row: row.get::<i64, _>(0).to_string(),
            reason: "a word in it is none".to_owned(),
        };
        let first: Option<i64> = row.try_get(6).map_err(&what)?;
        let duration: Option<i64> = row.try_get(7).map_err(&what)?;
        last = Some((number(3)?, number(0)?));
        runs.insert(
            number(0)?,
            Stored {
                journey: JourneyKey(number(1)?),
                location: LocationKey(number(2)?),
                slot: UnixMillis(u64::try_from(number(3)?).unwrap_or(0)),
                lane: words.to_lane(number(4)?).ok_or_else(corrupt)?,
                verdict: words.to_verdict(number(5)?).ok_or_else(corrupt)?,
                first_verdict: first.and_then(|word| words.to_verdict(word)),
                duration: duration.and_then(|us| u64::try_from(us).ok()).map(Micros),
                last: 0,
                steps: Vec::new(),
                usage: Used::default(),
                is_in_maintenance: number(8)? != 0,
            },
        );
    }
    Ok((runs, last))
}

/// Adds what the attempts of these runs used, and the last one's steps.
async fn add_attempts(
    runs: &mut HashMap<i64, Stored>,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let what = StoreError::sql("reading the table attempt");
    let listed: Vec<String> = runs.keys().map(i64::to_string).collect();
    let mut rows = sqlx::query(
        "SELECT a.id, a.duration_us, a.cpu_us, a.detail FROM json_each(?1) r
         CROSS JOIN attempt a ON a.id BETWEEN r.value << 8 AND (r.value << 8) + 255",
    )
    .bind(format!("[{}]", listed.join(",")))
    .fetch(connection);
    // One after the other: a detail may be large.
    while let Some(row) = rows.try_next().await.map_err(&what)? {
        let number = |column: usize| row.try_get::<i64, _>(column).map_err(&what);
        let id = number(0)?;
        let Some(run) = runs.get_mut(&(id >> 8)) else { continue };
        let (recording, _) = unpack(row.try_get(3).map_err(&what)?).map_err(|error| StoreError::Corrupt {
            table: "attempt",
            row: id.to_string(),
            reason: error.to_string(),
        })?;
        let micros = |column| Ok::<_, StoreError>(Micros(u64::try_from(number(column)?).unwrap_or(0)));
        run.usage.add_attempt(micros(2)?, micros(1)?, &recording.traffic);
        if id & 255 >= run.last {
            run.last = id & 255;
            let taken = |step: StepRecord| (step.name.into(), step.outcome, step.duration_us);
            run.steps = recording.steps.into_iter().map(taken).collect();
        }
    }
    Ok(())
}

async fn count(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let rows: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM hourly) + (SELECT count(*) FROM daily) + (SELECT count(*) FROM step_hourly)
           + (SELECT count(*) FROM usage_daily)",
    )
    .fetch_one(connection)
    .await
    .map_err(StoreError::sql("counting the roll-ups"))?;
    Ok(u64::try_from(rows).unwrap_or(0))
}
