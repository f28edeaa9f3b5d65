//! What registries said of the domains that journeys call. The background task `domains` writes it and reads it; tickets follow by
//! `incidents/matters.rs`. A row is of a name and of no tenant: two tenants that call one domain ask its registry once.

use sqlx::Row as _;
use wayfarer_model::units::UnixMillis;

use crate::error::StoreError;
use crate::incidents::milliseconds;
use crate::store::{Store, instant};

/// One domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainRow {
    /// In lower case, without a dot at its end.
    pub name: String,
    /// When its registration expires, and when the registry said so; none before it did.
    pub expires: Option<(UnixMillis, UnixMillis)>,
    /// From when on it is looked up again.
    pub ask_again: UnixMillis,
}

impl Store {
    /// Every domain that was looked up and not forgotten, by name.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn domains(&self) -> Result<Vec<DomainRow>, StoreError> {
        let what = StoreError::sql("reading the table domain");
        let rows = sqlx::query("SELECT name, expires_ms, seen_ms, ask_again_ms FROM domain ORDER BY name")
            .fetch_all(self.readers())
            .await
            .map_err(&what)?;
        let read = rows.iter().map(|row| {
            Ok(DomainRow {
                name: row.try_get(0)?,
                expires: instant(row, 1)?.zip(instant(row, 2)?),
                ask_again: instant(row, 3)?.unwrap_or_default(),
            })
        });
        read.collect::<Result<_, sqlx::Error>>().map_err(what)
    }

    /// Writes down what a domain's registry answered at an instant: when the registration expires, or why nobody knows. What it said before
    /// stays in the second case.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn domain_looked_up(
        &self,
        name: String,
        answer: Result<UnixMillis, String>,
        asked: UnixMillis,
        ask_again: UnixMillis,
    ) -> Result<(), StoreError> {
        let (expires, problem) = match answer {
            Ok(expires) => (Some(milliseconds(expires)), None),
            Err(problem) => (None, Some(problem)),
        };
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO domain (name, expires_ms, seen_ms, asked_ms, problem, ask_again_ms)
                     VALUES (?1, ?2, iif(?2 IS NULL, NULL, ?3), ?3, ?4, ?5)
                     ON CONFLICT DO UPDATE SET expires_ms = coalesce(?2, expires_ms), seen_ms = iif(?2 IS NULL, seen_ms, ?3),
                       asked_ms = ?3, problem = ?4, ask_again_ms = ?5",
                )
                .bind(name)
                .bind(expires)
                .bind(milliseconds(asked))
                .bind(problem)
                .bind(milliseconds(ask_again))
                .execute(connection)
                .await
                .map_err(StoreError::sql("writing to the table domain"))?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets domains by their names: nobody calls them any more.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn forget_domains(&self, names: Vec<String>) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                for name in names {
                    sqlx::query("DELETE FROM domain WHERE name = ?")
                        .bind(name)
                        .execute(&mut *connection)
                        .await
                        .map_err(StoreError::sql("writing to the table domain"))?;
                }
                Ok(())
            })
        })
        .await
    }
}
