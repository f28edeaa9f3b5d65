//! Whether the file is sound: SQLite's own checks, and this crate's promises beyond them.

use std::path::Path;

use serde::Serialize;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use super::audit_trail::verify;
use super::files::open;
use crate::at_rest::at_rest;
use crate::blobs;
use crate::error::StoreError;
use crate::recover::{drop_settled_starts, settled_starts};
use crate::tables::{TABLES, Table, bytes_of_run};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CheckReport {
    /// Bytes of the database, without the WAL.
    pub size_bytes: u64,
    /// Rows of runs.
    pub runs: u64,
    /// Starts of runs that had their row already, which were taken out. Zero while a server runs: it does that by itself.
    pub starts_cleared: u64,
    /// What is wrong, a sentence each, and how to mend it. Empty for a sound file.
    pub problems: Vec<String>,
    /// Whether there are problems, and only of rows that `rebuild` derives again.
    pub is_mended_by_rebuild: bool,
}

/// How what was recorded is mended, and what is derived from it.
const RESTORE: &str = "restore a backup";
const REBUILD: &str = "stop the server and run `wayfarer db rebuild`";

/// Promises between tables that no rebuild mends; those of one table alone follow from the catalogue. Each counts rows that must
/// not be there; the text says what they are.
const RECORDED: &[(&str, &str)] = &[
    (
        "runs whose number of attempts is not that of their rows",
        "SELECT count(*) FROM run r WHERE r.attempts <>
           (SELECT count(*) FROM attempt a WHERE a.id BETWEEN r.id << 8 AND (r.id << 8) + 255)",
    ),
    (
        "contents that nothing refers to",
        "SELECT count(*) FROM blob b WHERE NOT EXISTS (SELECT 1 FROM artifact a WHERE a.blob = b.id)
           AND NOT EXISTS (SELECT 1 FROM body y WHERE y.blob = b.id)",
    ),
];

/// As [`RECORDED`], of rows that a rebuild derives again.
const DERIVED: &[(&str, &str)] = &[
    (
        "days whose roll-up does not count the runs that are there",
        "SELECT count(*) FROM
           (SELECT journey, location, slot_ms - slot_ms % 86400000 AS from_ms, count(*) AS slots FROM run
            WHERE lane = (SELECT id FROM dictionary WHERE kind = 'lane' AND word = 'scheduled') GROUP BY 1, 2, 3) r
         LEFT JOIN daily d ON d.journey = r.journey AND d.location = r.location AND d.from_ms = r.from_ms
         JOIN journey j ON j.id = r.journey
         WHERE d.slots IS NOT r.slots AND r.from_ms >= (SELECT coalesce(max(k.from_ms), 0) FROM kept k
           WHERE k.tenant = j.tenant AND k.kind IN ('runs', 'rollups'))",
    ),
    (
        "annotations by which runs are found that are not those of their recordings",
        // SQLite ends a text of JSON at a zero byte; the writer does not.
        "SELECT
           (SELECT count(*) FROM attempt a JOIN json_each(a.detail, '$.n') d
            LEFT JOIN annotation n ON n.run = a.id >> 8 AND n.attempt = a.id & 255 AND n.number = d.key
            WHERE instr(a.detail, '\"n\":') > 0 AND (n.run IS NULL OR instr(n.name || n.value, char(0)) = 0
              AND (n.name, n.value) IS NOT (json_extract(d.value, '$[0]'), json_extract(d.value, '$[1]'))))
           + (SELECT count(*) FROM annotation n LEFT JOIN attempt a ON a.id = (n.run << 8) + n.attempt
            WHERE json_extract(a.detail, '$.n[' || n.number || ']') IS NULL)",
    ),
    (
        "journeys whose last failure is not that of their runs",
        "SELECT count(*) FROM journey j CROSS JOIN location l
         LEFT JOIN last_failure f ON f.journey = j.id AND f.location = l.id
         LEFT JOIN (SELECT journey, location, max(slot_ms) AS slot_ms FROM run
           WHERE lane = (SELECT id FROM dictionary WHERE kind = 'lane' AND word = 'scheduled')
             AND verdict = (SELECT id FROM dictionary WHERE kind = 'verdict' AND word = 'failed')
             AND void IS NULL GROUP BY journey, location) r
           ON r.journey = j.id AND r.location = l.id
         WHERE f.slot_ms IS NOT r.slot_ms OR f.run IS NOT NULL AND NOT EXISTS (SELECT 1 FROM run WHERE id = f.run)",
    ),
];

/// As [`DERIVED`]. The catalogue says what recordings are.
fn stored_bytes() -> (String, String) {
    let sql = format!(
        "SELECT count(*) FROM stored_daily s FULL JOIN
           (SELECT tenant, from_ms, sum(bytes) AS bytes FROM
             (SELECT j.tenant AS tenant, r.slot_ms - r.slot_ms % 86400000 AS from_ms, {} AS bytes
              FROM run r JOIN journey j ON j.id = r.journey
              UNION ALL SELECT tenant, from_ms, stored FROM blob)
            GROUP BY 1, 2 HAVING sum(bytes) > 0) r ON r.tenant = s.tenant AND r.from_ms = s.from_ms
         WHERE s.bytes IS NOT r.bytes",
        bytes_of_run("r.id")
    );
    ("days whose stored bytes are not those of the recordings that are there".to_owned(), sql)
}

/// Checks everything, and reads the whole file for that. Where no server runs, and the caller may write, it takes out starts of runs
/// that have their row: a result that the store refused leaves such a start if the process ends at once.
///
/// # Errors
/// [`StoreError::NotThere`] and the like. A problem of the content is no error.
pub async fn check(data_dir: &Path) -> Result<CheckReport, StoreError> {
    let mut connection = open(data_dir).await?;
    let starts_cleared =
        if settled_starts(&mut connection).await? > 0 { clear_starts(data_dir).await? } else { 0 };
    let mut problems = integrity(&mut connection).await?;
    let owned = |(sentence, sql): &(&str, &str)| ((*sentence).to_owned(), (*sql).to_owned());
    let recorded = RECORDED.iter().map(owned).chain(TABLES.iter().flat_map(Table::promises));
    problems.extend(broken(recorded, RESTORE, &mut connection).await?);
    problems.extend(blobs::verify(&mut connection, data_dir).await?);
    if let Some(broken) = verify(&mut connection).await?.broken {
        problems.push(format!(
            "the audit trail is broken at event {}: {}: compare it with a backup or a copy of the log, and find out who could write the file",
            broken.event, broken.what
        ));
    }
    let derived = DERIVED.iter().map(owned).chain([stored_bytes()]);
    let of_derived = broken(derived, REBUILD, &mut connection).await?;
    let is_mended_by_rebuild = problems.is_empty() && !of_derived.is_empty();
    problems.extend(of_derived);
    let runs: i64 = sqlx::query_scalar("SELECT count(*) FROM run")
        .fetch_one(&mut connection)
        .await
        .map_err(StoreError::sql("reading the table run"))?;
    Ok(CheckReport {
        size_bytes: std::fs::metadata(crate::data_dir::database(data_dir)).map_or(0, |file| file.len()),
        runs: u64::try_from(runs).unwrap_or(0),
        starts_cleared,
        problems,
        is_mended_by_rebuild,
    })
}

/// Which of these promises do not hold, a sentence each with its mend.
async fn broken(
    promises: impl Iterator<Item = (String, String)>,
    mend: &str,
    connection: &mut SqliteConnection,
) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    for (sentence, sql) in promises {
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut *connection)
            .await
            .map_err(StoreError::sql("checking the database"))?;
        if count > 0 {
            problems.push(format!("{count} {sentence}: {mend}"));
        }
    }
    Ok(problems)
}

/// Takes out starts of runs that have their row, unless a server has the directory or the caller may not write there.
async fn clear_starts(data_dir: &Path) -> Result<u64, StoreError> {
    match at_rest(data_dir, |connection, _| Box::pin(drop_settled_starts(connection))).await {
        Err(StoreError::InUse(_) | StoreError::Unwritable { .. }) => Ok(0),
        cleared => cleared,
    }
}

async fn integrity(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let what = StoreError::sql("checking the database");
    let rows = sqlx::query("PRAGMA integrity_check").fetch_all(&mut *connection).await.map_err(&what)?;
    let lines = rows.iter().map(|row| row.get(0)).filter(|line: &String| line != "ok");
    let mut problems: Vec<String> = lines.map(|line| format!("SQLite finds `{line}`: {RESTORE}")).collect();
    let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(connection).await.map_err(what)?;
    problems.extend(orphans.iter().map(|row| {
        let (table, parent): (String, String) = (row.get(0), row.get(2));
        format!("a row of the table {table} names a row of {parent} that is not there: {RESTORE}")
    }));
    Ok(problems)
}
