//! What people do about incidents. Each change is an event of the incident's time line, with its author.

use sqlx::SqliteConnection;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;

use super::fold::milliseconds;
use super::read::IncidentKey;
use crate::error::StoreError;
use crate::store::Store;

/// The kind of an event with words for the public.
pub(super) const PUBLISHED: &str = "published";

/// What a person does about an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncidentChange {
    /// Somebody works on it: until it is over, or until an instant.
    Acknowledge {
        /// None until it is over.
        until: Option<UnixMillis>,
    },
    /// Nobody is told of it until an instant.
    Mute {
        /// When the mute ends.
        until: UnixMillis,
    },
    /// A remark for others; the time line has it.
    Note,
    /// Words for the public: the tenant's status page shows them.
    Publish,
    /// Where the analysis of it can be read: a URL.
    PostMortem {
        /// Begins with `http://` or `https://`; callers check that.
        url: String,
    },
    /// It is over. If the journey goes on failing, another incident opens.
    Resolve,
}

impl IncidentChange {
    fn event(&self) -> &'static str {
        match self {
            Self::Acknowledge { .. } => "acknowledged",
            Self::Mute { .. } => "muted",
            Self::Note => "noted",
            Self::Publish => PUBLISHED,
            Self::PostMortem { .. } => "analysed",
            Self::Resolve => "resolved",
        }
    }
}

/// A change with its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonsWord {
    /// What becomes of the incident.
    pub change: IncidentChange,
    /// The person or the token.
    pub by: String,
    /// That person's note; may be empty.
    pub note: String,
}

impl Store {
    /// Changes an incident of a tenant, or of any tenant if none is named. False if there is none, or if it is over and the change is
    /// for one that is not. Returns once that is durable.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`], [`StoreError::Closed`].
    pub async fn change_incident(
        &self,
        incident: IncidentKey,
        tenant: Option<&TenantName>,
        word: PersonsWord,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.map(|tenant| tenant.as_str().to_owned());
        self.write(move |connection| Box::pin(change(connection, incident, tenant, word, now))).await
    }
}

async fn change(
    connection: &mut SqliteConnection,
    incident: IncidentKey,
    tenant: Option<String>,
    word: PersonsWord,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let what = StoreError::sql("writing to the table incident");
    let now_ms = milliseconds(now);
    let (column, is_for_open) = match &word.change {
        IncidentChange::Acknowledge { .. } => {
            ("acknowledged_ms = n.at, acknowledged_by = n.by, acknowledged_until_ms = n.until", true)
        }
        IncidentChange::Mute { .. } => ("muted_until_ms = n.until", true),
        IncidentChange::Note | IncidentChange::Publish => ("post_mortem = post_mortem", false),
        IncidentChange::PostMortem { .. } => ("post_mortem = n.url", false),
        IncidentChange::Resolve => ("resolved_ms = max(n.at, opened_ms)", true),
    };
    let until = match &word.change {
        IncidentChange::Acknowledge { until } => *until,
        IncidentChange::Mute { until } => Some(*until),
        IncidentChange::Note
        | IncidentChange::Publish
        | IncidentChange::PostMortem { .. }
        | IncidentChange::Resolve => None,
    };
    let url = if let IncidentChange::PostMortem { url } = &word.change { url.as_str() } else { "" };
    let open = if is_for_open { "AND resolved_ms IS NULL" } else { "" };
    // The text holds no value of anybody's.
    let sql = format!(
        "WITH n (at, by, until, url) AS (SELECT ?3, ?4, ?5, ?6)
         UPDATE incident SET {column} FROM n
         WHERE id = ?1 AND (?2 IS NULL OR tenant = (SELECT t.id FROM tenant t WHERE t.name = ?2)) {open} RETURNING journey"
    );
    let changed: Option<Option<i64>> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(incident.0)
        .bind(tenant)
        .bind(now_ms)
        .bind(&word.by)
        .bind(until.map(milliseconds))
        .bind(url)
        .fetch_optional(&mut *connection)
        .await
        .map_err(&what)?;
    let Some(journey) = changed else { return Ok(false) };
    sqlx::query(
        "INSERT INTO incident_event (incident, occurred_ms, kind, actor, note) VALUES (?1, ?2, ?3, ?4, ?5)",
    )
    .bind(incident.0)
    .bind(now_ms)
    .bind(word.change.event())
    .bind(&word.by)
    .bind(if url.is_empty() { word.note.as_str() } else { url })
    .execute(&mut *connection)
    .await
    .map_err(&what)?;
    if word.change == IncidentChange::Resolve
        && let Some(journey) = journey
    {
        begin_anew(connection, journey).await?;
    }
    Ok(true)
}

/// Has the fold begin anew, so that another incident opens if the journey goes on failing: it reads the event. Until then nothing is to be
/// confirmed.
pub(super) async fn begin_anew(connection: &mut SqliteConnection, journey: i64) -> Result<(), StoreError> {
    let what = StoreError::sql("writing to the table incident_watch");
    sqlx::query("UPDATE incident_watch SET wanted_ms = NULL WHERE journey = ?1")
        .bind(journey)
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
    sqlx::query("UPDATE incident_cursor SET epoch = epoch + 1")
        .execute(connection)
        .await
        .map(drop)
        .map_err(what)
}
