//! Runs that a person takes out of the rates, or puts back: where the runner was at fault and did not see it.
//!
//! The row of a run keeps its verdict, and names the note of the person. What is derived from runs is derived again for the hours
//! that the runs lie in, in the transaction that marks them: the roll-ups are those that a rebuild makes. Incidents stay, because
//! people were told of them; what later looks are compared with has no part of a voided run.
//!
//! Each UTC day is a transaction of its own, so the writer stands still for one day's runs at most. A call that was cut off is
//! repeated: what it had done stays done.

use std::collections::{BTreeMap, BTreeSet};

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
use crate::periods::{DAY_MS, HOUR_MS, Span};
use crate::store::Store;
use crate::tables::{TABLES, Table};
use crate::tenants::tenant_of;
use crate::upkeep::{Fold, floors, fold_again};
use crate::writer::fold_days;

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

    fn add(&mut self, chosen: &[Chosen]) {
        for run in chosen {
            *self.verdicts.entry(run.verdict.as_str()).or_default() += 1;
            if !self.journeys.contains(&run.name) {
                self.journeys.insert(run.name.clone());
            }
        }
    }
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
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Corrupt`], [`StoreError::Closed`].
    pub async fn void_runs(
        &self,
        tenant: &TenantName,
        runs: &ChosenRuns,
        note: NewVoid,
    ) -> Result<VoidFigures, StoreError> {
        self.change_all(tenant, runs, Change::Void { note, row: None }).await
    }

    /// Puts runs back into the rates.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`], [`StoreError::Sql`], [`StoreError::Corrupt`], [`StoreError::Closed`].
    pub async fn unvoid_runs(
        &self,
        tenant: &TenantName,
        runs: &ChosenRuns,
    ) -> Result<VoidFigures, StoreError> {
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
        mut change: Change,
    ) -> Result<VoidFigures, StoreError> {
        let mut figures = VoidFigures::default();
        for part in self.parts(runs).await? {
            let (tenant, with) = (tenant.clone(), change);
            let (taken, after) =
                self.write(move |connection| Box::pin(change_part(tenant, part, with, connection))).await?;
            change = after;
            figures.add(&taken);
        }
        Ok(figures)
    }

    /// The parts of a choice, each for a transaction of its own. Days without any run are left out.
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

/// Runs of one transaction.
#[derive(Debug, Clone)]
enum Part {
    These(Vec<RunId>),
    /// The day's first slot, and the first after the last one.
    Slots {
        journey: Option<JourneyName>,
        day: (i64, i64),
    },
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

async fn change_part(
    tenant: TenantName,
    part: Part,
    mut change: Change,
    connection: &mut SqliteConnection,
) -> Result<(Vec<Chosen>, Change), StoreError> {
    let what = StoreError::sql("writing to the table run");
    let dictionary = Dictionary::load(connection).await?;
    let chosen = chosen(&tenant, &part, &change, &dictionary, connection).await?;
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
    let numbers: Vec<String> = chosen.iter().map(|run| run.number.to_string()).collect();
    sqlx::query("UPDATE run SET void = ?1 WHERE id IN (SELECT value FROM json_each(?2))")
        .bind(row)
        .bind(format!("[{}]", numbers.join(",")))
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
    let what = StoreError::sql("reading the table run");
    let tenant = tenant_of(connection, tenant).await?;
    let verdicts: Vec<String> = [Verdict::Passed, Verdict::Degraded, Verdict::Failed]
        .map(|verdict| dictionary.verdict(verdict).to_string())
        .into();
    let select = format!(
        "SELECT r.id, r.journey, j.name, r.location, r.slot_ms, r.verdict, r.lane FROM journey j JOIN run r ON r.journey = j.id
         WHERE j.tenant = ?1 AND r.verdict IN ({}) AND r.maintenance IS NULL AND {}",
        verdicts.join(", "),
        change.condition()
    );
    let rows = match part {
        Part::Slots { journey, day: (from, until) } => {
            let sql =
                format!("{select} AND r.slot_ms >= ?2 AND r.slot_ms < ?3 AND (?4 IS NULL OR j.name = ?4)");
            sqlx::query(AssertSqlSafe(sql))
                .bind(tenant)
                .bind(from)
                .bind(until)
                .bind(journey.as_ref().map(JourneyName::as_str))
                .fetch_all(&mut *connection)
                .await
                .map_err(&what)?
        }
        Part::These(ids) => {
            // A run's id begins with its slot, by which the index finds it.
            let sql = format!("{select} AND r.slot_ms = ?2 AND r.uid = ?3");
            let mut rows = Vec::new();
            // One that is named twice is one run.
            for id in ids.iter().collect::<BTreeSet<_>>() {
                let found = sqlx::query(AssertSqlSafe(sql.as_str()))
                    .bind(tenant)
                    .bind(id.slot().0.cast_signed())
                    .bind(id.into_bytes().to_vec())
                    .fetch_optional(&mut *connection)
                    .await
                    .map_err(&what)?;
                rows.extend(found);
            }
            rows
        }
    };
    let floors = floors(connection).await?;
    let runs = rows.iter().map(|row| of_row(row, dictionary)).collect::<Result<Vec<_>, _>>()?;
    let is_whole = |run: &Chosen| run.slot >= floors.get(&run.journey.0).copied().unwrap_or(0);
    Ok(runs.into_iter().filter(is_whole).collect())
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
    let floors = floors(connection).await?;
    for ((journey, day), (first, last)) in hours {
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
