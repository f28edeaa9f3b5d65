//! Whether the audit trail is whole: every hash computed again, from the beginning that retention left to the newest event.

use std::path::Path;

use futures_util::TryStreamExt as _;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use super::files::open;
use crate::audit_chain::{AuditRow, COLUMNS};
use crate::error::StoreError;

/// What a look at the whole trail found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditTrailReport {
    /// Events that are there.
    pub events: u64,
    /// The number of the last event that retention removed; 0 if it removed none.
    pub removed_until: i64,
    /// The number of the newest event; 0 if there never was one.
    pub newest: i64,
    /// The hash of the newest event, in hexadecimal. Kept elsewhere, it shows later whether the whole trail was written anew.
    pub head: String,
    /// The first event at which the trail is broken. None for a whole trail.
    pub broken: Option<BrokenEvent>,
}

/// An event that is not what the chain says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokenEvent {
    /// Its number.
    pub event: i64,
    /// What is wrong, a sentence without its end.
    pub what: String,
}

/// Reads the whole trail, and computes every hash again. A server may be running.
///
/// # Errors
/// [`StoreError::NotThere`] and the like. A trail that is broken is no error.
pub async fn verify_audit_trail(data_dir: &Path) -> Result<AuditTrailReport, StoreError> {
    verify(&mut open(data_dir).await?).await
}

pub(super) async fn verify(connection: &mut SqliteConnection) -> Result<AuditTrailReport, StoreError> {
    let what = StoreError::sql("reading the table audit_event");
    // Both tables as of one instant: a server may be writing.
    let mut instant = connection.begin().await.map_err(&what)?;
    let ends: Option<(i64, Vec<u8>, i64, Vec<u8>)> = sqlx::query_as("SELECT * FROM audit_chain")
        .fetch_optional(&mut *instant)
        .await
        .map_err(StoreError::sql("reading the table audit_chain"))?;
    let Some((removed_until, mut hash, newest, head)) = ends else {
        let broken =
            Some(BrokenEvent { event: 1, what: "the ends of the trail are not recorded".to_owned() });
        return Ok(AuditTrailReport { events: 0, removed_until: 0, newest: 0, head: String::new(), broken });
    };
    let (mut events, mut last, mut broken) = (0, removed_until, None);
    let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM audit_event ORDER BY id"));
    let mut rows = sqlx::query_as::<_, AuditRow>(sql).fetch(&mut *instant);
    while let Some(row) = rows.try_next().await.map_err(&what)? {
        events += 1;
        if broken.is_some() {
            continue;
        }
        broken = fault(&row, last, &hash);
        (last, hash) = (row.id, row.hash);
    }
    drop(rows);
    if broken.is_none() && (last, &hash) != (newest, &head) {
        let what = format!("the end of the trail is missing: it once had events up to {newest}");
        broken = Some(BrokenEvent { event: last + 1, what });
    }
    let head = head.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    Ok(AuditTrailReport { events, removed_until, newest, head, broken })
}

/// What is wrong with a row after the one with that number and hash.
fn fault(row: &AuditRow, last: i64, hash: &[u8]) -> Option<BrokenEvent> {
    let expected = last + 1;
    if row.id != expected {
        let what =
            if row.id < expected { "it is older than what retention removed" } else { "it is missing" };
        return Some(BrokenEvent { event: row.id.min(expected), what: what.to_owned() });
    }
    let what =
        "its hash does not follow from the event before it and its own fields: one of them was changed";
    (row.link(hash).as_slice() != row.hash).then(|| BrokenEvent { event: row.id, what: what.to_owned() })
}
