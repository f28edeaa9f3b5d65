//! What channels were told of incidents: a conversation is everything that one channel was told under one thread.
//!
//! Between the deliveries and the server's routing task, which decides by it where recovery, reminders and escalations go. What a
//! question reads does not grow with the number of reminders.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};
use wayfarer_model::notice::NoticeKind;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Reason;

use crate::error::StoreError;
use crate::outbox::notice_kind;
use crate::store::{Store, instant};

/// What a channel was, or is to be, told of an incident by messages of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// A channel with a message of the incident.
    pub channel: String,
    /// The incident by which the channel knows the conversation.
    pub thread: i64,
    /// The number of the event that it was told of.
    pub event: i64,
    /// When that event happened.
    pub occurred: UnixMillis,
    /// What the messages were about.
    pub kind: NoticeKind,
    /// The newest reminder; 0 for other kinds.
    pub ordinal: u32,
    /// When quiet hours end that hold one still.
    pub held_until: Option<UnixMillis>,
    /// Whether the channel has yet to take one.
    pub is_waiting: bool,
    /// Whether all of them were given up.
    pub is_dead: bool,
}

/// In the order of telling; only reminders are several in a row of the answer.
const TOLD: &str =
    "SELECT d.incident, d.channel, d.thread, d.incident_event, e.occurred_ms, d.kind, max(d.ordinal),
    max(CASE d.state WHEN 'held' THEN d.due_ms END),
    max(d.state IN ('waiting', 'held', 'sending') AND d.delivered_ms IS NULL), min(d.state = 'dead')
  FROM delivery d JOIN incident_event e ON e.id = d.incident_event";
const BY_MESSAGE: &str =
    "GROUP BY d.incident, d.channel, d.thread, d.incident_event, d.kind ORDER BY min(d.id)";

impl Store {
    /// What channels were, or are to be, told of an incident, in the order of telling.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn told(&self, incident: i64) -> Result<Vec<Told>, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(format!("{TOLD} WHERE d.incident = ? {BY_MESSAGE}")))
            .bind(incident)
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table delivery"))?;
        rows.iter().map(told).collect()
    }

    /// The same of all incidents that go on, by the number of the incident. Incidents that nobody was told of are left out.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn told_of_open(&self) -> Result<BTreeMap<i64, Vec<Told>>, StoreError> {
        let what = StoreError::sql("reading the table delivery");
        let sql = format!(
            "{TOLD} WHERE d.incident IN (SELECT i.id FROM incident i WHERE i.resolved_ms IS NULL) {BY_MESSAGE}"
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(self.readers()).await.map_err(&what)?;
        let mut open: BTreeMap<i64, Vec<Told>> = BTreeMap::new();
        for row in &rows {
            open.entry(row.try_get(0).map_err(&what)?).or_default().push(told(row)?);
        }
        Ok(open)
    }

    /// Why the run failed that opened an incident, of all incidents that go on; without those whose run is gone.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn opening_reasons(&self) -> Result<BTreeMap<i64, Reason>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT i.id, r.reason FROM incident i JOIN run r ON r.id = i.opening_run
             WHERE i.resolved_ms IS NULL AND r.attempts > 0",
        )
        .fetch_all(self.readers())
        .await
        .map_err(StoreError::sql("reading the table incident"))?;
        let reason = |number| self.dictionary().to_reason(number);
        Ok(rows.into_iter().filter_map(|(incident, word)| Some((incident, reason(word)?))).collect())
    }

    /// Whether a channel is to be told that an incident is over: not while another incident of the conversation goes on, and not
    /// twice in a row.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn is_recovery_due(
        &self,
        thread: i64,
        channel: &str,
        incident: i64,
    ) -> Result<bool, StoreError> {
        sqlx::query_scalar(
            "SELECT NOT EXISTS (SELECT 1 FROM delivery d JOIN incident i ON i.id = d.incident
               WHERE d.thread = ?1 AND d.channel = ?2 AND d.incident <> ?3 AND i.resolved_ms IS NULL)
             AND coalesce((SELECT d.kind FROM delivery d WHERE d.thread = ?1 AND d.channel = ?2
               AND d.kind IN ('opened', 'reopened', 'resolved') ORDER BY d.id DESC LIMIT 1), '') <> 'resolved'",
        )
        .bind(thread)
        .bind(channel)
        .bind(incident)
        .fetch_one(self.readers())
        .await
        .map_err(StoreError::sql("reading the table delivery"))
    }
}

/// A row of [`TOLD`].
fn told(row: &SqliteRow) -> Result<Told, StoreError> {
    let what = StoreError::sql("reading the table delivery");
    Ok(Told {
        channel: row.try_get(1).map_err(&what)?,
        thread: row.try_get(2).map_err(&what)?,
        event: row.try_get(3).map_err(&what)?,
        occurred: instant(row, 4).map_err(&what)?.unwrap_or_default(),
        kind: notice_kind(row, 5)?,
        ordinal: row.try_get(6).map_err(&what)?,
        held_until: instant(row, 7).map_err(&what)?,
        is_waiting: row.try_get(8).map_err(&what)?,
        is_dead: row.try_get(9).map_err(&what)?,
    })
}
