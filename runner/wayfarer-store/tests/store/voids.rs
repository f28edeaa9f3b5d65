//! Runs that a person takes out of the rates: roll-ups, last failures and views are as if they had not counted, and as before once
//! the runs are put back.

use proptest::test_runner::{Config, TestError, TestRunner};
use wayfarer_model::context::Lane;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{ChosenRuns, Due, NewVoid, RetentionKind, Started, check, rebuild};

use crate::fixture::{Fixture, NOON, consumer, finished};
use crate::rebuilding::derived;
use crate::retention::{DAY, put_days, remove};
use crate::rollups::{differences, filled, slots};

fn note() -> NewVoid {
    NewVoid { by: "ops (token 1)".to_owned(), note: "the uplink was down".to_owned(), at: NOON }
}

fn between(since: u64, until: u64) -> ChosenRuns {
    ChosenRuns::Between { journey: None, since: UnixMillis(since), until: UnixMillis(until) }
}

fn acme() -> wayfarer_model::ids::TenantName {
    "acme".parse().unwrap()
}

#[test]
fn whatever_is_voided_the_roll_ups_are_those_of_the_rest_and_come_back() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases: 3, max_shrink_iters: 4, failure_persistence: None, ..Config::default() };
    let (since, length) = (0..31 * 60_u64, 1..31 * 60_u64);
    let ran = TestRunner::new(config).run(&(slots(), since, length), |(slots, since, length)| {
        runtime.block_on(async {
            let fixture = filled(&slots).await;
            let before = derived(fixture.dir.path());
            let since = NOON.0 + since * 60_000 + 500;
            let runs = between(since, since + length * 60_000);
            let preview = fixture.store.void_preview(&acme(), &runs, false).await.unwrap();
            let voided = fixture.store.void_runs(&acme(), &runs, note()).await.unwrap();
            proptest::prop_assert_eq!(&preview, &voided);
            let marked = fixture.query("SELECT count(*) FROM v1_runs WHERE is_void AND NOT is_counted");
            proptest::prop_assert_eq!(marked, voided.runs().to_string());
            proptest::prop_assert_eq!(differences(&fixture), "");
            let again = fixture.store.void_runs(&acme(), &runs, note()).await.unwrap();
            proptest::prop_assert_eq!(again.runs(), 0);
            // What a run that ends later is added to is what was counted again.
            let fixture = fixture.reopened().await.0;
            let left = derived(fixture.dir.path());
            let back = fixture.store.unvoid_runs(&acme(), &runs).await.unwrap();
            proptest::prop_assert_eq!(&back, &voided);
            proptest::prop_assert_eq!(derived(fixture.dir.path()), before);
            fixture.store.void_runs(&acme(), &runs, note()).await.unwrap();
            let dir = fixture.stopped().await;
            proptest::prop_assert_eq!(derived(dir.path()), left.clone());
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

async fn put(fixture: &Fixture, minute: u64, verdict: Verdict) -> wayfarer_model::ids::RunId {
    let at = UnixMillis(NOON.0 + minute * 60_000);
    let identity = fixture.identity(at, Lane::Scheduled);
    fixture.store.start(Started { identity, at });
    fixture.store.finish(&finished(identity, &[verdict], Micros(5_000))).await.unwrap();
    identity.run
}

#[tokio::test]
async fn a_run_is_voided_by_its_id_with_its_note_and_its_journey_does_not_fail_by_it() {
    let fixture = Fixture::new().await;
    let earlier = put(&fixture, 1, Verdict::Failed).await;
    put(&fixture, 2, Verdict::Passed).await;
    let last = put(&fixture, 3, Verdict::Failed).await;
    let broken = put(&fixture, 4, Verdict::Broken).await;
    let journey = fixture.version.journey;
    assert_eq!(fixture.store.failing(&[journey]).await.unwrap(), [journey]);
    let of = |run| ChosenRuns::These(vec![run]);
    let twice = ChosenRuns::These(vec![last, last]);
    assert_eq!(fixture.store.void_preview(&acme(), &twice, false).await.unwrap().runs(), 1, "it is one run");
    let voided = fixture.store.void_runs(&acme(), &twice, note()).await.unwrap();
    assert_eq!((voided.runs(), voided.verdicts["failed"]), (1, 1));
    assert_eq!(fixture.store.failing(&[journey]).await.unwrap(), []);
    let last_failure =
        "SELECT r.run FROM v1_runs r JOIN last_failure l ON l.run = r.run_number ORDER BY r.slot_ms";
    assert_eq!(fixture.query(last_failure), earlier.to_string());
    let shown = fixture.query(&format!(
        "SELECT is_void, is_counted, verdict, voided_ms, voided_by, void_note FROM v1_runs WHERE run = '{last}'"
    ));
    assert_eq!(shown, format!("1|0|failed|{}|ops (token 1)|the uplink was down", NOON.0));
    let row = fixture.store.run(None, last).await.unwrap().unwrap().row;
    assert_eq!(row.void, Some(note()));
    // It does not count, so it cannot be taken out.
    assert_eq!(fixture.store.void_runs(&acme(), &of(broken), note()).await.unwrap().runs(), 0);
    let back = fixture.store.unvoid_runs(&acme(), &of(last)).await.unwrap();
    assert_eq!(back.runs(), 1);
    assert_eq!(fixture.query(last_failure), last.to_string());
    assert_eq!(differences(&fixture), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn many_runs_are_voided_in_pieces_between_which_others_write() {
    const RUNS: u64 = 4_000;
    let fixture = Fixture::new().await;
    // Every five minutes for a fortnight; every fourth is meant.
    let runs: Vec<_> = (0..RUNS).map(|number| put(&fixture, number * 5, Verdict::Passed)).collect();
    let ids = futures_util::future::join_all(runs).await;
    let chosen = ChosenRuns::These(ids.into_iter().step_by(4).collect());
    let store = fixture.store.clone();
    let voiding = tokio::spawn(async move { store.void_runs(&acme(), &chosen, note()).await });
    let (mut others, mut longest) = (0, std::time::Duration::ZERO);
    while !voiding.is_finished() {
        let since = std::time::Instant::now();
        fixture.store.until_writable().await.unwrap();
        (others, longest) = (others + 1, longest.max(since.elapsed()));
    }
    assert_eq!(voiding.await.unwrap().unwrap().runs(), RUNS / 4);
    println!(
        "1,000 runs voided by id in 334 hours: {others} others wrote meanwhile, the longest waited {longest:?}"
    );
    assert!(others > 20, "{others} others wrote meanwhile, the longest waited {longest:?}");
    assert_eq!(
        fixture.query("SELECT count(*), count(DISTINCT void_note) FROM v1_runs WHERE is_void"),
        "1000|1"
    );
    assert_eq!(fixture.query("SELECT count(*) FROM run_void"), "1", "one note for all pieces");
    assert_eq!(differences(&fixture), "");
}

#[tokio::test]
async fn what_could_not_be_voided_says_what_was() {
    let fixture = Fixture::new().await;
    let run = put(&fixture, 1, Verdict::Failed).await;
    fixture.store.close(NOON).await.unwrap();
    let stopped = fixture.store.void_runs(&acme(), &ChosenRuns::These(vec![run]), note()).await.unwrap_err();
    assert_eq!(stopped.done.runs(), 0);
    let said = stopped.to_string();
    assert!(said.starts_with("0 runs were changed") && said.contains("repeat the request"), "{said}");
}

#[tokio::test]
async fn what_retention_has_begun_to_remove_and_what_others_own_stays_as_it_is() {
    let fixture = Fixture::new().await;
    put_days(&fixture, 4).await;
    let before = UnixMillis(NOON.0 + 2 * DAY);
    let due = Due { kind: RetentionKind::Runs, tenants: vec![fixture.tenant], is_platforms: false, before };
    assert!(remove(&fixture.store, &due).await > 0);
    let daily = "SELECT * FROM v1_daily WHERE from_ms < (SELECT from_ms FROM kept WHERE kind = 'runs')";
    let rolled_up = fixture.query(daily);
    assert_ne!(rolled_up, "");
    let other = fixture.store.void_runs(&"bank".parse().unwrap(), &between(0, u64::MAX / 4), note()).await;
    assert!(other.is_err(), "{other:?}");
    let voided = fixture.store.void_runs(&acme(), &between(0, u64::MAX / 4), note()).await.unwrap();
    assert!(voided.runs() > 0);
    assert_eq!(fixture.query(daily), rolled_up);
    let dir = fixture.stopped().await;
    let left = derived(dir.path());
    rebuild(dir.path()).await.unwrap();
    assert_eq!(derived(dir.path()), left);
    let early = "SELECT count(*) FROM v1_runs WHERE is_void AND slot_ms < (SELECT from_ms FROM kept WHERE kind = 'runs')";
    assert_eq!(consumer(dir.path(), early), "0");
}
