//! Which journeys fail, which get confirmation runs; and which versions have ever worked.

use sqlx::AssertSqlSafe;
use wayfarer_model::context::Lane;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Verdict;

use crate::error::StoreError;
use crate::keys::{JourneyKey, VersionKey};
use crate::store::Store;

/// Journeys of one query.
const AT_A_TIME: usize = 500;

impl Store {
    /// The journeys, among the given ones, whose newest counted run of the lanes `scheduled` and `confirm` at this location is
    /// `failed`.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn failing(&self, journeys: &[JourneyKey]) -> Result<Vec<JourneyKey>, StoreError> {
        let dictionary = self.dictionary();
        let lanes = [Lane::Scheduled, Lane::Confirm].map(|lane| dictionary.lane(lane));
        let [passed, degraded, failed] =
            [Verdict::Passed, Verdict::Degraded, Verdict::Failed].map(|verdict| dictionary.verdict(verdict));
        let mut failing = Vec::new();
        for some in journeys.chunks(AT_A_TIME) {
            // The text holds numbers of the dictionary only. A journey's runs are a range of the unique index, read from its end.
            let text = format!(
                "SELECT k.column1 FROM (VALUES {}) k WHERE {failed} = (SELECT verdict FROM run
                   WHERE journey = k.column1 AND location = {} AND lane IN ({}, {}) AND verdict IN ({passed}, {degraded}, {failed}) AND void IS NULL
                   ORDER BY slot_ms DESC LIMIT 1)",
                vec!["(?)"; some.len()].join(","),
                self.location().0,
                lanes[0],
                lanes[1],
            );
            let mut query = sqlx::query_scalar(AssertSqlSafe(text));
            for journey in some {
                query = query.bind(journey.0);
            }
            let found: Vec<i64> =
                query.fetch_all(self.readers()).await.map_err(StoreError::sql("reading the table run"))?;
            failing.extend(found.into_iter().map(JourneyKey));
        }
        Ok(failing)
    }

    /// Whether a run of this version was good, at any location.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn was_good(&self, version: VersionKey) -> Result<bool, StoreError> {
        // The journey's runs since the version's first slot are a range of the unique index. The newest come first: a version that
        // is well is known to be so after a row or two.
        let dictionary = self.dictionary();
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM run JOIN journey_version v ON v.id = ?1
               WHERE run.journey = v.journey AND run.slot_ms >= min(v.valid_from_ms, v.deployed_ms) AND run.version = v.id
                 AND run.verdict IN (?2, ?3)
               ORDER BY run.slot_ms DESC)",
        )
        .bind(version.0)
        .bind(dictionary.verdict(Verdict::Passed))
        .bind(dictionary.verdict(Verdict::Degraded))
        .fetch_one(self.readers())
        .await
        .map_err(StoreError::sql("reading the table run"))
    }

    /// Whether a journey has a confirmation run of that instant at this location, in flight or over.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn was_confirmed(&self, journey: JourneyKey, at: UnixMillis) -> Result<bool, StoreError> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM run WHERE journey = ?1 AND slot_ms = ?2 AND location = ?3 AND lane = ?4)
               OR EXISTS (SELECT 1 FROM started WHERE journey = ?1 AND slot_ms = ?2 AND location = ?3 AND lane = ?4)",
        )
        .bind(journey.0)
        .bind(i64::try_from(at.0).unwrap_or(i64::MAX))
        .bind(self.location().0)
        .bind(self.dictionary().lane(Lane::Confirm))
        .fetch_one(self.readers())
        .await
        .map_err(StoreError::sql("reading the table run"))
    }
}
