//! Roll-ups that are made anew are the same, byte for byte; and what can no longer be derived is left alone.

use proptest::test_runner::{Config, TestError, TestRunner};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Due, RetentionKind, StoreError, check, rebuild, unleap};

use crate::fixture::{Fixture, NOON, consumer, tamper};
use crate::retention::{DAY, put_days, remove};
use crate::rollups::{filled, slots};

const TABLES: [&str; 7] =
    ["hourly", "daily", "step_hourly", "usage_daily", "stored_daily", "last_failure", "annotation"];

/// Every row of every table that is derived, sketches included.
pub(crate) fn derived(dir: &std::path::Path) -> Vec<String> {
    TABLES.map(|table| consumer(dir, &format!("SELECT '{table}', * FROM {table} ORDER BY 2, 3, 4"))).to_vec()
}

#[test]
fn whatever_came_in_a_rebuild_gives_the_same_rows() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases: 10, max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
    let ran = TestRunner::new(config).run(&slots(), |slots| {
        runtime.block_on(async {
            let dir = filled(&slots).await.stopped().await;
            let before = derived(dir.path());
            let report = rebuild(dir.path()).await.unwrap();
            proptest::prop_assert_eq!(derived(dir.path()), before);
            proptest::prop_assert_eq!(report.runs, slots.len() as u64);
            Ok(())
        })
    });
    if let Err(TestError::Fail(why, slots)) = ran {
        panic!("{why}\n{slots:?}");
    }
}

/// An unleap has its own, shorter way to the roll-ups of what is left.
#[test]
fn whatever_came_an_unleap_leaves_what_a_rebuild_makes_of_the_rest() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases: 12, max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
    let instants = 0..31 * 60_u64;
    let ran = TestRunner::new(config).run(&(slots(), instants), |(slots, minutes)| {
        runtime.block_on(async {
            let dir = filled(&slots).await.stopped().await;
            unleap(dir.path(), UnixMillis(NOON.0 + minutes * 60_000 + 500)).await.unwrap();
            let left = derived(dir.path());
            rebuild(dir.path()).await.unwrap();
            proptest::prop_assert_eq!(derived(dir.path()), left);
            proptest::prop_assert_eq!(check(dir.path()).await.unwrap().problems, Vec::<String>::new());
            Ok(())
        })
    });
    if let Err(TestError::Fail(why, slots)) = ran {
        panic!("{why}\n{slots:?}");
    }
}

#[tokio::test]
async fn a_rebuild_mends_what_was_changed() {
    let fixture = Fixture::new().await;
    put_days(&fixture, 3).await;
    let dir = fixture.stopped().await;
    let before = derived(dir.path());
    tamper(
        dir.path(),
        "UPDATE hourly SET slots = slots + 1, sketch = x''; DELETE FROM daily; UPDATE step_hourly SET p95_us = 1;
         DELETE FROM last_failure; DELETE FROM annotation WHERE run % 3 = 0; UPDATE annotation SET value = '8' WHERE run % 3 = 1;
         UPDATE stored_daily SET bytes = bytes / 2; UPDATE usage_daily SET cpu_us = 0, from_ms = from_ms + 8640000000;
         INSERT INTO hourly SELECT journey, location, from_ms + 7200000000, slots, passed, degraded, failed, broken, inconclusive,
           missed, skipped, cancelled, good_first_attempt, flaky, sum_us, min_us, max_us, p50_us, p90_us, p95_us, p99_us, sketch, muted, voided
         FROM hourly LIMIT 1",
    );
    assert_ne!(derived(dir.path()), before);
    let report = check(dir.path()).await.unwrap();
    let is_named =
        report.problems.iter().any(|problem| problem.contains("annotations by which runs are found"));
    assert!(is_named && report.is_mended_by_rebuild, "{report:?}");
    rebuild(dir.path()).await.unwrap();
    assert_eq!(derived(dir.path()), before);
    assert_eq!(check(dir.path()).await.unwrap().problems, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_rolled_up_of_runs_that_are_gone_stays() {
    let fixture = Fixture::new().await;
    put_days(&fixture, 4).await;
    let due = Due {
        kind: RetentionKind::Runs,
        is_platforms: false,
        tenants: vec![fixture.tenant],
        before: UnixMillis(NOON.0 + 2 * DAY),
    };
    assert!(remove(&fixture.store, &due).await > 0);
    let dir = fixture.stopped().await;
    let before = derived(dir.path());
    let report = rebuild(dir.path()).await.unwrap();
    assert_eq!(derived(dir.path()), before);
    assert!(report.runs > 0);
    // What can be derived is made anew, what cannot is not touched, right or wrong.
    tamper(
        dir.path(),
        "UPDATE daily SET slots = 1000; UPDATE hourly SET slots = 1000; UPDATE usage_daily SET runs = 1000",
    );
    rebuild(dir.path()).await.unwrap();
    for table in ["hourly", "daily", "usage_daily"] {
        let column = if table == "usage_daily" { "runs" } else { "slots" };
        let wrong = consumer(
            dir.path(),
            &format!(
                "SELECT max(from_ms) < (SELECT from_ms FROM kept WHERE kind = 'runs'), count(*) > 0 FROM {table} WHERE {column} = 1000"
            ),
        );
        assert_eq!(wrong, "1|1", "{table}");
    }
}

#[tokio::test]
async fn a_rebuild_wants_the_directory_for_itself() {
    let fixture = Fixture::new().await;
    let error = rebuild(fixture.dir.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse(_)), "{error}");
    let empty = tempfile::tempdir().unwrap();
    let error = rebuild(empty.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotThere(_)), "{error}");
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0, "nothing was made there");
}
