//! Runs that a person takes out of the rates, or puts back: where the runner was at fault and did not see it.
//!
//! The row of a run keeps its verdict, and names the note of the person. What is derived from runs is derived again for the hours
//! that the runs lie in, in the transaction that marks them: the roll-ups are those that a rebuild makes. Incidents stay, because
//! people were told of them; what later looks are compared with has no part of a voided run.
//!
//! A transaction takes some hours of one journey, as many as hold the writer for a few milliseconds ([`Pace`]), and one at least: so an hour's runs
//! of one journey are the most that others wait for. A call that was cut off, or that failed, is repeated: what it had done stays done, and
//! the error says how much that is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use wayfarer_model::context::Lane;
use wayfarer_model::ids::{JourneyName, RunId, TenantName};
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Verdict;

use crate::dictionary::Dictionary;
use crate::error::StoreError;
use crate::keys::JourneyKey;
use crate::last_failure::renew_last_failure;
use crate::numbers::list;
use crate::pace::Pace;
use crate::periods::{DAY_MS, HOUR_MS, Span};
use crate::store::Store;
use crate::tables::{TABLES, Table};
use crate::tenants::tenant_of;
use crate::upkeep::{Fold, floors, fold_again};
use crate::writer::{Then, fold_days};

/// The runs of one tenant that a person means. Among these, only runs that are `passed`, `degraded` or `failed`, not muted, and of a day
/// from which retention has removed no run of the journey are taken. Confirmation runs are among them: they are looks of the incident rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChosenRuns {
    /// By their public ids.
    These(Vec<RunId>),
    /// By their slots: from `since` on, before `until`.
    Between {
        /// None for every journey of the tenant.
        journey: Option<JourneyName>,
        /// The beginning; a slot at this instant is meant.
        since: UnixMillis,
        /// The end; a slot at this instant is not meant.
        until: UnixMillis,
    },
}

/// Why runs are taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVoid {
    /// The person or the token.
    pub by: String,
    /// Why, for whoever reads the rates; callers check that it is one line.
    pub note: String,
    /// When it was said.
    pub at: UnixMillis,
}

/// How many runs were taken out, put back, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct VoidFigures {
    /// By verdict, without verdicts of which there are none.
    pub verdicts: BTreeMap<&'static str, u64>,
    /// The names of the journeys, each once.
    pub journeys: BTreeSet<String>,
}

impl VoidFigures {
    /// The sum over all verdicts.
    pub fn runs(&self) -> u64 {
        self.verdicts.values().sum()
    }

    fn in_words(&self) -> String {
        if self.runs() == 1 { "1 run".to_owned() } else { format!("{} runs", self.runs()) }
    }

    fn add(&mut self, chosen: &[Chosen]) {
        for run in chosen {
            *self.verdicts.entry(run.verdict.as_str()).or_default() += 1;
            if !self.journeys.contains(&run.name) {
                self.journeys.insert(run.name.clone());
            }
        }
    }
}

/// Runs were to be taken out or put back, and that failed in the middle.
#[derive(Debug, thiserror::Error)]
#[error("{} were changed before the runner failed, and stay changed: repeat the request for the rest; the runner's log says why", .done.in_words())]
pub struct VoidStopped {
    /// What was done before; it is durable.
    pub done: VoidFigures,
    /// Why the rest was not done.
    pub source: StoreError,
}

/// What is done with the runs.
#[derive(Debug, Clone)]
enum Change {
    Void { note: NewVoid, row: Option<i64> },
    Unvoid,
}

impl Change {
    /// The SQL condition for runs that it would change.
    fn condition(&self) -> &'static str {
        match self {
            Self::Void { .. } => "r.void IS NULL",
            Self::Unvoid => "r.void IS NOT NULL",
        }
    }
}

impl Store {
    /// Takes runs of a tenant out of the rates. Those that are out already stay as they are. Returns once that is durable.
    ///
    /// # Errors
    /// [`VoidStopped`] by [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Corrupt`], [`StoreError::Closed`].
    pub async fn void_runs(
        &self,
        tenant: &TenantName,
        runs: &ChosenRuns,
        note: NewVoid,
    ) -> Result<VoidFigures, VoidStopped> {
        self.change_all(tenant, runs, Change::Void { note, row: None }).await
    }

    /// Puts runs back into the rates.
    ///
    /// # Errors
    /// [`VoidStopped`] by [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Corrupt`], [`StoreError::Closed`].
    pub async fn unvoid_runs(
        &self,
        tenant: &TenantName,
        runs: &ChosenRuns,
    ) -> Result<VoidFigures, VoidStopped> {
        self.change_all(tenant, runs, Change::Unvoid).await
    }

    /// What [`void_runs`](Self::void_runs), or [`unvoid_runs`](Self::unvoid_runs), would take. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn void_preview(
        &self,
        tenant: &TenantName,
        runs: &ChosenRuns,
        is_unvoid: bool,
    ) -> Result<VoidFigures, StoreError> {
        let note = NewVoid { by: String::new(), note: String::new(), at: UnixMillis(0) };
        let change = if is_unvoid { Change::Unvoid } else { Change::Void { note, row: None } };
        let what = StoreError::sql("reading the table run");
        let mut connection = self.readers().acquire().await.map_err(what)?;
        let mut figures = VoidFigures::default();
        for part in self.parts(runs).await? {
            figures.add(&chosen(tenant, &part, &change, self.dictionary(), &mut connection).await?);
        }
        Ok(figures)
    }

    /// Whether a tenant has, or had, a journey of that name.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn has_journey(&self, tenant: &TenantName, journey: &JourneyName) -> Result<bool, StoreError> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM journey j JOIN tenant t ON t.id = j.tenant WHERE t.name = ?1 AND j.name = ?2)",
        )
        .bind(tenant.as_str())
        .bind(journey.as_str())
        .fetch_one(self.readers())
        .await
        .map_err(StoreError::sql("reading the table journey"))
    }

    async fn change_all(
        &self,
        tenant: &TenantName,
        runs: &ChosenRuns,
        change: Change,
    ) -> Result<VoidFigures, VoidStopped> {
        let mut done = VoidFigures::default();
        match self.change_each(tenant, runs, change, &mut done).await {
            Ok(()) => Ok(done),
            Err(source) => Err(VoidStopped { done, source }),
        }
    }

    async fn change_each(
        &self,
        tenant: &TenantName,
        runs: &ChosenRuns,
        mut change: Change,
        done: &mut VoidFigures,
    ) -> Result<(), StoreError> {
        let mut pace = Pace::of_hours();
        for part in self.parts(runs).await? {
            let what = StoreError::sql("reading the table run");
            let mut reader = self.readers().acquire().await.map_err(what)?;
            let found = chosen(tenant, &part, &change, self.dictionary(), &mut reader).await?;
            drop(reader);
            let mut left = by_hour(&found);
            while let Some((journey, numbers)) = next_piece(&mut left, pace.next()) {
                let (tenant, with) = (tenant.clone(), change);
                let piece = Part::Hours { journey, numbers };
                let work = self.write_measured(Then::Forget, move |connection| {
                    Box::pin(change_piece(tenant, piece, with, connection))
                });
                let ((taken, after), held) = work.await?;
                pace.took(held);
                change = after;
                done.add(&taken);
            }
        }
        Ok(())
    }

    /// The parts of a choice that are read together. Days without any run are left out.
    async fn parts(&self, runs: &ChosenRuns) -> Result<Vec<Part>, StoreError> {
        let (journey, since, until) = match runs {
            ChosenRuns::These(ids) => return Ok(vec![Part::These(ids.clone())]),
            ChosenRuns::Between { journey, since, until } => (journey, since.0, until.0),
        };
        let bounds: (Option<i64>, Option<i64>) =
            sqlx::query_as("SELECT (SELECT min(slot_ms) FROM run), (SELECT max(slot_ms) FROM run)")
                .fetch_one(self.readers())
                .await
                .map_err(StoreError::sql("reading the table run"))?;
        let (Some(oldest), Some(newest)) = bounds else { return Ok(Vec::new()) };
        let (mut from, until) =
            (since.max(oldest.cast_unsigned()), until.min(newest.cast_unsigned().saturating_add(1)));
        let mut parts = Vec::new();
        while from < until {
            let end = (from / DAY_MS + 1) * DAY_MS;
            let day = (from.cast_signed(), end.min(until).cast_signed());
            parts.push(Part::Slots { journey: journey.clone(), day });
            from = end;
        }
        Ok(parts)
    }
}

/// Runs that are read together.
#[derive(Debug, Clone)]
enum Part {
    These(Vec<RunId>),
    /// The day's first slot, and the first after the last one.
    Slots {
        journey: Option<JourneyName>,
        day: (i64, i64),
    },
    /// Of one transaction: numbers of runs of one journey.
    Hours {
        journey: JourneyKey,
        numbers: Vec<i64>,
    },
}

/// The numbers of runs, by journey and the beginning of their hour, in order.
type ByHour = VecDeque<((JourneyKey, i64), Vec<i64>)>;

fn by_hour(chosen: &[Chosen]) -> ByHour {
    let mut hours: BTreeMap<(JourneyKey, i64), Vec<i64>> = BTreeMap::new();
    for run in chosen {
        let hour = run.slot - run.slot.rem_euclid(HOUR_MS.cast_signed());
        hours.entry((run.journey, hour)).or_default().push(run.number);
    }
    hours.into_iter().collect()
}

/// The runs of the next transaction: of one journey and UTC day, within so many hours.
fn next_piece(left: &mut ByHour, hours: usize) -> Option<(JourneyKey, Vec<i64>)> {
    let ((journey, first), mut numbers) = left.pop_front()?;
    let (hour_ms, day_ms) = (HOUR_MS.cast_signed(), DAY_MS.cast_signed());
    let end = first.saturating_add(i64::try_from(hours).unwrap_or(1).saturating_mul(hour_ms));
    let end = end.min(first - first.rem_euclid(day_ms) + day_ms);
    while let Some((_, more)) = left.pop_front_if(|((other, hour), _)| *other == journey && *hour < end) {
        numbers.extend(more);
    }
    Some((journey, numbers))
}

/// A run that is changed.
struct Chosen {
    number: i64,
    journey: JourneyKey,
    name: String,
    location: i64,
    slot: i64,
    verdict: Verdict,
    is_scheduled: bool,
}

async fn change_piece(
    tenant: TenantName,
    piece: Part,
    mut change: Change,
    connection: &mut SqliteConnection,
) -> Result<(Vec<Chosen>, Change), StoreError> {
    let what = StoreError::sql("writing to the table run");
    let dictionary = Dictionary::load(connection).await?;
    // Somebody may have changed some of them since they were read.
    let chosen = chosen(&tenant, &piece, &change, &dictionary, connection).await?;
    if chosen.is_empty() {
        return Ok((chosen, change));
    }
    let row = match &mut change {
        Change::Unvoid => None,
        Change::Void { row: Some(row), .. } => Some(*row),
        Change::Void { note, row } => {
            *row = Some(put(&tenant, note, connection).await?);
            *row
        }
    };
    let numbers: Vec<i64> = chosen.iter().map(|run| run.number).collect();
    sqlx::query("UPDATE run SET void = ?1 WHERE id IN (SELECT value FROM json_each(?2))")
        .bind(row)
        .bind(list(&numbers))
        .execute(&mut *connection)
        .await
        .map_err(what)?;
    count_again(&chosen, connection).await?;
    Ok((chosen, change))
}

async fn put(
    tenant: &TenantName,
    note: &NewVoid,
    connection: &mut SqliteConnection,
) -> Result<i64, StoreError> {
    let tenant = tenant_of(connection, tenant).await?;
    sqlx::query_scalar(
        "INSERT INTO run_void (tenant, voided_ms, voided_by, note) VALUES (?, ?, ?, ?) RETURNING id",
    )
    .bind(tenant)
    .bind(note.at.0.cast_signed())
    .bind(&note.by)
    .bind(&note.note)
    .fetch_one(connection)
    .await
    .map_err(StoreError::sql("writing to the table run_void"))
}

/// The runs of a part that the change would change.
async fn chosen(
    tenant: &TenantName,
    part: &Part,
    change: &Change,
    dictionary: &Dictionary,
    connection: &mut SqliteConnection,
) -> Result<Vec<Chosen>, StoreError> {
    let tenant = tenant_of(connection, tenant).await?;
    let verdicts: Vec<String> = [Verdict::Passed, Verdict::Degraded, Verdict::Failed]
        .map(|verdict| dictionary.verdict(verdict).to_string())
        .into();
    let select = format!(
        "SELECT r.id, r.journey, j.name, r.location, r.slot_ms, r.verdict, r.lane FROM journey j JOIN run r ON r.journey = j.id
         WHERE j.tenant = {tenant} AND r.verdict IN ({}) AND r.maintenance IS NULL AND {}",
        verdicts.join(", "),
        change.condition()
    );
    let rows = rows(select, part, connection).await.map_err(StoreError::sql("reading the table run"))?;
    let journey = if let Part::Hours { journey, .. } = part { Some(*journey) } else { None };
    let floors = floors(journey, connection).await?;
    let runs = rows.iter().map(|row| of_row(row, dictionary)).collect::<Result<Vec<_>, _>>()?;
    let is_whole = |run: &Chosen| run.slot >= floors.get(&run.journey.0).copied().unwrap_or(0);
    Ok(runs.into_iter().filter(is_whole).collect())
}

/// The rows of a part, by a statement that a condition can be added to.
async fn rows(
    select: String,
    part: &Part,
    connection: &mut SqliteConnection,
) -> Result<Vec<SqliteRow>, sqlx::Error> {
    match part {
        Part::Slots { journey, day: (from, until) } => {
            let sql =
                format!("{select} AND r.slot_ms >= ?1 AND r.slot_ms < ?2 AND (?3 IS NULL OR j.name = ?3)");
            let query = sqlx::query(AssertSqlSafe(sql)).bind(from).bind(until);
            query.bind(journey.as_ref().map(JourneyName::as_str)).fetch_all(connection).await
        }
        Part::Hours { journey, numbers } => {
            let sql = format!("{select} AND r.journey = ?1 AND r.id IN (SELECT value FROM json_each(?2))");
            sqlx::query(AssertSqlSafe(sql)).bind(journey.0).bind(list(numbers)).fetch_all(connection).await
        }
        Part::These(ids) => {
            // A run's id begins with its slot, by which the index finds it.
            let sql = format!("{select} AND r.slot_ms = ?1 AND r.uid = ?2");
            let mut rows = Vec::new();
            // One that is named twice is one run.
            for id in ids.iter().collect::<BTreeSet<_>>() {
                let query = sqlx::query(AssertSqlSafe(sql.as_str())).bind(id.slot().0.cast_signed());
                rows.extend(query.bind(id.into_bytes().to_vec()).fetch_optional(&mut *connection).await?);
            }
            Ok(rows)
        }
    }
}

fn of_row(row: &SqliteRow, dictionary: &Dictionary) -> Result<Chosen, StoreError> {
    let what = StoreError::sql("reading the table run");
    let number = |column: usize| row.try_get::<i64, _>(column).map_err(&what);
    let corrupt = || StoreError::unknown_word("run", row.get::<i64, _>(0));
    Ok(Chosen {
        number: number(0)?,
        journey: JourneyKey(number(1)?),
        name: row.try_get(2).map_err(&what)?,
        location: number(3)?,
        slot: number(4)?,
        verdict: dictionary.to_verdict(number(5)?).ok_or_else(corrupt)?,
        is_scheduled: dictionary.to_lane(number(6)?).ok_or_else(corrupt)? == Lane::Scheduled,
    })
}

/// Derives what follows from these runs again: their hours, their days, and their journeys' last failures.
async fn count_again(chosen: &[Chosen], connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let (hour_ms, day_ms) = (HOUR_MS.cast_signed(), DAY_MS.cast_signed());
    let mut hours: BTreeMap<(JourneyKey, i64), (i64, i64)> = BTreeMap::new();
    let mut failed = BTreeSet::new();
    for run in chosen.iter().filter(|run| run.is_scheduled) {
        let (hour, day) = (run.slot / hour_ms * hour_ms, run.slot / day_ms * day_ms);
        let of_day = hours.entry((run.journey, day)).or_insert((hour, hour));
        *of_day = (of_day.0.min(hour), of_day.1.max(hour));
        if run.verdict == Verdict::Failed {
            failed.insert((run.journey, run.location));
        }
    }
    for ((journey, day), (first, last)) in hours {
        let floors = floors(Some(journey), connection).await?;
        let hours = Span { journey: Some(journey), from_ms: first, until_ms: Some(last + hour_ms) };
        let day = Span { journey: Some(journey), from_ms: day, until_ms: Some(day + day_ms) };
        for table in TABLES {
            let span = if table.name == "daily" { day } else { hours };
            clear(table, journey, span, connection).await?;
        }
        fold_again(connection, hours, Fold::Hours).await?;
        fold_days(day, &floors, connection).await?;
    }
    for (journey, location) in failed {
        renew_last_failure(journey, location, connection).await?;
    }
    Ok(())
}

async fn clear(
    table: &Table,
    journey: JourneyKey,
    span: Span,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let Some(sql) = table.clear_periods() else { return Ok(()) };
    sqlx::query(AssertSqlSafe(sql))
        .bind(journey.0)
        .bind(span.from_ms)
        .bind(span.until_ms)
        .execute(connection)
        .await
        .map(drop)
        .map_err(StoreError::sql("making the roll-ups anew"))
}
