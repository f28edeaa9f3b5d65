//! The rows of the roll-ups: columns to figures and back. The only place that knows the columns of figures.

use std::collections::HashMap;
use std::hash::Hash;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use wayfarer_model::rollup::{Durations, RunFigures, StepFigures};
use wayfarer_model::sketch::DurationSketch;
use wayfarer_model::units::Micros;

use super::completed_run::Usage;
use crate::error::StoreError;
use crate::writer::statement::{ManyRows, Value};

const DURATIONS: &str = "sum_us, min_us, max_us, p50_us, p90_us, p95_us, p99_us, sketch";
const VERDICTS: &str = "passed, degraded, failed, broken, inconclusive, missed, skipped, cancelled";

/// A journey or a step, a location, and the beginning of the period.
pub(super) type PeriodKey = (i64, i64, u64);

/// Figures that are stored as columns.
pub(super) trait Stored: Sized {
    /// The columns after the key, in the order of [`put`](Self::put).
    fn columns() -> String;
    /// Appends the values.
    fn put(&self, values: &mut Vec<Value>);
    /// Reads them from the columns from `at` on.
    fn get(row: &SqliteRow, at: usize) -> Result<Self, sqlx::Error>;
}

/// Keys that are the first columns of a row.
pub(super) trait Key: Copy + Ord + Hash {
    const WIDTH: usize;
    fn put(self, values: &mut Vec<Value>);
    fn get(row: &SqliteRow) -> Result<Self, sqlx::Error>;
}

impl Key for PeriodKey {
    const WIDTH: usize = 3;
    fn put(self, values: &mut Vec<Value>) {
        values.extend([self.0.into(), self.1.into(), self.2.into()]);
    }
    fn get(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok((row.try_get(0)?, row.try_get(1)?, unsigned(row, 2)?))
    }
}

impl Key for (i64, u64) {
    const WIDTH: usize = 2;
    fn put(self, values: &mut Vec<Value>) {
        values.extend([self.0.into(), self.1.into()]);
    }
    fn get(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok((row.try_get(0)?, unsigned(row, 1)?))
    }
}

fn unsigned(row: &SqliteRow, column: usize) -> Result<u64, sqlx::Error> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
}

/// Rows of one table in memory. Beyond that, all are forgotten and read again when they are next needed.
const KEPT: usize = 50_000;

/// One table of roll-ups, with the figures of recently changed rows in memory: a commit writes these rows without reading them.
pub(super) struct FigureTable<K, F> {
    read: ManyRows,
    write: ManyRows,
    /// Figures as they are in the database.
    known: HashMap<K, F>,
    /// Figures as the transaction in progress makes them.
    changed: HashMap<K, F>,
}

impl<K: Key, F: Stored + Clone + Default> FigureTable<K, F> {
    /// `key` lists the columns of the key. Errors name `what`.
    pub(super) fn new(what: &'static str, name: &str, key: &str) -> Self {
        let columns = F::columns();
        let width = K::WIDTH + columns.split(',').count();
        let read = format!("SELECT {key}, {columns} FROM {name} WHERE ({key}) IN (VALUES");
        let write = format!("INSERT INTO {name} ({key}, {columns}) VALUES");
        let set: Vec<_> = columns.split(", ").map(|column| format!("{column} = excluded.{column}")).collect();
        // REPLACE would write the index's entry anew too.
        let otherwise = format!("ON CONFLICT ({key}) DO UPDATE SET {}", set.join(", "));
        Self {
            read: ManyRows::new(what, &read, K::WIDTH, ")"),
            write: ManyRows::new(what, &write, width, &otherwise),
            known: HashMap::new(),
            changed: HashMap::new(),
        }
    }

    /// Reads the rows of these keys that are not in memory.
    pub(super) async fn read(
        &mut self,
        keys: impl Iterator<Item = K>,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let mut missing: Vec<K> = keys.filter(|key| !self.known.contains_key(key)).collect();
        missing.sort_unstable();
        missing.dedup();
        let mut values = Vec::with_capacity(missing.len() * K::WIDTH);
        for key in missing {
            key.put(&mut values);
        }
        let rows = self.read.fetch(&values, connection).await?;
        let found: Result<Vec<(K, F)>, sqlx::Error> =
            rows.iter().map(|row| Ok((K::get(row)?, F::get(row, K::WIDTH)?))).collect();
        self.known.extend(found.map_err(StoreError::sql("reading a roll-up"))?);
        Ok(())
    }

    /// Changes the figures of a row for the transaction in progress.
    pub(super) fn change(&mut self, key: K, change: impl FnOnce(&mut F)) {
        let known = &self.known;
        change(self.changed.entry(key).or_insert_with(|| known.get(&key).cloned().unwrap_or_default()));
    }

    /// Inserts or updates the rows that were changed.
    pub(super) async fn write(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let mut values = Vec::new();
        for (key, figures) in &self.changed {
            key.put(&mut values);
            figures.put(&mut values);
        }
        self.write.execute(&values, connection).await.map(drop)
    }

    pub(super) fn committed(&mut self) {
        if self.known.len() > KEPT {
            self.known.clear();
        }
        self.known.extend(self.changed.drain());
    }

    pub(super) fn rolled_back(&mut self) {
        self.changed.clear();
    }

    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.changed.clear();
    }
}

impl Stored for RunFigures {
    fn columns() -> String {
        format!("slots, {VERDICTS}, good_first_attempt, flaky, muted, voided, {DURATIONS}")
    }

    fn put(&self, values: &mut Vec<Value>) {
        values.push(self.count().into());
        values.extend(self.verdicts.iter().map(|count| Value::from(*count)));
        let [good_first_attempt, flaky] = [self.good_first_attempt, self.flaky];
        values.extend([good_first_attempt, flaky, self.muted, self.voided].map(Value::from));
        put_durations(&self.durations, values);
    }

    fn get(row: &SqliteRow, at: usize) -> Result<Self, sqlx::Error> {
        let mut verdicts = [0; 8];
        for (count, column) in verdicts.iter_mut().zip(at + 1..) {
            *count = unsigned(row, column)?;
        }
        Ok(Self {
            verdicts,
            good_first_attempt: unsigned(row, at + 9)?,
            flaky: unsigned(row, at + 10)?,
            muted: unsigned(row, at + 11)?,
            voided: unsigned(row, at + 12)?,
            durations: get_durations(row, at + 13)?,
        })
    }
}

impl Stored for StepFigures {
    fn columns() -> String {
        format!("slots, passed, failed, open, {DURATIONS}")
    }

    fn put(&self, values: &mut Vec<Value>) {
        values.extend([self.count().into(), self.passed.into(), self.failed.into(), self.open.into()]);
        put_durations(&self.durations, values);
    }

    fn get(row: &SqliteRow, at: usize) -> Result<Self, sqlx::Error> {
        Ok(Self {
            passed: unsigned(row, at + 1)?,
            failed: unsigned(row, at + 2)?,
            open: unsigned(row, at + 3)?,
            durations: get_durations(row, at + 4)?,
        })
    }
}

impl Stored for Usage {
    fn columns() -> String {
        "runs, attempts, cpu_us, wall_us, requests, sent_bytes, received_bytes, confirm_runs".to_owned()
    }

    fn put(&self, values: &mut Vec<Value>) {
        let Self { runs, attempts, cpu_us, wall_us, requests, sent_bytes, received_bytes, confirm_runs } =
            *self;
        let all = [runs, attempts, cpu_us, wall_us, requests, sent_bytes, received_bytes, confirm_runs];
        values.extend(all.map(Value::from));
    }

    fn get(row: &SqliteRow, at: usize) -> Result<Self, sqlx::Error> {
        Ok(Self {
            runs: unsigned(row, at)?,
            attempts: unsigned(row, at + 1)?,
            cpu_us: unsigned(row, at + 2)?,
            wall_us: unsigned(row, at + 3)?,
            requests: unsigned(row, at + 4)?,
            sent_bytes: unsigned(row, at + 5)?,
            received_bytes: unsigned(row, at + 6)?,
            confirm_runs: unsigned(row, at + 7)?,
        })
    }
}

fn put_durations(durations: &Durations, values: &mut Vec<Value>) {
    let micros = |value: Option<Micros>| Value::from(value.map(|value| value.0));
    values.extend([durations.sum.0.into(), micros(durations.min), micros(durations.max)]);
    let quantiles = durations.quantiles();
    values.extend([
        micros(quantiles.map(|found| found.p50)),
        micros(quantiles.map(|found| found.p90)),
        micros(quantiles.map(|found| found.p95)),
        micros(quantiles.map(|found| found.p99)),
    ]);
    values.push(durations.sketch.to_bytes().into());
}

fn get_durations(row: &SqliteRow, at: usize) -> Result<Durations, sqlx::Error> {
    let micros = |column| -> Result<Option<Micros>, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(column)?.and_then(|value| u64::try_from(value).ok()).map(Micros))
    };
    let sketch = DurationSketch::from_bytes(row.try_get(at + 7)?)
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Durations { sum: Micros(unsigned(row, at)?), min: micros(at + 1)?, max: micros(at + 2)?, sketch })
}
