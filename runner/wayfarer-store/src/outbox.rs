//! The outbox of alerts: events of incidents that people are to be told of, until the deliveries of each are written.
//!
//! Between whoever writes `incident_event` and the server's routing task, which decides who is told. An event leaves the
//! outbox in the transaction that writes its deliveries, so it has them once and for all, or not yet.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use wayfarer_model::ids::{JourneyName, LocationName, NameError, TenantName};
use wayfarer_model::incident::IncidentKind;
use wayfarer_model::notice::NoticeKind;
use wayfarer_model::units::UnixMillis;

use crate::deliveries::{IS_TO_COME, insert};
use crate::dependencies::names;
use crate::error::StoreError;
use crate::store::{Store, instant};
use crate::writer::Then;

/// An incident as those see it who tell people of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertIncident {
    /// The number that people see.
    pub number: i64,
    /// Its routes and channels apply; none if it is the platform's own.
    pub tenant: Option<TenantName>,
    /// Routes choose by it. None if it is of no journey.
    pub journey: Option<JourneyName>,
    /// The location of the run that opened it, or of the runner that found it.
    pub location: LocationName,
    /// The kind; routes choose by it, and the severity follows from it.
    pub kind: IncidentKind,
    /// The host that it is of; empty for a journey and for the runner.
    pub subject: String,
    /// What was found where no run shows it; may be empty.
    pub summary: String,
    /// The number of the run that opened it; none if it is of no journey.
    pub opening_run: Option<i64>,
    /// The number of its newest look; none if it is of no journey.
    pub latest_run: Option<i64>,
    /// The number of the last good look before it.
    pub last_good_run: Option<i64>,
    /// Its first bad look.
    pub began: UnixMillis,
    /// Reminders and escalations count from here.
    pub opened: UnixMillis,
    /// When it was over; none while it goes on.
    pub resolved: Option<UnixMillis>,
    /// Looks from its first bad one to its opening.
    pub looks: u32,
    /// Those of them that were bad.
    pub bad_looks: u32,
    /// The evidence when it opened; of a plain rule the looks between its false alarms.
    pub statistic: f64,
    /// The mean number of looks between two false incidents, at least; 0 of a plain rule.
    pub bound: f64,
    /// When somebody acknowledged it.
    pub acknowledged: Option<UnixMillis>,
    /// Until when that holds; none: until it is over.
    pub acknowledged_until: Option<UnixMillis>,
    /// Until when nobody is told of it.
    pub muted_until: Option<UnixMillis>,
    /// One sentence about the journey; may be empty.
    pub title: String,
    /// Who is to be told; may be empty.
    pub owner: String,
    /// The URL of what to do; may be empty.
    pub runbook: String,
    /// Words to select the journey by.
    pub tags: Vec<String>,
    /// The journeys without which it cannot be good.
    pub depends_on: Vec<JourneyName>,
}

impl AlertIncident {
    /// Whether somebody has taken it on.
    pub fn is_acknowledged(&self, at: UnixMillis) -> bool {
        self.acknowledged.is_some() && self.acknowledged_until.is_none_or(|until| at < until)
    }

    /// Whether nobody is to be told of it.
    pub fn is_muted(&self, at: UnixMillis) -> bool {
        self.muted_until.is_some_and(|until| at < until)
    }
}

/// An event that has no deliveries yet.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxEvent {
    /// In the order of writing; part of the stable id that receivers get.
    pub number: i64,
    /// What is told of it; none where people are not told of such an event.
    pub kind: Option<NoticeKind>,
    /// The end of the run that moved the incident.
    pub occurred: UnixMillis,
    /// The incident as it is now, not as it was at the event.
    pub incident: AlertIncident,
    /// The incident that it is held for, and when that was over; none if it is not held.
    pub held_for: Option<(i64, Option<UnixMillis>)>,
}

/// What becomes of a new delivery at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// It is sent when it is due.
    Waiting,
    /// Quiet hours hold it; it is sent when it is due, together with others.
    Held,
    /// Another one of its thread tells of it.
    Grouped,
}

/// A delivery to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// The event that it tells of.
    pub event: i64,
    /// The number of the incident that the event is of.
    pub incident: i64,
    /// What the message is about.
    pub kind: NoticeKind,
    /// Which reminder; 0 for other kinds.
    pub ordinal: u32,
    /// As the configuration names it.
    pub channel: String,
    /// The incident by which the channel knows the conversation.
    pub thread: i64,
    /// What becomes of it at first.
    pub begin: Begin,
    /// The channel that did not take it, where this is its fallback.
    pub fallback_of: Option<String>,
    /// When it is to be sent.
    pub due: UnixMillis,
}

/// An event with its deliveries; without any, nobody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routed {
    /// The number of the event that leaves the outbox.
    pub event: i64,
    /// Empty if no route covers the incident: the event leaves the outbox all the same.
    pub deliveries: Vec<NewDelivery>,
}

/// What a channel knows of incidents that were told of together and go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// A channel that was told, or is to be.
    pub channel: String,
    /// The incident by which the channel knows it.
    pub thread: i64,
    /// When the channel was last told of an alarm of it, or is to be.
    pub told: UnixMillis,
    /// Whether an alarm of it waits that is composed when it is sent, and so tells of an incident that joins before.
    pub is_pending: bool,
}

/// The newest version that is no removal says of what the journey is.
const INCIDENT: &str = "i.id, t.name, j.name, l.name, i.kind, i.opening_run, i.latest_run, i.last_good_run,
    i.began_ms, i.opened_ms, i.resolved_ms, i.looks, i.bad_looks, i.bound, i.acknowledged_ms, i.acknowledged_until_ms,
    i.muted_until_ms, v.title, v.owner, v.runbook, v.tags, i.subject, i.summary, v.depends_on, i.statistic
  FROM incident i LEFT JOIN tenant t ON t.id = i.tenant LEFT JOIN journey j ON j.id = i.journey JOIN location l ON l.id = i.location
    LEFT JOIN journey_version v ON v.id = (SELECT n.id FROM journey_version n
      WHERE n.journey = i.journey AND n.is_removed = 0 ORDER BY n.number DESC LIMIT 1)";

impl Store {
    /// The oldest events that have no deliveries yet and are not held, with the incidents as they are now.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn outbox(&self, limit: u32) -> Result<Vec<OutboxEvent>, StoreError> {
        self.unrouted("e.held_for IS NULL", 0, limit).await
    }

    /// The oldest events after one that are held for another incident, with their incidents as they are now.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn held(&self, after: i64, limit: u32) -> Result<Vec<OutboxEvent>, StoreError> {
        self.unrouted("e.held_for IS NOT NULL", after, limit).await
    }

    async fn unrouted(
        &self,
        which: &'static str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<OutboxEvent>, StoreError> {
        let what = StoreError::sql("reading the table incident_event");
        let sql = format!(
            "SELECT e.id, e.kind, e.occurred_ms, e.held_for, (SELECT h.resolved_ms FROM incident h WHERE h.id = e.held_for), {INCIDENT}
             JOIN incident_event e ON e.incident = i.id WHERE e.routed_ms IS NULL AND e.id > ?1 AND {which} ORDER BY e.id LIMIT ?2"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(after)
            .bind(limit)
            .fetch_all(self.readers())
            .await
            .map_err(&what)?;
        rows.iter()
            .map(|row| {
                let kind: String = row.try_get(1).map_err(&what)?;
                let held_for: Option<i64> = row.try_get(3).map_err(&what)?;
                let held_until = instant(row, 4).map_err(&what)?;
                Ok(OutboxEvent {
                    number: row.try_get(0).map_err(&what)?,
                    kind: told_as(&kind),
                    occurred: instant(row, 2).map_err(&what)?.unwrap_or_default(),
                    incident: incident(row, 5)?,
                    held_for: held_for.map(|incident| (incident, held_until)),
                })
            })
            .collect()
    }

    /// Holds events for another incident, of the platform's or of a journey that theirs depends on: they stay in the outbox, and [`outbox`](Self::outbox) does not return them.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn hold(&self, events: Vec<i64>, incident: i64) -> Result<(), StoreError> {
        let written = self.write_measured(Then::Keep, move |connection| {
            Box::pin(async move {
                for event in events {
                    sqlx::query("UPDATE incident_event SET held_for = ? WHERE id = ? AND routed_ms IS NULL")
                        .bind(incident)
                        .bind(event)
                        .execute(&mut *connection)
                        .await
                        .map_err(StoreError::sql("writing to the table incident_event"))?;
                }
                Ok(())
            })
        });
        written.await.map(drop)
    }

    /// Incidents that go on, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn open_for_alerts(&self) -> Result<Vec<AlertIncident>, StoreError> {
        let sql = format!("SELECT {INCIDENT} WHERE i.resolved_ms IS NULL ORDER BY i.id");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table incident"))?;
        rows.iter().map(|row| incident(row, 0)).collect()
    }

    /// The incidents of a conversation with a channel, its first one first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn told_together(&self, thread: i64, channel: &str) -> Result<Vec<AlertIncident>, StoreError> {
        let sql = format!(
            "SELECT {INCIDENT} WHERE i.id IN (SELECT d.incident FROM delivery d WHERE d.thread = ? AND d.channel = ?)
             ORDER BY i.id"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(thread)
            .bind(channel)
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::sql("reading the table incident"))?;
        rows.iter().map(|row| incident(row, 0)).collect()
    }

    /// An incident by its number.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn alert_incident(&self, number: i64) -> Result<Option<AlertIncident>, StoreError> {
        let sql = format!("SELECT {INCIDENT} WHERE i.id = ?");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(number)
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::sql("reading the table incident"))?;
        row.as_ref().map(|row| incident(row, 0)).transpose()
    }

    /// The conversations about incidents of a tenant and a kind of which one at least goes on; those that quiet hours hold are left out.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn conversations(
        &self,
        tenant: &TenantName,
        kind: IncidentKind,
    ) -> Result<Vec<Conversation>, StoreError> {
        let what = StoreError::sql("reading the table delivery");
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT d.channel, d.thread, max(max(d.due_ms, d.routed_ms)), max({IS_TO_COME})
             FROM delivery d JOIN incident i ON i.id = d.incident JOIN tenant t ON t.id = i.tenant
             WHERE t.name = ? AND i.kind = ? AND d.kind IN ('opened', 'reopened') AND d.state NOT IN ('grouped', 'held', 'dead')
               AND EXISTS (SELECT 1 FROM delivery m JOIN incident o ON o.id = m.incident
                 WHERE m.thread = d.thread AND m.channel = d.channel AND o.resolved_ms IS NULL)
             GROUP BY d.channel, d.thread ORDER BY d.thread",
        )))
        .bind(tenant.as_str())
        .bind(kind.as_str())
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        rows.iter()
            .map(|row| {
                Ok(Conversation {
                    channel: row.try_get(0).map_err(&what)?,
                    thread: row.try_get(1).map_err(&what)?,
                    told: instant(row, 2).map_err(&what)?.unwrap_or_default(),
                    is_pending: row.try_get(3).map_err(&what)?,
                })
            })
            .collect()
    }

    /// Writes the deliveries of events. An event that has left the outbox meanwhile keeps what it has.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn route(&self, routed: Vec<Routed>, now: UnixMillis) -> Result<(), StoreError> {
        let written = self.write_measured(Then::Keep, move |connection| {
            Box::pin(async move {
                for Routed { event, deliveries } in &routed {
                    if leave_outbox(connection, *event, now).await? {
                        insert(connection, deliveries, now).await?;
                    }
                }
                Ok(())
            })
        });
        written.await.map(drop)
    }
}

/// Whether the event was still there.
async fn leave_outbox(
    connection: &mut SqliteConnection,
    event: i64,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let left = sqlx::query("UPDATE incident_event SET routed_ms = ? WHERE id = ? AND routed_ms IS NULL")
        .bind(now.0 as i64)
        .bind(event)
        .execute(connection)
        .await
        .map_err(StoreError::sql("writing to the table incident_event"))?;
    Ok(left.rows_affected() == 1)
}

/// As what people are told of an event.
fn told_as(word: &str) -> Option<NoticeKind> {
    match word {
        "opened" => Some(NoticeKind::Opened),
        "reopened" => Some(NoticeKind::Reopened),
        "reminded" => Some(NoticeKind::Reminder),
        // Whoever was woken hears that it is over, whoever says so.
        "resolved" | "closed-by-hand" => Some(NoticeKind::Resolved),
        _ => None,
    }
}

/// A column with the word of a kind.
pub(crate) fn notice_kind(row: &SqliteRow, column: usize) -> Result<NoticeKind, StoreError> {
    let word: String = row.try_get(column).map_err(StoreError::sql("reading the table delivery"))?;
    NoticeKind::from_word(&word).ok_or_else(|| StoreError::Corrupt {
        table: "delivery",
        row: word.clone(),
        reason: "its kind is none that this version knows".to_owned(),
    })
}

/// An incident, from the column on where [`INCIDENT`] begins.
fn incident(row: &SqliteRow, from: usize) -> Result<AlertIncident, StoreError> {
    let what = StoreError::sql("reading the table incident");
    let number: i64 = row.try_get(from).map_err(&what)?;
    let corrupt = |error: &dyn ToString| StoreError::Corrupt {
        table: "incident",
        row: number.to_string(),
        reason: error.to_string(),
    };
    let own = |column: usize| row.try_get::<Option<String>, _>(from + column).map_err(&what);
    let text = |column: usize| own(column).map(Option::unwrap_or_default);
    let name = |error: NameError| corrupt(&error);
    let number_at = |column: usize| row.try_get::<i64, _>(from + column).map_err(&what);
    let run = |column: usize| row.try_get::<Option<i64>, _>(from + column).map_err(&what);
    let at = |column: usize| instant(row, from + column).map_err(&what);
    let count = |column: usize| Ok::<_, StoreError>(u32::try_from(number_at(column)?).unwrap_or(u32::MAX));
    let (word, tags) = (text(4)?, text(20)?);
    let depends_on = names(&text(23)?).map_err(name)?;
    let tags = if tags.is_empty() { Vec::new() } else { tags.split(',').map(str::to_owned).collect() };
    Ok(AlertIncident {
        number,
        tenant: own(1)?.map(|name| name.parse()).transpose().map_err(name)?,
        journey: own(2)?.map(|name| name.parse()).transpose().map_err(name)?,
        location: text(3)?.parse().map_err(name)?,
        subject: text(21)?,
        summary: text(22)?,
        kind: IncidentKind::of(&word).ok_or_else(|| corrupt(&format!("`{word}` is no kind of incident")))?,
        opening_run: run(5)?,
        latest_run: run(6)?,
        last_good_run: run(7)?,
        began: at(8)?.unwrap_or_default(),
        opened: at(9)?.unwrap_or_default(),
        resolved: at(10)?,
        looks: count(11)?,
        bad_looks: count(12)?,
        bound: row.try_get(from + 13).map_err(&what)?,
        statistic: row.try_get(from + 24).map_err(&what)?,
        acknowledged: at(14)?,
        acknowledged_until: at(15)?,
        muted_until: at(16)?,
        title: text(17)?,
        owner: text(18)?,
        runbook: text(19)?,
        tags,
        depends_on,
    })
}
