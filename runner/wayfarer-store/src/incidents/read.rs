//! Incidents as people ask for them.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _};
use wayfarer_model::ids::{JourneyName, LocationName, NameError, RunId, TenantName};
use wayfarer_model::incident::IncidentKind;
use wayfarer_model::journey_watch::JourneyWatch;
use wayfarer_model::units::UnixMillis;

use super::people::PUBLISHED;
use crate::error::StoreError;
use crate::keys::{JourneyKey, TenantKey};
use crate::store::{Store, instant};

/// The number of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentKey(pub i64);

/// Which incidents are listed; all conditions hold together.
#[derive(Debug, Clone, Default)]
pub struct IncidentFilter {
    /// Any tenant if none, and the platform's own too.
    pub tenant: Option<TenantName>,
    /// Any journey if none.
    pub journey: Option<JourneyName>,
    /// This one alone; any if none.
    pub incident: Option<IncidentKey>,
    /// Those with a smaller number.
    pub before: Option<IncidentKey>,
    /// Whether those that are over are left out.
    pub open_only: bool,
    /// The most incidents to return.
    pub limit: u32,
}

/// An incident with its names, and what is left of its runs.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentRow {
    /// The number that people see, from 1.
    pub key: IncidentKey,
    /// The tenant whose people see it; none if it is the platform's own.
    pub tenant: Option<TenantName>,
    /// A journey may have one open incident of each kind. None if it is of no journey.
    pub journey: Option<JourneyName>,
    /// The location of the run that opened it, or of the runner that found it.
    pub location: LocationName,
    /// Says whether it pages or is a ticket.
    pub kind: IncidentKind,
    /// The host that it is of; empty for a journey and for the runner.
    pub subject: String,
    /// The end of the first bad run.
    pub began: UnixMillis,
    /// The end of the run that opened it.
    pub opened: UnixMillis,
    /// When it was over; none while it is open.
    pub resolved: Option<UnixMillis>,
    /// The first bad run, the run that opened it, and the last good run before; none if retention removed them, or if there is none.
    pub first_run: Option<RunId>,
    /// The run that opened it; none if retention removed it.
    pub opening_run: Option<RunId>,
    /// None if there is none, or if retention removed it.
    pub last_good_run: Option<RunId>,
    /// Runs from the first bad one to the one that opened it.
    pub looks: u64,
    /// How many of them were bad.
    pub bad_looks: u64,
    /// The evidence when it opened.
    pub statistic: f64,
    /// What the evidence had to reach.
    pub bound: f64,
    /// When somebody acknowledged it, and who.
    pub acknowledged: Option<(UnixMillis, String)>,
    /// When the acknowledgement ends by itself.
    pub acknowledged_until: Option<UnixMillis>,
    /// Until when nobody is told.
    pub muted_until: Option<UnixMillis>,
    /// The URL of its analysis; may be empty.
    pub post_mortem: String,
    /// What the run that opened it says: the message of its last attempt. What was found, where it is of no journey.
    pub message: Option<String>,
}

/// An event of an incident's time line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentEventRow {
    /// The end of the run that moved it, or the instant of a person's request.
    pub occurred: UnixMillis,
    /// `opened`, `reopened`, `resolved`, `acknowledged`, `muted`, `noted`, `published` or `analysed`.
    pub kind: String,
    /// The run that moved it.
    pub run: Option<RunId>,
    /// The person; empty where a run moved it.
    pub actor: String,
    /// What the person wrote, or the URL of the analysis; may be empty.
    pub note: String,
}

const INCIDENTS: &str = "SELECT i.id, t.name, j.name, l.name, i.kind, i.began_ms, i.opened_ms, i.resolved_ms,
    (SELECT r.uid FROM run r WHERE r.id = i.first_run), (SELECT r.uid FROM run r WHERE r.id = i.opening_run),
    (SELECT r.uid FROM run r WHERE r.id = i.last_good_run), i.looks, i.bad_looks, i.statistic, i.bound,
    i.acknowledged_ms, i.acknowledged_by, i.acknowledged_until_ms, i.muted_until_ms, i.post_mortem,
    CASE WHEN i.journey IS NULL THEN i.summary ELSE
      (SELECT json_extract(a.detail, '$.f.message') FROM run r JOIN attempt a ON a.id = (r.id << 8) + r.attempts WHERE r.id = i.opening_run) END,
    i.subject
  FROM incident i LEFT JOIN tenant t ON t.id = i.tenant LEFT JOIN journey j ON j.id = i.journey JOIN location l ON l.id = i.location";

impl Store {
    /// Incidents, those that were found last first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<IncidentRow>, StoreError> {
        let mut query = QueryBuilder::new(INCIDENTS);
        query.push(" WHERE true");
        if let Some(tenant) = &filter.tenant {
            query.push(" AND t.name = ").push_bind(tenant.as_str());
        }
        if let Some(journey) = &filter.journey {
            query.push(" AND j.name = ").push_bind(journey.as_str());
        }
        if let Some(incident) = filter.incident {
            query.push(" AND i.id = ").push_bind(incident.0);
        }
        if let Some(before) = filter.before {
            query.push(" AND i.id < ").push_bind(before.0);
        }
        if filter.open_only {
            query.push(" AND i.resolved_ms IS NULL");
        }
        query.push(" ORDER BY i.id DESC LIMIT ").push_bind(i64::from(filter.limit));
        let rows = query
            .build()
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table incident"))?;
        rows.iter().map(incident).collect()
    }

    /// The time line of an incident, the oldest event first.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn incident_events(&self, incident: IncidentKey) -> Result<Vec<IncidentEventRow>, StoreError> {
        let what = StoreError::sql("reading the table incident_event");
        let rows = sqlx::query(
            "SELECT e.occurred_ms, e.kind, (SELECT r.uid FROM run r WHERE r.id = e.run), e.actor, e.note
             FROM incident_event e WHERE e.incident = ? ORDER BY e.id",
        )
        .bind(incident.0)
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        rows.iter()
            .map(|row| {
                Ok(IncidentEventRow {
                    occurred: instant(row, 0)?.unwrap_or_default(),
                    kind: row.try_get(1)?,
                    run: run_id(row, 2)?,
                    actor: row.try_get(3)?,
                    note: row.try_get(4)?,
                })
            })
            .collect::<Result<_, sqlx::Error>>()
            .map_err(what)
    }

    /// What people wrote about a tenant's incidents for the public, by incident, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn published_words(
        &self,
        tenant: &TenantName,
    ) -> Result<HashMap<IncidentKey, Vec<(UnixMillis, String)>>, StoreError> {
        let what = StoreError::sql("reading the table incident_event");
        let rows = sqlx::query(
            "SELECT e.incident, e.occurred_ms, e.note
             FROM incident i JOIN incident_event e ON e.incident = i.id
             WHERE i.tenant = (SELECT t.id FROM tenant t WHERE t.name = ?1) AND e.kind = ?2 ORDER BY e.id",
        )
        .bind(tenant.as_str())
        .bind(PUBLISHED)
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        let mut words: HashMap<_, Vec<_>> = HashMap::new();
        for row in &rows {
            let incident = IncidentKey(row.try_get(0).map_err(&what)?);
            let at = instant(row, 1).map_err(&what)?.unwrap_or_default();
            words.entry(incident).or_default().push((at, row.try_get(2).map_err(&what)?));
        }
        Ok(words)
    }

    /// Journeys that want a confirmation run, each with the instant at which it is due.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn wanted_confirmations(&self) -> Result<Vec<(JourneyKey, UnixMillis)>, StoreError> {
        let rows: Vec<(i64, i64)> =
            sqlx::query_as("SELECT journey, wanted_ms FROM incident_watch WHERE wanted_ms IS NOT NULL")
                .fetch_all(self.readers())
                .await
                .map_err(StoreError::sql("reading the table incident_watch"))?;
        Ok(rows
            .into_iter()
            .map(|(journey, at)| (JourneyKey(journey), UnixMillis(u64::try_from(at).unwrap_or(0))))
            .collect())
    }

    /// What is watched of each journey of a tenant, or of all tenants, as it was last written: a minute old at most.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn watches_of(
        &self,
        tenant: Option<&TenantName>,
    ) -> Result<HashMap<(TenantName, JourneyName), JourneyWatch>, StoreError> {
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT t.name, j.name, w.state FROM incident_watch w JOIN journey j ON j.id = w.journey JOIN tenant t ON t.id = j.tenant
             WHERE ?1 IS NULL OR t.name = ?1",
        )
        .bind(tenant.map(TenantName::as_str))
        .fetch_all(self.readers())
        .await
        .map_err(StoreError::sql("reading the table incident_watch"))?;
        let read = rows.into_iter().map(|(tenant, journey, state)| {
            let corrupt = |reason: String| StoreError::Corrupt {
                table: "incident_watch",
                row: journey.clone(),
                reason,
            };
            let name = |error: NameError| corrupt(error.to_string());
            let names = (tenant.parse().map_err(name)?, journey.parse().map_err(name)?);
            Ok((names, serde_json::from_str(&state).map_err(|error| corrupt(error.to_string()))?))
        });
        read.collect()
    }

    /// How many incidents are open, by tenant and kind: of every tenant, also kinds without one. Without a tenant: the platform's own.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn open_incidents(&self) -> Result<Vec<(Option<TenantName>, IncidentKind, u64)>, StoreError> {
        let rows: Vec<(Option<i64>, String, i64)> = sqlx::query_as(
            "SELECT tenant, kind, count(*) FROM incident WHERE resolved_ms IS NULL GROUP BY 1, 2",
        )
        .fetch_all(self.readers())
        .await
        .map_err(StoreError::sql("reading the table incident"))?;
        let count = |tenant: Option<TenantKey>, kind: IncidentKind| {
            let key = tenant.map(|tenant| tenant.0);
            let found = rows.iter().find(|(of, word, _)| *of == key && word == kind.as_str());
            found.map_or(0, |(_, _, count)| u64::try_from(*count).unwrap_or(0))
        };
        let tenants = self.tenants().await?;
        let tenants = tenants.iter().map(|(key, name)| (Some(*key), Some(name.clone())));
        let all = tenants.chain([(None, None)]).flat_map(|(key, name)| {
            let kinds =
                IncidentKind::ALL.into_iter().filter(move |kind| kind.is_platforms() == key.is_none());
            kinds.map(move |kind| (key, name.clone(), kind))
        });
        Ok(all.map(|(key, name, kind)| (name, kind, count(key, kind))).collect())
    }
}

fn incident(row: &SqliteRow) -> Result<IncidentRow, StoreError> {
    let what = StoreError::sql("reading the table incident");
    let key: i64 = row.try_get(0).map_err(&what)?;
    let corrupt = |reason: String| StoreError::Corrupt { table: "incident", row: key.to_string(), reason };
    let text = |column: usize| row.try_get::<String, _>(column).map_err(&what);
    let own = |column: usize| row.try_get::<Option<String>, _>(column).map_err(&what);
    let name = |error: NameError| corrupt(error.to_string());
    let at = |column: usize| instant(row, column).map_err(&what);
    let count = |column: usize| {
        row.try_get::<i64, _>(column).map(|count| u64::try_from(count).unwrap_or(0)).map_err(&what)
    };
    let word = text(4)?;
    let by: Option<String> = row.try_get(16).map_err(&what)?;
    Ok(IncidentRow {
        key: IncidentKey(key),
        tenant: own(1)?.map(|name| name.parse()).transpose().map_err(name)?,
        journey: own(2)?.map(|name| name.parse()).transpose().map_err(name)?,
        location: text(3)?.parse().map_err(name)?,
        kind: IncidentKind::of(&word).ok_or_else(|| corrupt(format!("`{word}` is no kind of incident")))?,
        began: at(5)?.unwrap_or_default(),
        opened: at(6)?.unwrap_or_default(),
        resolved: at(7)?,
        first_run: run_id(row, 8).map_err(&what)?,
        opening_run: run_id(row, 9).map_err(&what)?,
        last_good_run: run_id(row, 10).map_err(&what)?,
        looks: count(11)?,
        bad_looks: count(12)?,
        statistic: row.try_get(13).map_err(&what)?,
        bound: row.try_get(14).map_err(&what)?,
        acknowledged: at(15)?.map(|at| (at, by.unwrap_or_default())),
        acknowledged_until: at(17)?,
        muted_until: at(18)?,
        post_mortem: text(19)?,
        message: own(20)?,
        subject: text(21)?,
    })
}

fn run_id(row: &SqliteRow, column: usize) -> Result<Option<RunId>, sqlx::Error> {
    let bytes: Option<Vec<u8>> = row.try_get(column)?;
    Ok(bytes.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok()).map(RunId::from_bytes))
}
