//! Files of each earlier version, filled, are brought up to date with everything that is in them.

use std::time::Duration;

use wayfarer_model::deployment::Timing;
use wayfarer_model::maintenance::Window;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Store, StoreError, audit, check, migrate};

use crate::fixture::{NOON, consumer, open, settings, steps, tamper};

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
    INSERT INTO attempt (id, started_ms, duration_us, cpu_us, memory, engine, verdict, reason, detail)
      SELECT (value << 8) + 1, value * 1000, 5, 1, 1, 1, 62, 71, '{}' FROM generated;";

/// A spread of an hour: this journey's share of it is what it always was.
const SPEC: &str = r#"{"descriptor":{"name":"checkout","title":"","schedule":"@hourly","zone":null,"timeout":null,
    "tags":[],"steps":[],"parameters":[],"secrets":[],"hosts":[],"cleanups":[],"retries":null},
    "code":{"http-check":"{}"},"timing":{"schedule":"@hourly","zone":"UTC","spread":"1h","grace":{"secs":60,"nanos":0}},
    "params":{"region":"eu"},"limits":{"wall":{"secs":30,"nanos":0},"cpu":{"secs":10,"nanos":0},"memory":1,
    "table_elements":1,"steps":1,"checks":1,"metrics":1,"requests":1,"concurrent_requests":1,"traffic":1,
    "request_body":1,"response_body":1,"log":1,"artifacts":1,"handles":1},"retry":{"retries":0}}"#;

/// A component's descriptors, as they were stored before step 5.
const JOURNEYS: &str = r#"[{"name":"search","title":"A search","schedule":null,"zone":"Europe/Berlin","timeout":{"secs":7,"nanos":500000000},
    "tags":["a","b"],"steps":[],"parameters":[{"name":"region","title":"","kind":{"choice":["eu","us"]},"required":true,"preset":"eu"}],
    "secrets":[],"hosts":[],"cleanups":[],"retries":2}]"#;

/// A spec with everything in it that step 5 carries over.
const FULL: &str = r#"{"descriptor":{"name":"search","title":"A search","schedule":null,"zone":"Europe/Berlin","timeout":{"secs":7,"nanos":500000000},
    "tags":["a","b"],"steps":[],"parameters":[],"secrets":["token"],"hosts":[],"cleanups":[],"retries":null},
    "code":{"component":"0707070707070707070707070707070707070707070707070707070707070707"},
    "timing":{"schedule":"*/5 * * * *","zone":"Europe/Berlin","spread":"1500ms","grace":{"secs":60,"nanos":0},"overlap":"queue",
    "when_failing":"every 10s"},"params":{"region":"eu"},"secrets":{"token":{"hosts":["shop.example"],"plaintext":true}},
    "allow":["shop.example"],"limits":{"wall":{"secs":7,"nanos":500000000},"cpu":{"secs":10,"nanos":0},"memory":1,
    "table_elements":2,"steps":3,"checks":4,"metrics":5,"requests":6,"concurrent_requests":7,"traffic":8,
    "request_body":9,"response_body":10,"log":11,"artifacts":12,"handles":13},"retry":{"retries":2},"group":"orders"}"#;

/// The same as [`SPEC`], from step 5 on.
const SPEC_5: &str = r#"{"format":1,"descriptor":{"name":"checkout","title":"","schedule":"@hourly","timezone":null,"timeout_us":null,
    "tags":[],"steps":[],"parameters":[],"secrets":[],"hosts":[],"cleanups":[],"retries":null},"code":{"http-check":"{}"},
    "timing":{"schedule":"@hourly","timezone":"UTC","spread_us":3600000000,"grace_us":60000000,"overlap":"skip","confirm_every":null,"tzdata":null},
    "params":{"region":"eu"},"secrets":{},"allow":[],"limits":{"wall_us":30000000,"cpu_us":10000000,"memory_bytes":1,
    "table_elements":1,"steps":1,"checks":1,"metrics":1,"requests":1,"concurrent_requests":1,"traffic_bytes":1,
    "request_body_bytes":1,"response_body_bytes":1,"log_bytes":1,"artifact_bytes":1,"handles":1},"retries":0,"group":null}"#;

/// What a file of this version holds.
pub(crate) fn rows(version: usize) -> String {
    if version < 5 {
        return ROWS.replace("{SPEC}", SPEC);
    }
    let columns =
        "UPDATE journey_version SET is_removed = spec IS NULL, schedule = spec ->> '$.timing.schedule',
      grace_us = spec ->> '$.timing.grace_us', params = spec ->> '$.params';";
    ROWS.replace("INTO word", "INTO dictionary").replace("{SPEC}", SPEC_5) + columns
}

fn old_file(dir: &std::path::Path, version: usize, more: &str) {
    let mark = format!("PRAGMA application_id = 0x57415946; PRAGMA user_version = {version};");
    let steps = steps();
    // The oldest version that was in use is the second.
    let (first, later) = (steps[..2].concat(), steps[2..version].concat());
    // From step 4 on the writer of a version computes its delay.
    let delays = if version >= 4 { "UPDATE journey_version SET delay_ms = 624054 WHERE id = 1;" } else { "" };
    tamper(dir, &format!("{first}{mark}{}{later}{delays}{more}", rows(2)));
}

#[tokio::test]
async fn files_of_earlier_versions_are_brought_up_to_date() {
    let newest = steps().len();
    for version in [2, 3, 4] {
        let dir = tempfile::tempdir().unwrap();
        old_file(dir.path(), version, "");
        let error = audit(dir.path(), NOON, NOON).await.unwrap_err();
        let is_older = matches!(error, StoreError::Older { found, known, .. } if (found, known) == (version as i64, newest as i64));
        assert!(is_older, "{error}");
        let runs = "SELECT group_concat(run_number || verdict || lane) FROM v1_runs";
        let before = consumer(dir.path(), runs);

        Store::open(settings(dir.path()), NOON).await.unwrap();
        assert_eq!(consumer(dir.path(), "PRAGMA user_version"), newest.to_string());
        assert_eq!(consumer(dir.path(), runs), before);
        assert_eq!(consumer(dir.path(), "SELECT journey, run, slot_ms FROM last_failure"), "1|3|3000");
        assert_eq!(consumer(dir.path(), "SELECT count(*) FROM kept"), "0", "nothing was removed yet");
        let due =
            "SELECT slot_ms, due_ms FROM v1_runs WHERE lane = 'scheduled' AND journey = 'checkout' LIMIT 1";
        // FNV-1a and the finaliser over `acme/checkout`, times an hour: see `wayfarer_model::schedule::spread`.
        assert_eq!(consumer(dir.path(), due), format!("1000|{}", 1_000 + 624_054));
        let (name, journey) = ("acme".parse().unwrap(), "checkout".parse().unwrap());
        let schedule = Timing { spread: "1h".parse().unwrap(), ..Timing::of("@hourly".parse().unwrap()) }
            .schedule_of(&name, &journey);
        assert_eq!(schedule.fire_at(UnixMillis(1_000)).0, 625_054, "the delay is still what it always was");
        let problems = check(dir.path()).await.unwrap().problems;
        assert_eq!(
            problems,
            [
                "2 days whose roll-up does not count the runs that are there: stop the server and run `wayfarer db rebuild`"
            ],
            "none were made"
        );
    }
}

#[tokio::test]
async fn a_file_of_the_fourth_version_gets_the_words_of_today() {
    let dir = tempfile::tempdir().unwrap();
    let failure = r#"{"message":"m","kind":"check","source":{"file":"a.rs","line":7,"column":1},"left":"503","right":"201"}"#;
    let detail = format!(
        r#"{{"s":[["log in",1,9],["left: \"right\":",1,9,1,0,{failure}]],"c":[["ok",1,0,2,"503","201"]],"f":{failure}}}"#
    );
    let more = format!(
        r#"INSERT INTO word VALUES (80, 'reason', 'tenant-off'), (81, 'reason', 'late'), (82, 'reason', 'no-runner'),
             (83, 'verdict', 'skipped'), (84, 'verdict', 'missed'), (85, 'lane', 'late');
           UPDATE run SET verdict = 83, reason = 80, first_verdict = NULL WHERE id = 6;
           UPDATE run SET verdict = 84, reason = 81, first_verdict = NULL WHERE id = 7;
           UPDATE run SET verdict = 84, reason = 82, first_verdict = NULL WHERE id = 4;
           UPDATE attempt SET detail = '{detail}' WHERE id = (3 << 8) + 1;
           UPDATE run SET uid = x'000000000bb870008000000000000000' WHERE id = 3;
           INSERT INTO component VALUES (x'07', 1, 0, '{JOURNEYS}', x'00');
           INSERT INTO journey_version (id, journey, number, valid_from_ms, deployed_ms, deployed_by, component, spec, delay_ms)
             VALUES (3, 2, 2, 5, 5, 'a test', NULL, '{FULL}', 7);
           INSERT INTO token VALUES (1, x'01', 'ci', 'author', 1, 0, NULL), (2, x'02', 'ci', 'viewer', 1, 0, NULL),
             (3, x'03', 'ci', 'operator', NULL, 0, NULL), (4, x'04', 'ci', 'author', 1, 0, 5);
           INSERT INTO pause VALUES (1, 1, 0, 5, 'ana', 'a move', 'ben');
           INSERT INTO kill_switch VALUES (1, NULL, 0, 5, 'ana', 'a flood', 'ben');
           INSERT INTO maintenance VALUES
             (1, 1, '["checkout"]', 'mute', '{{"once":{{"from":5000,"until":6000}}}}', 0, 'ana', 'a move', NULL, NULL),
             (2, NULL, NULL, 'skip', '{{"weekly":{{"window":"sun 02:00-04:00","zone":"Europe/Berlin"}}}}', 0, 'ana', '', NULL, NULL);"#
    );
    old_file(dir.path(), 4, &more);
    let opened = Store::open(settings(dir.path()), NOON).await.unwrap();
    let store = opened.store;
    let ask = |sql: &str| consumer(dir.path(), sql);

    let reasons =
        "SELECT group_concat(run_number || reason) FROM v1_runs WHERE verdict IN ('skipped', 'missed')";
    assert_eq!(ask(reasons), "4runner-down,6tenant-disabled,7grace-exceeded");
    assert_eq!(ask("SELECT count(*) FROM dictionary WHERE word IN ('tenant-off', 'no-runner')"), "0");
    assert_eq!(ask("SELECT word FROM dictionary WHERE id = 85"), "late", "only reasons change");
    let attempt =
        "SELECT message, actual, expected, source_file, source_line FROM v1_attempts WHERE run_number = 3";
    assert_eq!(ask(attempt), "m|503|201|a.rs|7");
    assert_eq!(ask("SELECT is_passed, actual, expected FROM v1_checks WHERE run_number = 3"), "0|503|201");
    let id = ask("SELECT run FROM v1_runs WHERE run_number = 3").parse().unwrap();
    let run = store.run(None, id).await.unwrap().unwrap();
    let steps = &run.attempts[0].recording.steps;
    assert_eq!(steps[1].name, r#"left: "right":"#, "texts stay as they are");
    for failure in [run.attempts[0].failure.as_ref(), steps[1].failure.as_ref()] {
        let found = failure.map(|failure| (failure.actual.as_deref(), failure.expected.as_deref()));
        assert_eq!(found, Some((Some("503"), Some("201"))));
    }

    assert_eq!(
        ask("SELECT title, schedule, timezone, tags, delay_ms, grace_us, timeout_us, overlap, confirm_every, journey_group, params
             FROM v1_journeys WHERE journey = 'search' AND version = 2"),
        r#"A search|*/5 * * * *|Europe/Berlin|a,b|7|60000000|7500000|queue|every 10s|orders|{"region":"eu"}"#
    );
    assert_eq!(ask("SELECT is_removed FROM v1_journeys WHERE journey = 'search' ORDER BY version"), "1\n0");
    let versions = store.current(&"acme".parse().unwrap()).await.unwrap();
    let spec = versions[1].spec.as_ref().unwrap();
    assert_eq!(spec.limits.wall, Duration::from_millis(7_500));
    assert_eq!((spec.limits.memory, spec.limits.handles, spec.retry.retries), (1, 13, 2));
    let timing = spec.timing.as_ref().unwrap();
    assert_eq!(
        (timing.spread.window(), timing.grace),
        (Duration::from_millis(1_500), Duration::from_mins(1))
    );
    assert_eq!(timing.confirm_every.as_ref().unwrap().as_str(), "every 10s");
    assert_eq!(spec.descriptor.timeout, Some(Duration::from_millis(7_500)));
    assert!(spec.secrets["token"].plaintext && spec.secrets["token"].hosts == ["shop.example"]);
    assert_eq!(spec.allow, ["shop.example"]);
    assert_eq!(spec.params["region"], "eu");

    let names: Vec<String> = store.tokens().await.unwrap().into_iter().map(|token| token.name).collect();
    assert_eq!(names, ["ci", "ci (2)", "ci", "ci"], "a name is one valid token's of its tenant");

    let windows = store.maintenance_reaching(UnixMillis(0)).await.unwrap();
    assert_eq!(windows[0].plan.window, Window::Once { from: UnixMillis(5_000), until: UnixMillis(6_000) });
    assert_eq!(windows[0].plan.note, "a move");
    assert_eq!(
        ask("SELECT weekly, timezone, from_ms FROM v1_maintenance WHERE maintenance = 2"),
        "sun 02:00-04:00|Europe/Berlin|"
    );
    assert_eq!(ask("SELECT note FROM v1_kill_switches"), "a flood");
    assert_eq!(store.pauses_reaching(UnixMillis(0)).await.unwrap()[0].note, "a move");
    let journeys = ask("SELECT journeys FROM component");
    assert!(journeys.contains(r#""timezone":"Europe/Berlin","timeout_us":7500000"#), "{journeys}");
}

/// What a file's schema is, whatever the order in which it was made.
fn schema(dir: &std::path::Path) -> String {
    consumer(dir, "SELECT type, name, sql FROM sqlite_schema ORDER BY name")
        + &consumer(dir, "SELECT * FROM view_file ORDER BY 1")
}

#[tokio::test]
async fn a_file_that_was_brought_up_to_date_has_the_schema_of_a_fresh_one() {
    let fresh = tempfile::tempdir().unwrap();
    Store::open(settings(fresh.path()), NOON).await.unwrap();
    for version in [2, 3, 4] {
        let dir = tempfile::tempdir().unwrap();
        old_file(dir.path(), version, "");
        Store::open(settings(dir.path()), NOON).await.unwrap();
        assert_eq!(schema(dir.path()), schema(fresh.path()), "from version {version}");
    }
}

#[tokio::test]
async fn a_view_whose_file_has_changed_is_made_anew_by_the_next_server_and_others_stay() {
    let dir = tempfile::tempdir().unwrap();
    Store::open(settings(dir.path()), NOON).await.unwrap().store.close(NOON).await.unwrap();
    let before = schema(dir.path());
    tamper(
        dir.path(),
        "DROP VIEW v1_usage; CREATE VIEW v1_usage AS SELECT 1 AS old; UPDATE view_file SET digest = '0' WHERE name = 'v1_usage';
         CREATE VIEW v1_gone AS SELECT 1 AS a; INSERT INTO view_file VALUES ('v1_gone', '0');
         CREATE VIEW somebody_elses AS SELECT 7 AS a;",
    );
    assert!(audit(dir.path(), NOON, NOON).await.is_ok(), "who only reads does not mind");
    open(settings(dir.path())).await;
    assert_eq!(consumer(dir.path(), "SELECT a FROM somebody_elses"), "7");
    tamper(dir.path(), "DROP VIEW somebody_elses");
    assert_eq!(schema(dir.path()), before);
}

#[tokio::test]
async fn a_file_is_brought_up_to_date_without_a_server() {
    let fresh = tempfile::tempdir().unwrap();
    let opened = Store::open(settings(fresh.path()), NOON).await.unwrap();
    let error = migrate(fresh.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse(_)), "{error}");
    drop(opened);
    let dir = tempfile::tempdir().unwrap();
    let error = migrate(dir.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotThere(_)), "{error}");
    old_file(dir.path(), 4, "");
    for _ in 0..2 {
        migrate(dir.path()).await.unwrap();
        assert_eq!(schema(dir.path()), schema(fresh.path()));
    }
    assert!(audit(dir.path(), NOON, NOON).await.is_ok());
}

#[tokio::test]
async fn a_stored_question_mark_is_a_star_and_the_schedule_keeps_its_meaning() {
    let dir = tempfile::tempdir().unwrap();
    let more = "UPDATE journey_version SET spec = replace(spec, '@hourly', '0 30 4 ? * 1,3') WHERE id = 1;";
    old_file(dir.path(), 4, more);
    let store = Store::open(settings(dir.path()), NOON).await.unwrap().store;
    let versions = store.current(&"acme".parse().unwrap()).await.unwrap();
    let timing = versions[0].spec.as_ref().unwrap().timing.as_ref().unwrap();
    assert_eq!(timing.schedule.as_str(), "0 30 4 * * 1,3");
    let shown = "SELECT schedule FROM v1_journeys WHERE journey = 'checkout'";
    assert_eq!(consumer(dir.path(), shown), "0 30 4 * * 1,3");
}
