//! Deliveries of notices: from a row that is due to the channel's answer.
//!
//! At least once: a row is marked after the channel has answered, so a process that dies between sending and marking sends it
//! again when the lease is over, under the same id. One lease at a time: the update that takes it is guarded, and says in an
//! enum what it found. In order: within a conversation with a channel a row waits for the ones before it.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use wayfarer_model::ids::{NameError, TenantName};
use wayfarer_model::notice::NoticeKind;
use wayfarer_model::units::UnixMillis;

use crate::error::StoreError;
use crate::outbox::{Begin, NewDelivery, notice_kind};
use crate::store::{Store, instant};
use crate::writer::Then;

/// A delivery that is being sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The key in `delivery`; a channel never sees it.
    pub number: i64,
    /// The event that it tells of.
    pub event: i64,
    /// The number of the incident that the event is of.
    pub incident: i64,
    /// What the message is about, which differs from the event for reminders and escalations.
    pub kind: NoticeKind,
    /// Which reminder; 0 for other kinds.
    pub ordinal: u32,
    /// As the configuration names it; the tenant's own goes before the platform's.
    pub channel: String,
    /// The incident by which the channel knows the conversation.
    pub thread: i64,
    /// The channel that did not take it, where this is its fallback.
    pub fallback_of: Option<String>,
    /// When it was routed.
    pub routed: UnixMillis,
    /// Since when it is to be sent: the end of the quiet hours that held it, or its routing.
    pub since: UnixMillis,
    /// When what it tells of happened.
    pub occurred: UnixMillis,
    /// How many times it has been sent, this time included; of one that repeats itself, since the channel took it last.
    pub attempts: u32,
    /// Whether the channel has taken it before.
    pub is_told: bool,
    /// Of a recovery, who or what closed the incident, where no run did: `by ana`, `the journey was removed`.
    pub closed: Option<String>,
}

/// A channel that has deliveries to be sent, and the first of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueChannel {
    /// Whose; none for the platform's own.
    pub tenant: Option<TenantName>,
    /// As the configuration names it; the tenant's own goes before the platform's.
    pub channel: String,
}

/// What whoever wants to send a channel's next delivery finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leased {
    /// These are to be sent now, as one notice: one, or several that quiet hours held.
    Taken(Vec<Delivery>),
    /// Somebody sends one of the channel's, until this instant at the latest.
    InProgress(UnixMillis),
    /// No delivery of the channel is due, or an earlier one of its conversation waits.
    NothingDue,
}

/// A delivery as people see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeliveryFigures {
    /// Deliveries that are to be sent.
    pub waiting: u64,
    /// Since when the oldest of them is to be sent.
    pub oldest: Option<UnixMillis>,
}

/// Of the updated row itself: SQLite knows no other name of it there.
const COLUMNS: &str = "id, incident_event, incident, kind, ordinal, channel, thread, fallback_of, routed_ms, attempts,
    (SELECT e.occurred_ms FROM incident_event e WHERE e.id = delivery.incident_event), delivered_ms IS NOT NULL, since_ms,
    (SELECT coalesce(nullif('by ' || e.actor, 'by '), nullif(e.note, '')) FROM incident_event e
      WHERE e.id = delivery.incident_event AND e.kind = 'resolved' AND e.run IS NULL)";

/// The most that one digest tells of; the rest is another digest.
const TOGETHER: i64 = 100;

/// Whether nothing of the same conversation, told before, is still to be told. A row that repeats itself has been told.
const IS_IN_TURN: &str =
    "NOT EXISTS (SELECT 1 FROM delivery p WHERE p.thread = d.thread AND p.channel = d.channel
    AND p.id < d.id AND p.state IN ('waiting', 'held', 'sending') AND p.delivered_ms IS NULL)";

/// Whether the row `d` is an alarm that tells of everybody in its conversation and is not composed yet: it is composed under its lease. That an
/// incident goes on again tells of that one alone.
pub(crate) const IS_TO_COME: &str = "d.state = 'waiting' AND d.delivered_ms IS NULL AND d.kind = 'opened'";

impl Store {
    /// The channels that have something due.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`].
    pub async fn due_channels(&self, now: UnixMillis) -> Result<Vec<DueChannel>, StoreError> {
        let what = StoreError::sql("reading the table delivery");
        let rows = sqlx::query(
            "SELECT DISTINCT t.name, d.channel FROM delivery d LEFT JOIN tenant t ON t.id = d.tenant
             WHERE d.state IN ('waiting', 'held', 'sending') AND d.due_ms <= ?1
               AND (d.state <> 'sending' OR d.lease_ms <= ?1)",
        )
        .bind(now.0 as i64)
        .fetch_all(self.readers())
        .await
        .map_err(&what)?;
        rows.iter()
            .map(|row| {
                let tenant: Option<String> = row.try_get(0).map_err(&what)?;
                let tenant = tenant.map(|name| name.parse()).transpose();
                let tenant = tenant.map_err(|error: NameError| StoreError::Corrupt {
                    table: "delivery",
                    row: String::new(),
                    reason: error.to_string(),
                })?;
                Ok(DueChannel { tenant, channel: row.try_get(1).map_err(&what)? })
            })
            .collect()
    }

    /// Takes the channel's next delivery for as long as the caller may take to send it.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`], [`StoreError::Closed`].
    pub async fn lease(
        &self,
        channel: &DueChannel,
        now: UnixMillis,
        until: UnixMillis,
    ) -> Result<Leased, StoreError> {
        let channel = channel.clone();
        let leased = self.write_measured(Then::Keep, move |connection| {
            Box::pin(async move { lease(connection, &channel, now, until).await })
        });
        leased.await.map(|(leased, _)| leased)
    }

    /// Ends every lease: whoever had one is gone with its process. For a process that has not sent anything yet.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn free_leases(&self) -> Result<(), StoreError> {
        let written = self.write_measured(Then::Keep, |connection| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE delivery SET state = CASE is_held WHEN 1 THEN 'held' ELSE 'waiting' END, lease_ms = NULL
                     WHERE state = 'sending'",
                )
                    .execute(connection)
                    .await
                    .map(drop)
                    .map_err(StoreError::sql("writing to the table delivery"))
            })
        });
        written.await.map(drop)
    }

    /// The channel has taken them. With `again` each is sent again then, as long as its conversation is not over.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn delivered(
        &self,
        numbers: &[i64],
        digest: [u8; 32],
        now: UnixMillis,
        again: Option<UnixMillis>,
    ) -> Result<(), StoreError> {
        let numbers = numbers.to_vec();
        let written = self.write_measured(Then::Keep, move |connection| {
            Box::pin(async move {
                for number in numbers {
                    sqlx::query(
                        "UPDATE delivery AS d SET delivered_ms = coalesce(delivered_ms, ?2), digest = ?3, lease_ms = NULL,
                           last_error = NULL, due_ms = coalesce(?4, due_ms),
                           attempts = CASE WHEN ?4 IS NULL THEN attempts ELSE 0 END,
                           state = CASE WHEN ?4 IS NULL OR EXISTS (SELECT 1 FROM delivery n WHERE n.thread = d.thread
                             AND n.channel = d.channel AND n.id > d.id AND n.kind IN ('resolved', 'reopened'))
                             THEN 'delivered' ELSE 'waiting' END
                         WHERE id = ?1 AND state = 'sending'",
                    )
                    .bind(number)
                    .bind(now.0 as i64)
                    .bind(digest.to_vec())
                    .bind(again.map(|at| at.0 as i64))
                    .execute(&mut *connection)
                    .await
                    .map_err(StoreError::sql("writing to the table delivery"))?;
                }
                Ok(())
            })
        });
        written.await.map(drop)
    }

    /// The channel has not taken them. They are sent again at `retry`, or given up where there is none.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn not_delivered(
        &self,
        numbers: &[i64],
        error: &str,
        retry: Option<UnixMillis>,
    ) -> Result<(), StoreError> {
        let (numbers, error) = (numbers.to_vec(), error.to_owned());
        let written = self.write_measured(Then::Keep, move |connection| {
            Box::pin(async move {
                for number in numbers {
                    sqlx::query(
                        "UPDATE delivery SET last_error = ?2, lease_ms = NULL, due_ms = coalesce(?3, due_ms),
                           state = CASE WHEN ?3 IS NULL THEN 'dead' WHEN is_held THEN 'held' ELSE 'waiting' END
                         WHERE id = ?1 AND state = 'sending'",
                    )
                    .bind(number)
                    .bind(&error)
                    .bind(retry.map(|at| at.0 as i64))
                    .execute(&mut *connection)
                    .await
                    .map_err(StoreError::sql("writing to the table delivery"))?;
                }
                Ok(())
            })
        });
        written.await.map(drop)
    }

    /// Writes further deliveries of events that have left the outbox: reminders and escalations. One that is there already
    /// stays as it is.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn add_deliveries(
        &self,
        deliveries: Vec<NewDelivery>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        if deliveries.is_empty() {
            return Ok(());
        }
        let written = self.write_measured(Then::Keep, move |connection| {
            Box::pin(async move { insert(connection, &deliveries, now).await })
        });
        written.await.map(drop)
    }

    /// Has another channel told of these in the place of their own, and of what is grouped with them: the channel knows the whole
    /// conversation then. What is a stand-in itself has none, because they could go round in a circle.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Closed`].
    pub async fn stand_in(&self, numbers: &[i64], fallback: &str, now: UnixMillis) -> Result<(), StoreError> {
        let (numbers, fallback) = (numbers.to_vec(), fallback.to_owned());
        let written = self.write_measured(Then::Keep, move |connection| {
            Box::pin(async move {
                for number in numbers {
                    sqlx::query(
                        "INSERT INTO delivery (tenant, incident, incident_event, kind, ordinal, channel, thread, state, fallback_of,
                           routed_ms, due_ms, since_ms)
                         SELECT g.tenant, g.incident, g.incident_event, g.kind, g.ordinal, ?2, g.thread,
                           CASE g.state WHEN 'grouped' THEN 'grouped' ELSE 'waiting' END, g.channel, ?3, ?3, ?3
                         FROM delivery d JOIN delivery g ON g.thread = d.thread AND g.channel = d.channel
                         WHERE d.id = ?1 AND d.fallback_of IS NULL
                           AND (g.id = d.id OR g.state = 'grouped' AND d.kind IN ('opened', 'reopened'))
                         ORDER BY g.id
                         ON CONFLICT DO NOTHING",
                    )
                    .bind(number)
                    .bind(&fallback)
                    .bind(now.0 as i64)
                    .execute(&mut *connection)
                    .await
                    .map_err(StoreError::sql("writing to the table delivery"))?;
                }
                Ok(())
            })
        });
        written.await.map(drop)
    }

    /// How many deliveries wait. Those that repeat themselves do not.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn delivery_figures(&self) -> Result<DeliveryFigures, StoreError> {
        let what = StoreError::sql("reading the table delivery");
        let row = sqlx::query(
            "SELECT count(*), min(since_ms) FROM delivery
             WHERE state IN ('waiting', 'held', 'sending') AND delivered_ms IS NULL",
        )
        .fetch_one(self.readers())
        .await
        .map_err(&what)?;
        let waiting: i64 = row.try_get(0).map_err(&what)?;
        let oldest = instant(&row, 1).map_err(&what)?;
        Ok(DeliveryFigures { waiting: u64::try_from(waiting).unwrap_or(0), oldest })
    }
}

async fn lease(
    connection: &mut SqliteConnection,
    channel: &DueChannel,
    now: UnixMillis,
    until: UnixMillis,
) -> Result<Leased, StoreError> {
    let what = StoreError::sql("reading the table delivery");
    let tenant = channel.tenant.as_ref().map(TenantName::as_str);
    let of_channel = "channel = ?1 AND tenant IS (SELECT t.id FROM tenant t WHERE t.name = ?2)";
    // One at a time, so that their order is that of the events.
    let busy: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT max(d.lease_ms) FROM delivery d WHERE d.state = 'sending' AND d.lease_ms > ?3 AND {of_channel}"
    )))
    .bind(&channel.channel)
    .bind(tenant)
    .bind(now.0 as i64)
    .fetch_one(&mut *connection)
    .await
    .map_err(&what)?;
    if let Some(busy) = busy {
        return Ok(Leased::InProgress(UnixMillis(u64::try_from(busy).unwrap_or(0))));
    }
    end_repeats(connection, channel).await?;
    let first: Option<(i64, bool)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT d.id, d.is_held FROM delivery d WHERE d.state IN ('waiting', 'held', 'sending') AND d.due_ms <= ?3
           AND {of_channel} AND {IS_IN_TURN} ORDER BY d.delivered_ms IS NOT NULL, d.due_ms, d.id LIMIT 1"
    )))
    .bind(&channel.channel)
    .bind(tenant)
    .bind(now.0 as i64)
    .fetch_optional(&mut *connection)
    .await
    .map_err(&what)?;
    let Some((first, is_held)) = first else { return Ok(Leased::NothingDue) };
    // Nobody sends one of the channel's now, so what is `sending` was left behind.
    let which = if is_held {
        format!(
            "SELECT id FROM delivery WHERE is_held AND state IN ('held', 'sending') AND due_ms <= ?5 AND {of_channel}
             ORDER BY id LIMIT {TOGETHER}"
        )
    } else {
        "?4".to_owned()
    };
    // All parameters stand in both forms, so that both are bound alike.
    let sql = format!(
        "UPDATE delivery SET state = 'sending', lease_ms = ?3, attempts = attempts + 1
         WHERE {of_channel} AND id IN ({which}) AND ?4 IS NOT NULL AND ?5 IS NOT NULL RETURNING {COLUMNS}"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(&channel.channel)
        .bind(tenant)
        .bind(until.0 as i64)
        .bind(first)
        .bind(now.0 as i64)
        .fetch_all(&mut *connection)
        .await
        .map_err(&what)?;
    let mut taken = rows.iter().map(delivery).collect::<Result<Vec<_>, _>>()?;
    taken.sort_by_key(|delivery| delivery.number);
    Ok(Leased::Taken(taken))
}

/// What repeats itself ends with its incident, also where nobody could tell its channel of the recovery.
async fn end_repeats(connection: &mut SqliteConnection, channel: &DueChannel) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE delivery AS d SET state = 'delivered'
         WHERE d.state IN ('waiting', 'held', 'sending') AND d.state = 'waiting' AND d.delivered_ms IS NOT NULL
           AND d.channel = ?1 AND d.tenant IS (SELECT t.id FROM tenant t WHERE t.name = ?2)
           AND NOT EXISTS (SELECT 1 FROM delivery o JOIN incident i ON i.id = o.incident
             WHERE o.thread = d.thread AND o.channel = d.channel AND i.resolved_ms IS NULL)",
    )
    .bind(&channel.channel)
    .bind(channel.tenant.as_ref().map(TenantName::as_str))
    .execute(connection)
    .await
    .map(drop)
    .map_err(StoreError::sql("writing to the table delivery"))
}

/// Writes rows; one that is there already stays. A recovery ends what repeats itself.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    deliveries: &[NewDelivery],
    now: UnixMillis,
) -> Result<(), StoreError> {
    let what = StoreError::sql("writing to the table delivery");
    for new in deliveries {
        let is_told = new.begin == Begin::Grouped && is_told_by_another(connection, new).await?;
        let state = match new.begin {
            Begin::Held => "held",
            // Whoever planned this had read rows; the message that was to tell of it may be on its way since.
            Begin::Grouped if is_told => "grouped",
            Begin::Waiting | Begin::Grouped => "waiting",
        };
        sqlx::query(
            "INSERT INTO delivery (tenant, incident, incident_event, kind, ordinal, channel, thread, state, fallback_of,
               routed_ms, due_ms, since_ms, is_held)
             SELECT i.tenant, i.id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?7 = 'held' FROM incident i WHERE i.id = ?1
             ON CONFLICT DO NOTHING",
        )
        .bind(new.incident)
        .bind(new.event)
        .bind(new.kind.as_str())
        .bind(new.ordinal)
        .bind(&new.channel)
        .bind(new.thread)
        .bind(state)
        .bind(&new.fallback_of)
        .bind(now.0 as i64)
        .bind(new.due.0 as i64)
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
        end_what_waits(connection, new, now).await?;
    }
    Ok(())
}

/// What a new row makes needless in its conversation.
async fn end_what_waits(
    connection: &mut SqliteConnection,
    new: &NewDelivery,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let what = StoreError::sql("writing to the table delivery");
    if new.kind == NoticeKind::Resolved {
        // What was to be told of those that joined is told by the recovery of all.
        sqlx::query(
            "UPDATE delivery SET state = 'grouped' WHERE thread = ? AND channel = ? AND state = 'waiting' AND kind = 'opened'
               AND delivered_ms IS NULL AND attempts = 0 AND due_ms > ?",
        )
        .bind(new.thread)
        .bind(&new.channel)
        .bind(now.0 as i64)
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
    }
    if matches!(new.kind, NoticeKind::Resolved | NoticeKind::Reopened) {
        sqlx::query(
            "UPDATE delivery SET state = 'delivered' WHERE thread = ? AND channel = ? AND state = 'waiting'
               AND delivered_ms IS NOT NULL",
        )
        .bind(new.thread)
        .bind(&new.channel)
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
    }
    Ok(())
}

/// Whether an alarm of the conversation is still to be composed, or waits with others for the end of quiet hours.
async fn is_told_by_another(
    connection: &mut SqliteConnection,
    new: &NewDelivery,
) -> Result<bool, StoreError> {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT EXISTS (SELECT 1 FROM delivery d WHERE d.thread = ? AND d.channel = ? AND ({IS_TO_COME} OR d.state = 'held'))"
    )))
    .bind(new.thread)
    .bind(&new.channel)
    .fetch_one(connection)
    .await
    .map_err(StoreError::sql("reading the table delivery"))
}

fn delivery(row: &SqliteRow) -> Result<Delivery, StoreError> {
    let what = StoreError::sql("reading the table delivery");
    let number = |column: usize| row.try_get::<i64, _>(column).map_err(&what);
    let count = |column: usize| Ok::<_, StoreError>(u32::try_from(number(column)?).unwrap_or(0));
    Ok(Delivery {
        number: number(0)?,
        event: number(1)?,
        incident: number(2)?,
        kind: notice_kind(row, 3)?,
        ordinal: count(4)?,
        channel: row.try_get(5).map_err(&what)?,
        thread: number(6)?,
        fallback_of: row.try_get(7).map_err(&what)?,
        routed: instant(row, 8).map_err(&what)?.unwrap_or_default(),
        attempts: count(9)?,
        occurred: instant(row, 10).map_err(&what)?.unwrap_or_default(),
        is_told: row.try_get(11).map_err(&what)?,
        since: instant(row, 12).map_err(&what)?.unwrap_or_default(),
        closed: row.try_get(13).map_err(&what)?,
    })
}
