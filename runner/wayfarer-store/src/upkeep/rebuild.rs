//! What projections derive, made anew from the runs, by the projections themselves: the same rows, byte for byte, since
//! nothing in them depends on order.
//!
//! A roll-up is made anew only from the instant on from which its tenant's runs are all there. What lies before cannot be
//! derived any more, and stays. Everything happens in one transaction: a rebuild that is killed has changed nothing.

use std::collections::HashMap;
use std::path::Path;

use futures_util::TryStreamExt as _;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use wayfarer_model::context::Lane;
use wayfarer_model::report::StepRecord;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use crate::at_rest::change_at_rest;
use crate::dictionary::Dictionary;
use crate::error::StoreError;
use crate::keys::{JourneyKey, LocationKey};
use crate::pack::unpack;
use crate::stored_bytes::weigh;
use crate::tables::{Origin, TABLES, Table};
use crate::writer::{Annotation, CompletedRun, Projections, StepTaken, Usage};

/// Runs that are folded together, and the bytes of their recordings.
const TOGETHER: i64 = 4_096;
const BYTES_TOGETHER: u64 = 32 << 20;

/// The result of a rebuild.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RebuildReport {
    /// Runs that were folded again.
    pub runs: u64,
    /// Rows of roll-ups after it, those from before the first of these runs included.
    pub rows: u64,
}

/// Makes what projections derive anew: roll-ups, last failures, what runs are found by. No server may run on the directory meanwhile.
///
/// # Errors
/// [`StoreError::InUse`], [`StoreError::NotThere`], [`StoreError::Older`], [`StoreError::Corrupt`],
/// [`StoreError::Sql`]. An error changes nothing.
pub async fn rebuild(data_dir: &Path) -> Result<RebuildReport, StoreError> {
    change_at_rest(data_dir, |connection| Box::pin(all(connection))).await
}

async fn all(connection: &mut SqliteConnection) -> Result<RebuildReport, StoreError> {
    clear(connection).await?;
    let runs = fold_again(connection, 0, Stored::Counted).await?;
    Ok(RebuildReport { runs, rows: count(connection).await? })
}

/// Whether what recordings take is derived again too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    /// The caller has removed it.
    Counted,
    /// The caller has given back what it removed itself.
    LeftAlone,
}

/// Has the projections derive again what they derive of runs from a slot on. The caller has removed it. Returns how many runs were
/// counted.
pub(crate) async fn fold_again(
    connection: &mut SqliteConnection,
    from_ms: i64,
    stored: Stored,
) -> Result<u64, StoreError> {
    let floors = floors(connection).await?;
    let dictionary = Dictionary::load(connection).await?;
    let mut projections = Projections::new();
    let mut counted = 0;
    let mut after = (from_ms, 0);
    loop {
        let mut runs = read(after, &dictionary, connection).await?;
        let weights: HashMap<i64, u64> =
            weigh(&numbers(&runs), &mut *connection).await?.into_iter().collect();
        runs.truncate(fitting(&runs, &weights));
        let Some(last) = runs.last() else { break };
        after = (last.slot.0.cast_signed(), last.number);
        for run in &mut runs {
            let floor = floors.get(&run.journey.0).copied().unwrap_or(0).cast_unsigned();
            run.is_period_whole = run.slot.0 >= floor;
        }
        add_attempts(&mut runs, connection).await?;
        if stored == Stored::Counted {
            add_stored(&mut runs, &weights);
        }
        let completed: Vec<CompletedRun<'_>> = runs.iter().map(StoredRun::completed).collect();
        projections.apply(&completed, connection).await?;
        projections.committed();
        counted += completed.iter().filter(|run| run.is_period_whole).count() as u64;
    }
    Ok(counted)
}

/// Removes what the projections derive anew.
async fn clear(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    for sql in TABLES.iter().filter_map(Table::clear) {
        sqlx::query(AssertSqlSafe(sql))
            .execute(&mut *connection)
            .await
            .map_err(StoreError::sql("making the roll-ups anew"))?;
    }
    Ok(())
}

/// From when on the roll-ups of each journey can be derived.
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

/// A run, read from its rows.
struct StoredRun {
    number: i64,
    journey: JourneyKey,
    location: LocationKey,
    slot: UnixMillis,
    lane: Lane,
    verdict: Verdict,
    first_verdict: Option<Verdict>,
    duration: Option<Micros>,
    /// The number of the attempt to which `steps` belong.
    last: i64,
    steps: Vec<StepTaken>,
    annotations: Vec<Annotation>,
    usage: Usage,
    stored_bytes: u64,
    is_in_maintenance: bool,
    is_period_whole: bool,
}

impl StoredRun {
    fn completed(&self) -> CompletedRun<'_> {
        CompletedRun {
            number: self.number,
            journey: self.journey,
            location: self.location,
            slot: self.slot,
            lane: self.lane,
            verdict: self.verdict,
            first_verdict: self.first_verdict,
            duration: self.duration,
            steps: &self.steps,
            annotations: &self.annotations,
            usage: self.usage,
            stored_bytes: self.stored_bytes,
            is_muted: self.is_in_maintenance && !self.verdict.is_unrun(),
            is_period_whole: self.is_period_whole,
        }
    }
}

/// Slot and number of a run: the position of a walk over all runs.
type Place = (i64, i64);

/// The next runs by slot, without their attempts.
async fn read(
    (slot, run): Place,
    dictionary: &Dictionary,
    connection: &mut SqliteConnection,
) -> Result<Vec<StoredRun>, StoreError> {
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
    let mut runs = Vec::with_capacity(rows.len());
    for row in &rows {
        let number = |column: usize| row.try_get::<i64, _>(column).map_err(&what);
        let corrupt = || StoreError::Corrupt {
            table: "run",
            row: row.get::<i64, _>(0).to_string(),
            reason: "a verdict or a lane in it is not in the dictionary".to_owned(),
        };
        let first: Option<i64> = row.try_get(6).map_err(&what)?;
        let duration: Option<i64> = row.try_get(7).map_err(&what)?;
        runs.push(StoredRun {
            number: number(0)?,
            journey: JourneyKey(number(1)?),
            location: LocationKey(number(2)?),
            slot: UnixMillis(u64::try_from(number(3)?).unwrap_or(0)),
            lane: dictionary.to_lane(number(4)?).ok_or_else(corrupt)?,
            verdict: dictionary.to_verdict(number(5)?).ok_or_else(corrupt)?,
            first_verdict: first.and_then(|word| dictionary.to_verdict(word)),
            duration: duration.and_then(|us| u64::try_from(us).ok()).map(Micros),
            last: 0,
            steps: Vec::new(),
            annotations: Vec::new(),
            usage: Usage::default(),
            stored_bytes: 0,
            is_in_maintenance: number(8)? != 0,
            is_period_whole: false,
        });
    }
    Ok(runs)
}

fn numbers(runs: &[StoredRun]) -> Vec<i64> {
    runs.iter().map(|run| run.number).collect()
}

/// How many of these runs are folded together, by the bytes of their recordings: one at least.
fn fitting(runs: &[StoredRun], weights: &HashMap<i64, u64>) -> usize {
    let mut bytes = 0;
    let fits = runs.iter().take_while(|run| {
        let fits = bytes < BYTES_TOGETHER;
        bytes += weights.get(&run.number).copied().unwrap_or(0);
        fits
    });
    fits.count()
}

/// Adds the usage of these runs' attempts, the last attempt's steps, and what every attempt noted.
async fn add_attempts(runs: &mut [StoredRun], connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let what = StoreError::sql("reading the table attempt");
    let places: HashMap<i64, usize> =
        runs.iter().enumerate().map(|(place, run)| (run.number, place)).collect();
    let listed: Vec<String> = places.keys().map(i64::to_string).collect();
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
        let Some(run) = places.get(&(id >> 8)).and_then(|place| runs.get_mut(*place)) else { continue };
        let (recording, _) = unpack(row.try_get(3).map_err(&what)?).map_err(|error| StoreError::Corrupt {
            table: "attempt",
            row: id.to_string(),
            reason: error.to_string(),
        })?;
        run.annotations.extend(Annotation::of(u32::try_from(id & 255).unwrap_or(0), &recording.annotations));
        // What runs before their tenant's floor used and how long their steps took is not counted.
        if !run.is_period_whole {
            continue;
        }
        let micros = |column| Ok::<_, StoreError>(Micros(u64::try_from(number(column)?).unwrap_or(0)));
        run.usage.add_attempt(micros(2)?, micros(1)?, &recording);
        if id & 255 >= run.last {
            run.last = id & 255;
            let taken = |step: StepRecord| (step.name.into(), step.outcome, step.duration_us);
            run.steps = recording.steps.into_iter().map(taken).collect();
        }
    }
    Ok(())
}

/// Adds what the recordings of these runs take, whatever else of them is counted. Their annotations were not there to be weighed.
fn add_stored(runs: &mut [StoredRun], weights: &HashMap<i64, u64>) {
    for run in runs {
        let annotations: u64 = run.annotations.iter().map(Annotation::bytes).sum();
        run.stored_bytes = weights.get(&run.number).copied().unwrap_or(0) + annotations;
    }
}

async fn count(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let periods = TABLES.iter().filter(|table| matches!(table.origin, Origin::DerivedByPeriod { .. }));
    let mut rows = 0;
    for table in periods {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut *connection)
            .await
            .map_err(StoreError::sql("counting the roll-ups"))?;
        rows += u64::try_from(count).unwrap_or(0);
    }
    Ok(rows)
}
