//! Derives the rows of projections again, from the rows of runs: for a rebuild, where an unleap took runs out, and where people did.
//!
//! Invariants: the rows are those that the writer derived, because both use the same projections. Retention has removed some of a
//! journey's runs before its floor ([`floors`]), so the runs that are left there count in no roll-up. What they recorded takes
//! is counted all the same, and their annotations are found.

use std::collections::{BTreeMap, HashMap};

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use wayfarer_model::context::Lane;
use wayfarer_model::report::StepRecord;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use crate::dictionary::Dictionary;
use crate::error::StoreError;
use crate::keys::{JourneyKey, LocationKey};
use crate::pack::unpack;
use crate::periods::{DAY_MS, Span};
use crate::stored_bytes::{add_blobs, weigh};
use crate::writer::{Annotation, CompletedRun, Projections, Standing, StepTaken, Usage};

/// Runs that one statement reads.
const READ: i64 = 4_096;
/// Bytes of the recordings of runs that are folded together, which are in memory at the same time.
const TOGETHER: u64 = 32 << 20;

/// What is derived again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    /// The rows of every projection: roll-ups, last failures, annotations, stored bytes.
    All,
    /// The roll-ups by hour.
    Hours,
    /// What tenants used by day.
    Usage,
}

/// Derives the rows of these projections again, of the runs of a span. The caller has removed these rows. Returns how many
/// runs were counted into roll-ups.
pub(crate) async fn fold_again(
    connection: &mut SqliteConnection,
    span: Span,
    fold: Fold,
) -> Result<u64, StoreError> {
    let floors = floors(span.journey, connection).await?;
    let dictionary = Dictionary::load(connection).await?;
    let mut projections = match fold {
        Fold::All => Projections::new(),
        Fold::Hours => Projections::by_hour(),
        Fold::Usage => Projections::of_usage(),
    };
    let mut counted = 0;
    let mut after = (span.from_ms, 0);
    loop {
        let mut read = read(span, after, &dictionary, connection).await?;
        let Some(last) = read.last() else { break };
        after = (last.slot.0.cast_signed(), last.number);
        let weights = weights(&read, connection).await?;
        for run in &mut read {
            run.is_period_whole = run.slot.0 >= floor_of(&floors, run.journey);
        }
        while !read.is_empty() {
            let mut runs: Vec<StoredRun> = read.drain(..fitting(&read, &weights)).collect();
            add_attempts(&mut runs, fold, connection).await?;
            if fold == Fold::All {
                add_stored(&mut runs, &weights);
            }
            let completed: Vec<CompletedRun<'_>> = runs.iter().map(StoredRun::completed).collect();
            projections.apply(&completed, connection).await?;
            projections.committed();
            counted += completed.iter().filter(|run| run.is_period_whole).count() as u64;
        }
    }
    if fold == Fold::All {
        add_blobs(None, connection).await?;
    }
    Ok(counted)
}

/// What runs used, by journey and the beginning of a day. Runs before their journey's floor, and those of days that begin after
/// `until`, are left out.
pub(crate) async fn used(
    runs: &[i64],
    until: i64,
    floors: &Floors,
    connection: &mut SqliteConnection,
) -> Result<BTreeMap<(JourneyKey, u64), Usage>, StoreError> {
    let dictionary = Dictionary::load(connection).await?;
    let listed: Vec<String> = runs.iter().map(i64::to_string).collect();
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM run WHERE id IN (SELECT value FROM json_each(?1)) AND attempts > 0"
    )))
    .bind(format!("[{}]", listed.join(",")))
    .fetch_all(&mut *connection)
    .await
    .map_err(StoreError::sql("reading the table run"))?;
    let mut runs = rows.iter().map(|row| stored(row, &dictionary)).collect::<Result<Vec<_>, _>>()?;
    let last_day = until.cast_unsigned() / DAY_MS * DAY_MS;
    for run in &mut runs {
        let is_counted = run.slot.0 >= floor_of(floors, run.journey);
        run.is_period_whole = is_counted && run.slot.0 / DAY_MS * DAY_MS <= last_day;
    }
    add_attempts(&mut runs, Fold::Usage, connection).await?;
    let mut used: BTreeMap<_, Usage> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.is_period_whole) {
        let day = run.slot.0 / DAY_MS * DAY_MS;
        used.entry((run.journey, day)).or_default().add(run.completed().usage_by_lane());
    }
    Ok(used)
}

/// The instant from which on a journey's runs are all there, in unix milliseconds, by the journey's key.
pub(crate) type Floors = HashMap<i64, i64>;

fn floor_of(floors: &Floors, journey: JourneyKey) -> u64 {
    floors.get(&journey.0).copied().unwrap_or(0).cast_unsigned()
}

/// Reads the floors of one journey, or of all. Each is a midnight, because retention removes whole days.
pub(crate) async fn floors(
    journey: Option<JourneyKey>,
    connection: &mut SqliteConnection,
) -> Result<Floors, StoreError> {
    let of = journey.map_or_else(String::new, |key| format!(" WHERE j.id = {}", key.0));
    let rows: Vec<(i64, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT j.id, coalesce(max(k.from_ms), 0) FROM journey j
         LEFT JOIN kept k ON k.tenant = j.tenant AND k.kind IN ('runs', 'rollups'){of} GROUP BY j.id"
    )))
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
    standing: Standing,
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
            standing: self.standing,
            is_period_whole: self.is_period_whole,
        }
    }
}

/// Slot and number of a run: the position of a walk over all runs.
type Place = (i64, i64);

/// The next runs of a span by slot, without their attempts.
async fn read(
    span: Span,
    (slot, run): Place,
    dictionary: &Dictionary,
    connection: &mut SqliteConnection,
) -> Result<Vec<StoredRun>, StoreError> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM run WHERE slot_ms >= ?1 AND (slot_ms > ?1 OR id > ?2){} ORDER BY slot_ms, id LIMIT ?3",
        span.condition("slot_ms")
    )))
    .bind(slot)
    .bind(run)
    .bind(READ)
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("reading the table run"))?;
    rows.iter().map(|row| stored(row, dictionary)).collect()
}

/// What the recordings of these runs take, in bytes, by the run's number.
async fn weights(
    runs: &[StoredRun],
    connection: &mut SqliteConnection,
) -> Result<HashMap<i64, u64>, StoreError> {
    let numbers: Vec<i64> = runs.iter().map(|run| run.number).collect();
    Ok(weigh(&numbers, connection).await?.into_iter().collect())
}

/// How many of these runs are folded together, by the bytes of their recordings: at least one, unless there is none.
fn fitting(runs: &[StoredRun], weights: &HashMap<i64, u64>) -> usize {
    let mut bytes = 0;
    let fits = runs.iter().take_while(|run| {
        let fits = bytes < TOGETHER;
        bytes += weights.get(&run.number).copied().unwrap_or(0);
        fits
    });
    fits.count()
}

/// The columns of a run without its attempts, in the order of [`stored`].
const COLUMNS: &str = "id, journey, location, slot_ms, lane, verdict, first_verdict, duration_us, maintenance IS NOT NULL, void IS NOT NULL";

fn stored(row: &SqliteRow, dictionary: &Dictionary) -> Result<StoredRun, StoreError> {
    let what = StoreError::sql("reading the table run");
    let number = |column: usize| row.try_get::<i64, _>(column).map_err(&what);
    let corrupt = || StoreError::unknown_word("run", row.get::<i64, _>(0));
    let first: Option<i64> = row.try_get(6).map_err(&what)?;
    let duration: Option<i64> = row.try_get(7).map_err(&what)?;
    let verdict = dictionary.to_verdict(number(5)?).ok_or_else(corrupt)?;
    Ok(StoredRun {
        number: number(0)?,
        journey: JourneyKey(number(1)?),
        location: LocationKey(number(2)?),
        slot: UnixMillis(u64::try_from(number(3)?).unwrap_or(0)),
        lane: dictionary.to_lane(number(4)?).ok_or_else(corrupt)?,
        verdict,
        first_verdict: first.and_then(|word| dictionary.to_verdict(word)),
        duration: duration.and_then(|us| u64::try_from(us).ok()).map(Micros),
        last: 0,
        steps: Vec::new(),
        annotations: Vec::new(),
        usage: Usage::default(),
        stored_bytes: 0,
        standing: match (number(9)?, number(8)?) {
            (1, _) => Standing::Voided,
            (_, 1) if !verdict.is_unrun() => Standing::Muted,
            _ => Standing::Counted,
        },
        is_period_whole: false,
    })
}

/// Adds what the attempts of these runs used, the steps of the last attempt, and for [`Fold::All`] the annotations of every attempt.
async fn add_attempts(
    runs: &mut [StoredRun],
    fold: Fold,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let what = StoreError::sql("reading the table attempt");
    // Runs before their tenant's floor count in no roll-up, but their annotations are found.
    let read = runs.iter().enumerate().filter(|(_, run)| run.is_period_whole || fold == Fold::All);
    let places: HashMap<i64, usize> = read.map(|(place, run)| (run.number, place)).collect();
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
        if fold == Fold::All {
            run.annotations
                .extend(Annotation::of(u32::try_from(id & 255).unwrap_or(0), &recording.annotations));
        }
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

/// Adds what the recordings of these runs take. The rows of annotations were removed before the recordings were weighed.
fn add_stored(runs: &mut [StoredRun], weights: &HashMap<i64, u64>) {
    for run in runs {
        let annotations: u64 = run.annotations.iter().map(Annotation::bytes).sum();
        run.stored_bytes = weights.get(&run.number).copied().unwrap_or(0) + annotations;
    }
}
