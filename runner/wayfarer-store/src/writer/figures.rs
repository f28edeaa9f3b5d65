//! The rows of the roll-ups: columns to figures and back. The only place that knows their columns.

use std::collections::HashMap;
use std::hash::Hash;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use wayfarer_model::rollup::{Durations, RunFigures, StepFigures};
use wayfarer_model::sketch::DurationSketch;
use wayfarer_model::units::Micros;

use super::fold::PeriodKey;
use super::message::Used;
use super::statement::{ManyRows, Value};
use crate::error::StoreError;

const DURATIONS: &str = "sum_us, min_us, max_us, p50_us, p90_us, p95_us, p99_us, sketch";
const VERDICTS: &str = "passed, degraded, failed, broken, inconclusive, missed, skipped, cancelled";

/// Figures that are rows.
pub(super) trait Stored: Sized {
    /// The columns after the key, in the order of [`put`](Self::put).
    fn columns() -> String;
    /// Appends the values.
    fn put(&self, values: &mut Vec<Value>);
    /// Reads them, from the column numbered `at` on.
    fn get(row: &SqliteRow, at: usize) -> Result<Self, sqlx::Error>;
}

/// Keys that are rows' first columns.
pub(super) trait Key: Copy + Eq + Hash {
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

/// One table of roll-ups.
pub(super) struct Table<K, F> {
    read: ManyRows,
    write: ManyRows,
    kind: std::marker::PhantomData<fn(K) -> F>,
}

impl<K: Key, F: Stored> Table<K, F> {
    fn new(what: &'static str, name: &str, key: &str) -> Self {
        let columns = F::columns();
        let width = K::WIDTH + columns.split(',').count();
        let read = format!("SELECT {key}, {columns} FROM {name} WHERE ({key}) IN (VALUES");
        let write = format!("INSERT INTO {name} ({key}, {columns}) VALUES");
        let set: Vec<_> = columns.split(", ").map(|column| format!("{column} = excluded.{column}")).collect();
        // Not REPLACE, which would write the entry of the index anew too.
        let otherwise = format!("ON CONFLICT ({key}) DO UPDATE SET {}", set.join(", "));
        Self {
            read: ManyRows::new(what, &read, K::WIDTH, ")"),
            write: ManyRows::new(what, &write, width, &otherwise),
            kind: std::marker::PhantomData,
        }
    }

    /// The rows that are there.
    pub(super) async fn read(
        &self,
        keys: &[K],
        connection: &mut SqliteConnection,
    ) -> Result<HashMap<K, F>, StoreError> {
        let mut values = Vec::with_capacity(keys.len() * K::WIDTH);
        for key in keys {
            key.put(&mut values);
        }
        let rows = self.read.fetch(&values, connection).await?;
        rows.iter()
            .map(|row| Ok((K::get(row)?, F::get(row, K::WIDTH)?)))
            .collect::<Result<_, sqlx::Error>>()
            .map_err(StoreError::sql("reading a roll-up"))
    }

    /// Writes rows, whether they are there or not.
    pub(super) async fn write(
        &self,
        changed: &HashMap<K, F>,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let mut values = Vec::new();
        for (key, figures) in changed {
            key.put(&mut values);
            figures.put(&mut values);
        }
        self.write.execute(&values, connection).await.map(drop)
    }
}

/// Every table.
pub(super) struct Tables {
    pub(super) hourly: Table<PeriodKey, RunFigures>,
    pub(super) daily: Table<PeriodKey, RunFigures>,
    pub(super) steps: Table<PeriodKey, StepFigures>,
    pub(super) usage: Table<(i64, u64), Used>,
}

impl Tables {
    pub(super) fn new() -> Self {
        Self {
            hourly: Table::new("rolling up into hourly", "hourly", "journey, location, from_ms"),
            daily: Table::new("rolling up into daily", "daily", "journey, location, from_ms"),
            steps: Table::new("rolling up into step_hourly", "step_hourly", "step, location, from_ms"),
            usage: Table::new("rolling up into usage_daily", "usage_daily", "tenant, from_ms"),
        }
    }
}

impl Stored for RunFigures {
    fn columns() -> String {
        format!("n, {VERDICTS}, first_good, flaky, muted, {DURATIONS}")
    }

    fn put(&self, values: &mut Vec<Value>) {
        values.push(self.count().into());
        values.extend(self.verdicts.iter().map(|count| Value::from(*count)));
        values.extend([self.first_good.into(), self.flaky.into(), self.muted.into()]);
        put_durations(&self.durations, values);
    }

    fn get(row: &SqliteRow, at: usize) -> Result<Self, sqlx::Error> {
        let mut verdicts = [0; 8];
        for (count, column) in verdicts.iter_mut().zip(at + 1..) {
            *count = unsigned(row, column)?;
        }
        Ok(Self {
            verdicts,
            first_good: unsigned(row, at + 9)?,
            flaky: unsigned(row, at + 10)?,
            muted: unsigned(row, at + 11)?,
            durations: get_durations(row, at + 12)?,
        })
    }
}

impl Stored for StepFigures {
    fn columns() -> String {
        format!("n, passed, failed, open, {DURATIONS}")
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

impl Stored for Used {
    fn columns() -> String {
        "runs, attempts, cpu_us, wall_us, requests, sent_bytes, received_bytes".to_owned()
    }

    fn put(&self, values: &mut Vec<Value>) {
        let Self { runs, attempts, cpu_us, wall_us, requests, sent_bytes, received_bytes } = *self;
        let all = [runs, attempts, cpu_us, wall_us, requests, sent_bytes, received_bytes];
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
