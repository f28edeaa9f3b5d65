//! A file of the version before, filled, is brought up to date with everything that is in it.

use wayfarer_store::{Store, StoreError, audit, check};

use crate::fixture::{NOON, consumer, run_python, settings};

const BEFORE: [&str; 2] = [
    include_str!("../../migrations/20261124_000001_results.sql"),
    include_str!("../../migrations/20261124_000002_views.sql"),
];

/// Two journeys; the first one's third run is its last failure, the second one has none. Numbers of words are others
/// than a new file would have.
pub(crate) const ROWS: &str = "
    INSERT INTO word VALUES (51, 'lane', 'scheduled'), (52, 'lane', 'manual'), (61, 'verdict', 'failed'),
      (62, 'verdict', 'passed'), (71, 'reason', 'none');
    INSERT INTO tenant VALUES (1, 'acme');
    INSERT INTO tenant_version VALUES (1, 1, 0, 1, '{}');
    INSERT INTO location VALUES (1, 'local', NULL);
    INSERT INTO incarnation VALUES (1, 1, 0, 0, '0');
    INSERT INTO engine VALUES (1, 'e');
    INSERT INTO journey VALUES (1, 1, 'checkout'), (2, 1, 'search');
    INSERT INTO journey_version VALUES (1, 1, 1, 0, 0, 'a test', NULL, NULL), (2, 2, 1, 0, 0, 'a test', NULL, NULL);
    INSERT INTO run SELECT value, randomblob(16), 1 + value / 6, 1 + value / 6, 1, 1, value * 1000,
        CASE value WHEN 5 THEN 52 ELSE 51 END, 0, value * 1000, value * 1000 + 9, 5,
        CASE WHEN value IN (1, 3, 5) THEN 61 ELSE 62 END, 62, 71, 1, 1
      FROM generated;
    INSERT INTO attempt SELECT (value << 8) + 1, value * 1000, 5, 1, 1, 1, 62, 71, '{}' FROM generated;";

fn old_file(dir: &std::path::Path) {
    const PROGRAM: &str = "import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for script in sys.argv[2:]: db.executescript(script)";
    let generated = "CREATE TEMP TABLE generated AS WITH n(value) AS (VALUES (1), (2), (3), (4), (5), (6), (7)) SELECT value FROM n;";
    let mark = "PRAGMA application_id = 0x57415946; PRAGMA user_version = 2;";
    run_python(&[
        PROGRAM,
        &dir.join("wayfarer.db").display().to_string(),
        BEFORE[0],
        BEFORE[1],
        mark,
        generated,
        ROWS,
    ]);
}

#[tokio::test]
async fn a_file_of_the_version_before_is_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    old_file(dir.path());
    let error = audit(dir.path(), NOON, NOON).await.unwrap_err();
    assert!(matches!(error, StoreError::Older { found: 2, known: 3, .. }), "{error}");
    let runs = "SELECT group_concat(run_number || verdict || lane) FROM v1_runs";
    let before = consumer(dir.path(), runs);

    Store::open(settings(dir.path()), NOON).await.unwrap();
    assert_eq!(consumer(dir.path(), "PRAGMA user_version"), "3");
    assert_eq!(consumer(dir.path(), runs), before);
    assert_eq!(consumer(dir.path(), "SELECT journey, run, slot_ms FROM last_failure"), "1|3|3000");
    assert_eq!(consumer(dir.path(), "SELECT count(*) FROM kept"), "0", "nothing was removed yet");
    let problems = check(dir.path()).await.unwrap().problems;
    assert_eq!(problems, ["2 days whose roll-up does not count the runs that are there"], "none were made");
}
