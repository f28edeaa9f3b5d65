//! Files of each earlier version, filled, are brought up to date with everything that is in them.

use wayfarer_model::deployment::Timing;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Store, StoreError, audit, check};

use crate::fixture::{NOON, consumer, settings, tamper};

/// The oldest version that was in use is the second.
const BEFORE: [&str; 3] = [
    include_str!("../../migrations/20261124_000001_results.sql"),
    include_str!("../../migrations/20261124_000002_views.sql"),
    include_str!("../../migrations/20261126_000003_retention.sql"),
];

/// Two journeys; the first one's third run is its last failure, the second one has none. Numbers of words are others
/// than a new file would have.
const ROWS: &str = r"
    CREATE TEMP TABLE generated AS WITH n(value) AS (VALUES (1), (2), (3), (4), (5), (6), (7)) SELECT value FROM n;
    INSERT INTO word VALUES (51, 'lane', 'scheduled'), (52, 'lane', 'manual'), (61, 'verdict', 'failed'),
      (62, 'verdict', 'passed'), (71, 'reason', 'none');
    INSERT INTO tenant VALUES (1, 'acme');
    INSERT INTO tenant_version VALUES (1, 1, 0, 1, '{}');
    INSERT INTO location VALUES (1, 'local', NULL);
    INSERT INTO incarnation VALUES (1, 1, 0, 0, '0');
    INSERT INTO engine VALUES (1, 'e');
    INSERT INTO journey VALUES (1, 1, 'checkout'), (2, 1, 'search');
    INSERT INTO journey_version (id, journey, number, valid_from_ms, deployed_ms, deployed_by, component, spec)
      VALUES (1, 1, 1, 0, 0, 'a test', NULL, '{SPEC}'), (2, 2, 1, 0, 0, 'a test', NULL, NULL);
    INSERT INTO run (id, uid, journey, version, policy, location, slot_ms, lane, seq, started_ms, finished_ms,
        duration_us, verdict, first_verdict, reason, attempts, incarnation)
      SELECT value, randomblob(16), 1 + value / 6, 1 + value / 6, 1, 1, value * 1000,
        CASE value WHEN 5 THEN 52 ELSE 51 END, 0, value * 1000, value * 1000 + 9, 5,
        CASE WHEN value IN (1, 3, 5) THEN 61 ELSE 62 END, 62, 71, 1, 1
      FROM generated;
    INSERT INTO attempt SELECT (value << 8) + 1, value * 1000, 5, 1, 1, 1, 62, 71, '{}' FROM generated;";

/// A spread of an hour: this journey's share of it is what it always was.
const SPEC: &str = r#"{"descriptor":{"name":"checkout","title":"","schedule":"@hourly","zone":null,"timeout":null,
    "tags":[],"steps":[],"parameters":[],"secrets":[],"hosts":[],"cleanups":[],"retries":null},
    "code":{"http-check":"{}"},"timing":{"schedule":"@hourly","zone":"UTC","spread":"1h","grace":{"secs":60,"nanos":0}},
    "params":{"region":"eu"},"limits":{"wall":{"secs":30,"nanos":0},"cpu":{"secs":10,"nanos":0},"memory":1,
    "table_elements":1,"steps":1,"checks":1,"metrics":1,"requests":1,"concurrent_requests":1,"traffic":1,
    "request_body":1,"response_body":1,"log":1,"artifacts":1,"handles":1},"retry":{"retries":0}}"#;

/// What each of these files holds.
pub(crate) fn rows() -> String {
    ROWS.replace("{SPEC}", SPEC)
}

fn old_file(dir: &std::path::Path, version: usize) {
    let mark = format!("PRAGMA application_id = 0x57415946; PRAGMA user_version = {version};");
    let (first, later) = (BEFORE[..2].concat(), BEFORE[2..version].concat());
    tamper(dir, &format!("{first}{mark}{}{later}", rows()));
}

#[tokio::test]
async fn files_of_earlier_versions_are_brought_up_to_date() {
    for version in [2, 3] {
        let dir = tempfile::tempdir().unwrap();
        old_file(dir.path(), version);
        let error = audit(dir.path(), NOON, NOON).await.unwrap_err();
        let is_older = matches!(error, StoreError::Older { found, known: 4, .. } if found == version as i64);
        assert!(is_older, "{error}");
        let runs = "SELECT group_concat(run_number || verdict || lane) FROM v1_runs";
        let before = consumer(dir.path(), runs);

        Store::open(settings(dir.path()), NOON).await.unwrap();
        assert_eq!(consumer(dir.path(), "PRAGMA user_version"), "4");
        assert_eq!(consumer(dir.path(), runs), before);
        assert_eq!(consumer(dir.path(), "SELECT journey, run, slot_ms FROM last_failure"), "1|3|3000");
        assert_eq!(consumer(dir.path(), "SELECT count(*) FROM kept"), "0", "nothing was removed yet");
        let due =
            "SELECT slot_ms, due_ms FROM v1_runs WHERE lane = 'scheduled' AND journey = 'checkout' LIMIT 1";
        let (name, journey) = ("acme".parse().unwrap(), "checkout".parse().unwrap());
        let schedule = Timing { spread: "1h".parse().unwrap(), ..Timing::of("@hourly".parse().unwrap()) }
            .schedule_of(&name, &journey);
        let at = schedule.fire_at(UnixMillis(1_000)).0;
        assert!(at > 1_000, "this journey's share of the spread is not nothing");
        assert_eq!(consumer(dir.path(), due), format!("1000|{at}"));
        let problems = check(dir.path()).await.unwrap().problems;
        assert_eq!(
            problems,
            ["2 days whose roll-up does not count the runs that are there"],
            "none were made"
        );
    }
}
