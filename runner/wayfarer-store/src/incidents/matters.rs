//! Incidents of what is no journey: of the runner, which are the platform's own, and of hosts that a tenant's journeys call.
//!
//! Between the background tasks that find them and the outbox. Whoever finds one says each round whether it goes on, so a call that changes
//! nothing writes nothing; what was found before a restart is in the rows. At most one incident of a matter is open.

use std::collections::HashMap;

use sqlx::{QueryBuilder, Row as _, SqliteConnection};
use wayfarer_model::incident::{IncidentKind, JOIN_WITHIN};
use wayfarer_model::units::UnixMillis;

use super::fold::milliseconds;
use crate::error::StoreError;
use crate::keys::{LocationKey, TenantKey};
use crate::store::{Store, instant};

/// Runs whose hosts one statement reads.
const AT_A_TIME: usize = 500;

/// What an incident is of, where that is no journey.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Matter {
    /// None for the platform's own.
    pub tenant: Option<TenantKey>,
    /// One of the kinds that are of no journey.
    pub kind: IncidentKind,
    /// A host or a domain; empty for the runner.
    pub subject: String,
}

/// A host that a run called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenHost {
    /// Whose journey called it.
    pub tenant: TenantKey,
    /// The origin of the request, such as `https://shop.example`.
    pub origin: String,
    /// When the host's certificate expires; none where the run saw none.
    pub expires: Option<UnixMillis>,
    /// When the newest run started that saw that.
    pub at: UnixMillis,
    /// Whether it was a journey that is deployed still.
    pub is_deployed: bool,
}

/// An incident of the platform's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformIncident {
    /// The number that people see.
    pub number: i64,
    /// One of the platform's own kinds: `common-mode` or `runner-unwell`.
    pub kind: IncidentKind,
    /// When it opened, the first time.
    pub opened: UnixMillis,
    /// When it was over; none while it goes on.
    pub resolved: Option<UnixMillis>,
}

impl Store {
    /// Opens an incident of a matter, or opens the one again that was over within the last 30 minutes. False if one is open already.
    /// `began` is when it began, as far as that is known.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn open_matter(
        &self,
        matter: Matter,
        summary: String,
        began: UnixMillis,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let location = self.location();
        self.write(move |connection| Box::pin(open(connection, matter, summary, location, (began, now))))
            .await
    }

    /// Says that a matter is over since an instant. `note` is how, where that is not what people expect; it may be empty. False if no incident of
    /// it was open.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn close_matter(
        &self,
        matter: Matter,
        note: &'static str,
        at: UnixMillis,
    ) -> Result<bool, StoreError> {
        let location = self.location();
        self.write(move |connection| Box::pin(close(connection, matter, location, (note, at)))).await
    }

    /// Says anew what is found of a matter whose incident is open; people are told again. False if that is what was said last.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn tell_again(
        &self,
        matter: Matter,
        summary: String,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let location = self.location();
        self.write(move |connection| Box::pin(tell_again(connection, matter, location, summary, now))).await
    }

    /// The open matters of a kind at this location, of all tenants.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn open_matters(&self, kind: IncidentKind) -> Result<Vec<Matter>, StoreError> {
        let rows: Vec<(Option<i64>, String)> = sqlx::query_as(
            "SELECT tenant, subject FROM incident WHERE journey IS NULL AND kind = ? AND location = ? AND resolved_ms IS NULL",
        )
        .bind(kind.as_str())
        .bind(self.location().0)
        .fetch_all(self.readers())
        .await
        .map_err(StoreError::sql("reading the table incident"))?;
        let matter = |(tenant, subject): (Option<i64>, String)| Matter {
            tenant: tenant.map(TenantKey),
            kind,
            subject,
        };
        Ok(rows.into_iter().map(matter).collect())
    }

    /// What the newest run of each journey since an instant saw of the hosts that it called, and the newest good one: a run that fails early calls
    /// few of them.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn called_hosts(&self, since: UnixMillis) -> Result<Vec<SeenHost>, StoreError> {
        let rows: Vec<(i64, String, Option<i64>, i64, bool)> = sqlx::query_as(
            "WITH known AS (
               SELECT j.id, j.tenant,
                 NOT coalesce((SELECT v.is_removed FROM journey_version v WHERE v.journey = j.id ORDER BY v.number DESC LIMIT 1), 1) AS is_deployed
               FROM journey j),
             newest AS (
               SELECT d.tenant, d.is_deployed, (SELECT r.id FROM run r WHERE r.journey = d.id AND r.slot_ms >= ?1 AND r.started_ms IS NOT NULL
                 ORDER BY r.slot_ms DESC LIMIT 1) AS run FROM known d
               UNION
               SELECT d.tenant, d.is_deployed, (SELECT r.id FROM run r WHERE r.journey = d.id AND r.slot_ms >= ?1 AND r.started_ms IS NOT NULL
                 AND r.verdict IN (SELECT w.id FROM dictionary w WHERE w.kind = 'verdict' AND w.word IN ('passed', 'degraded'))
                 ORDER BY r.slot_ms DESC LIMIT 1) FROM known d),
             seen AS (
               SELECT n.tenant, n.is_deployed, json_extract(a.detail, '$.o[' || json_extract(q.value, '$[3]') || ']') AS origin,
                 json_extract(a.detail, '$.p[' || json_extract(q.value, '$[12]') || '][3]') AS expires, r.started_ms AS at
               FROM newest n JOIN run r ON r.id = n.run JOIN attempt a ON a.id = (r.id << 8) + r.attempts JOIN json_each(a.detail, '$.r') q)
             SELECT tenant, origin, expires, max(at), is_deployed FROM seen WHERE origin IS NOT NULL GROUP BY 1, 2, 3, 5",
        )
        .bind(milliseconds(since))
        .fetch_all(self.readers())
        .await
        .map_err(StoreError::sql("reading the table attempt"))?;
        let at = |ms: i64| UnixMillis(u64::try_from(ms).unwrap_or(0));
        let seen =
            |(tenant, origin, expires, started, is_deployed): (i64, String, Option<i64>, i64, bool)| {
                SeenHost {
                    tenant: TenantKey(tenant),
                    origin,
                    expires: expires.map(at),
                    at: at(started),
                    is_deployed,
                }
            };
        Ok(rows.into_iter().map(seen).collect())
    }

    /// The platform's incidents of this location that are open, or were over after an instant; the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn platform_incidents(&self, since: UnixMillis) -> Result<Vec<PlatformIncident>, StoreError> {
        let what = StoreError::sql("reading the table incident");
        let rows = sqlx::query(
            "SELECT id, kind, opened_ms, resolved_ms FROM incident
             WHERE journey IS NULL AND tenant IS NULL AND location = ?1 AND (resolved_ms IS NULL OR resolved_ms >= ?2) ORDER BY id",
        )
        .bind(self.location().0)
        .bind(milliseconds(since))
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        let read = rows.iter().map(|row| {
            let (number, kind): (i64, String) =
                (row.try_get(0).map_err(&what)?, row.try_get(1).map_err(&what)?);
            let kind = IncidentKind::of(&kind).ok_or_else(|| StoreError::Corrupt {
                table: "incident",
                row: number.to_string(),
                reason: format!("`{kind}` is no kind of incident"),
            })?;
            let opened = instant(row, 2).map_err(&what)?.unwrap_or_default();
            Ok(PlatformIncident { number, kind, opened, resolved: instant(row, 3).map_err(&what)? })
        });
        read.collect()
    }

    /// Of each run, the origin of the request that its failure names, or else of its first request, such as `https://shop.example`.
    /// Runs without a request are left out.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn origins_of(&self, runs: &[i64]) -> Result<HashMap<i64, String>, StoreError> {
        let what = StoreError::sql("reading the table attempt");
        let mut origins = HashMap::new();
        for some in runs.chunks(AT_A_TIME) {
            let mut query = QueryBuilder::new(
                "SELECT r.id, json_extract(a.detail, '$.o[' || json_extract(a.detail, '$.r[' || coalesce(json_extract(a.detail, '$.f.request'), 0) || '][3]') || ']')
                 FROM run r JOIN attempt a ON a.id = (r.id << 8) + r.attempts WHERE r.id IN (",
            );
            let mut numbers = query.separated(", ");
            for run in some {
                numbers.push_bind(run);
            }
            query.push(")");
            let rows: Vec<(i64, Option<String>)> =
                query.build_query_as().fetch_all(self.readers()).await.map_err(&what)?;
            origins.extend(rows.into_iter().filter_map(|(run, origin)| Some((run, origin?))));
        }
        Ok(origins)
    }

    /// The interval of an incident's journey as its last slots had it, in milliseconds, and the start of the journey's newest run that is bad as
    /// the incident's kind has it. None of what is not known.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn doubts_of(&self, incident: i64) -> Result<(Option<u64>, Option<UnixMillis>), StoreError> {
        let what = StoreError::sql("reading the table run");
        let row: Option<(Option<i64>, Option<i64>)> = sqlx::query_as(
            "SELECT json_extract(w.state, '$.interval_ms'),
               (SELECT coalesce(r.started_ms, r.slot_ms) FROM run r WHERE r.journey = i.journey
                  AND EXISTS (SELECT 1 FROM dictionary d WHERE d.id = r.verdict AND CASE i.kind
                    WHEN 'no-data' THEN d.word NOT IN ('passed', 'degraded', 'failed')
                    WHEN 'over-budget' THEN d.word = 'degraded' ELSE d.word = 'failed' END)
                ORDER BY r.slot_ms DESC LIMIT 1)
             FROM incident i LEFT JOIN incident_watch w ON w.journey = i.journey WHERE i.id = ?",
        )
        .bind(incident)
        .fetch_optional(self.readers())
        .await
        .map_err(what)?;
        let positive = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
        Ok(row.map_or((None, None), |(interval, newest)| {
            (positive(interval).filter(|ms| *ms > 0), positive(newest).map(UnixMillis))
        }))
    }
}

async fn open(
    connection: &mut SqliteConnection,
    matter: Matter,
    summary: String,
    location: LocationKey,
    (began, now): (UnixMillis, UnixMillis),
) -> Result<bool, StoreError> {
    let what = StoreError::sql("writing to the table incident");
    let tenant = matter.tenant.map(|tenant| tenant.0);
    let last: Option<(i64, Option<i64>)> = sqlx::query_as(
        "SELECT id, resolved_ms FROM incident WHERE journey IS NULL AND kind = ?1 AND subject = ?2 AND tenant IS ?3 AND location = ?4
         ORDER BY id DESC LIMIT 1",
    )
    .bind(matter.kind.as_str())
    .bind(&matter.subject)
    .bind(tenant)
    .bind(location.0)
    .fetch_optional(&mut *connection)
    .await
    .map_err(&what)?;
    let incident = match last {
        Some((_, None)) => return Ok(false),
        Some((incident, Some(resolved))) if is_joined(resolved, now) => {
            sqlx::query(
                "UPDATE incident SET resolved_ms = NULL, summary = ?2, acknowledged_ms = NULL, acknowledged_by = NULL,
                   acknowledged_until_ms = NULL, muted_until_ms = NULL WHERE id = ?1",
            )
            .bind(incident)
            .bind(&summary)
            .execute(&mut *connection)
            .await
            .map_err(&what)?;
            event(connection, incident, "reopened", &summary, now).await?;
            return Ok(true);
        }
        _ => sqlx::query_scalar(
            "INSERT INTO incident (tenant, location, kind, subject, summary, began_ms, opened_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
        )
        .bind(tenant)
        .bind(location.0)
        .bind(matter.kind.as_str())
        .bind(&matter.subject)
        .bind(&summary)
        .bind(milliseconds(began.min(now)))
        .bind(milliseconds(now))
        .fetch_one(&mut *connection)
        .await
        .map_err(&what)?,
    };
    event(connection, incident, "opened", &summary, now).await?;
    Ok(true)
}

/// Whether what comes back now is the incident that was over at `resolved`. One that was over later than now is.
fn is_joined(resolved: i64, now: UnixMillis) -> bool {
    let since = milliseconds(now).saturating_sub(resolved);
    u128::try_from(since).map_or(true, |since| since <= JOIN_WITHIN.as_millis())
}

async fn close(
    connection: &mut SqliteConnection,
    matter: Matter,
    location: LocationKey,
    (note, at): (&str, UnixMillis),
) -> Result<bool, StoreError> {
    let closed: Option<i64> = sqlx::query_scalar(
        "UPDATE incident SET resolved_ms = max(?5, opened_ms), acknowledged_until_ms = NULL, muted_until_ms = NULL
         WHERE journey IS NULL AND kind = ?1 AND subject = ?2 AND tenant IS ?3 AND location = ?4 AND resolved_ms IS NULL RETURNING id",
    )
    .bind(matter.kind.as_str())
    .bind(&matter.subject)
    .bind(matter.tenant.map(|tenant| tenant.0))
    .bind(location.0)
    .bind(milliseconds(at))
    .fetch_optional(&mut *connection)
    .await
    .map_err(StoreError::sql("writing to the table incident"))?;
    let Some(incident) = closed else { return Ok(false) };
    event(connection, incident, "resolved", note, at).await?;
    Ok(true)
}

async fn tell_again(
    connection: &mut SqliteConnection,
    matter: Matter,
    location: LocationKey,
    summary: String,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let told: Option<i64> = sqlx::query_scalar(
        "UPDATE incident SET summary = ?5 WHERE journey IS NULL AND kind = ?1 AND subject = ?2 AND tenant IS ?3 AND location = ?4
           AND resolved_ms IS NULL AND summary <> ?5 RETURNING id",
    )
    .bind(matter.kind.as_str())
    .bind(&matter.subject)
    .bind(matter.tenant.map(|tenant| tenant.0))
    .bind(location.0)
    .bind(&summary)
    .fetch_optional(&mut *connection)
    .await
    .map_err(StoreError::sql("writing to the table incident"))?;
    let Some(incident) = told else { return Ok(false) };
    event(connection, incident, "reminded", &summary, now).await?;
    Ok(true)
}

async fn event(
    connection: &mut SqliteConnection,
    incident: i64,
    word: &str,
    note: &str,
    at: UnixMillis,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO incident_event (incident, occurred_ms, kind, note) VALUES (?, ?, ?, ?)")
        .bind(incident)
        .bind(milliseconds(at))
        .bind(word)
        .bind(note)
        .execute(connection)
        .await
        .map(drop)
        .map_err(StoreError::sql("writing to the table incident_event"))
}
