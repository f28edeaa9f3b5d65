//! What a process knew of the time, for the next one: the table `clock`, and the newest row that says how late it is at least.

use std::path::Path;

use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};
use wayfarer_model::ids::LocationName;
use wayfarer_model::units::UnixMillis;

use crate::data_dir::{database, reading};
use crate::error::StoreError;
use crate::store::{Store, instant};
use crate::writer::Then;

/// The time that a process believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptClock {
    /// The name of the machine's boot.
    pub boot: String,
    /// The clock that counts from it, in milliseconds.
    pub boot_ms: u64,
    /// The wall clock at that instant, as the process believed it.
    pub wall: UnixMillis,
    /// How much longer retention was to rest then, in milliseconds.
    pub rest_ms: u64,
}

/// What the last process of a location left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimeLeft {
    /// The newest watermark. Zero in a new file.
    pub newest: UnixMillis,
    /// What it believed, if it was of a version that kept that.
    pub clock: Option<KeptClock>,
}

/// Reads what the last process left, before a store is opened. A file that cannot be read says nothing: opening it says why.
pub async fn time_left(data_dir: &Path, location: &LocationName) -> TimeLeft {
    if !database(data_dir).is_file() {
        return TimeLeft::default();
    }
    let read = async {
        let what = StoreError::sql("reading the table clock");
        let mut connection = reading(data_dir).disable_statement_logging().connect().await.map_err(&what)?;
        read(&mut connection, location).await.map_err(what)
    };
    read.await.unwrap_or_else(|error| {
        tracing::debug!(%error, "the time that the last process left cannot be read");
        TimeLeft::default()
    })
}

async fn read(connection: &mut SqliteConnection, location: &LocationName) -> Result<TimeLeft, sqlx::Error> {
    // Every schema has this column. The watermark is behind the newest row by a second or so.
    let row = sqlx::query("SELECT max(planned_until_ms) FROM location").fetch_one(&mut *connection).await?;
    let newest = instant(&row, 0)?.unwrap_or_default();
    let has_clock: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'clock'")
        .fetch_one(&mut *connection)
        .await?;
    if has_clock == 0 {
        return Ok(TimeLeft { newest, clock: None });
    }
    let row = sqlx::query(
        "SELECT c.boot, c.boot_ms, c.wall_ms, c.rest_ms FROM clock c JOIN location l ON l.id = c.location WHERE l.name = ?",
    )
    .bind(location.as_str())
    .fetch_optional(connection)
    .await?;
    let number = |value: i64| u64::try_from(value).unwrap_or(0);
    let clock = row.map(|row| KeptClock {
        boot: row.get(0),
        boot_ms: number(row.get(1)),
        wall: UnixMillis(number(row.get(2))),
        rest_ms: number(row.get(3)),
    });
    Ok(TimeLeft { newest, clock })
}

impl Store {
    /// Keeps what this process believes of the time.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn keep_clock(&self, clock: KeptClock) -> Result<(), StoreError> {
        let location = self.location();
        let write = self.write_measured(Then::Keep, move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO clock (location, boot, boot_ms, wall_ms, rest_ms) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (location) DO UPDATE SET boot = ?2, boot_ms = ?3, wall_ms = ?4, rest_ms = ?5",
                )
                .bind(location.0)
                .bind(clock.boot)
                .bind(clock.boot_ms as i64)
                .bind(clock.wall.0 as i64)
                .bind(clock.rest_ms as i64)
                .execute(connection)
                .await
                .map(drop)
                .map_err(StoreError::sql("writing to the table clock"))
            })
        });
        write.await.map(|((), _)| ())
    }

    /// The instant that retention last took for now. None before its first round.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn retention_instant(&self) -> Result<Option<UnixMillis>, StoreError> {
        let what = StoreError::sql("reading the table clock");
        let row = sqlx::query("SELECT retention_ms FROM clock WHERE location = ?")
            .bind(self.location().0)
            .fetch_optional(self.readers())
            .await
            .map_err(&what)?;
        row.map_or(Ok(None), |row| instant(&row, 0).map_err(what))
    }

    /// Keeps the instant that a round of retention takes for now. Keep the clock first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn keep_retention_instant(&self, at: UnixMillis) -> Result<(), StoreError> {
        let location = self.location();
        let write = self.write_measured(Then::Keep, move |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE clock SET retention_ms = ?2 WHERE location = ?1")
                    .bind(location.0)
                    .bind(at.0 as i64)
                    .execute(connection)
                    .await
                    .map(drop)
                    .map_err(StoreError::sql("writing to the table clock"))
            })
        });
        write.await.map(|((), _)| ())
    }
}
