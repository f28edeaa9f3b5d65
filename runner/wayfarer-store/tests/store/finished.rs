//! What is finished is there: as a row, as detail, in the roll-ups, once.

use wayfarer_model::context::Lane;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{RunCursor, RunFilter, Settled, SkippedSlot};

use crate::fixture::{Fixture, NOON, deploy, finished, note, spec};

#[tokio::test]
async fn a_run_comes_back_as_it_was() {
    let fixture = Fixture::new().await;
    let started = fixture.started(NOON);
    let run = finished(started.identity, &[Verdict::Failed, Verdict::Passed], Micros(212_000));
    fixture.store.start(started);
    assert_eq!(fixture.store.finish(&run).await.unwrap(), Settled::Written);

    let detail = fixture.store.run(None, started.identity.run).await.unwrap().unwrap();
    assert_eq!(detail.row.verdict, Verdict::Passed);
    assert_eq!(detail.row.first_verdict, Some(Verdict::Failed));
    assert_eq!(detail.row.duration, Some(Micros(212_000)));
    let attempts: Vec<_> = run.attempts.iter().map(|attempt| (**attempt).clone()).collect();
    assert_eq!(detail.attempts, attempts);
    let other = fixture.store.run(Some(&"other".parse().unwrap()), started.identity.run).await.unwrap();
    assert_eq!(other, None, "another tenant's run is not there");
}

#[tokio::test]
async fn a_version_was_good_once_one_of_its_runs_was() {
    let fixture = Fixture::new().await;
    let version = fixture.version.key;
    for (minute, verdict, was_good) in
        [(1, Verdict::Failed, false), (2, Verdict::Degraded, true), (3, Verdict::Broken, true)]
    {
        let started = fixture.started(UnixMillis(NOON.0 + minute * 60_000));
        fixture.store.start(started);
        fixture.store.finish(&finished(started.identity, &[verdict], Micros(10))).await.unwrap();
        assert_eq!(fixture.store.was_good(version).await.unwrap(), was_good, "{verdict}");
    }
    deploy(&fixture.store, "acme", spec("checkout-2"), NOON).await.unwrap();
    let versions = fixture.store.current(&"acme".parse().unwrap()).await.unwrap();
    let other = versions.iter().find(|other| other.key != version).unwrap();
    assert!(!fixture.store.was_good(other.key).await.unwrap());
}

#[tokio::test]
async fn an_end_is_written_once() {
    let fixture = Fixture::new().await;
    let started = fixture.started(NOON);
    let run = finished(started.identity, &[Verdict::Passed], Micros(10));
    assert_eq!(fixture.store.finish(&run).await.unwrap(), Settled::Refused, "it was never started");
    fixture.store.start(started);
    fixture.store.flush().await.unwrap();
    assert_eq!(fixture.query("SELECT count(*) FROM started"), "1");
    let mut stale = run.clone();
    stale.identity.fence.incarnation += 1;
    assert_eq!(fixture.store.finish(&stale).await.unwrap(), Settled::Refused, "another process's fence");
    assert_eq!(fixture.store.finish(&run).await.unwrap(), Settled::Written);
    assert_eq!(fixture.store.finish(&run).await.unwrap(), Settled::Refused, "it has ended before");
    assert_eq!(fixture.query("SELECT count(*) FROM started"), "0");
    assert_eq!(fixture.query("SELECT slots, passed FROM v1_hourly"), "1|1");
}

#[tokio::test]
async fn a_slot_that_has_its_row_is_refused_and_its_batch_is_not_harmed() {
    let fixture = Fixture::new().await;
    let slot = |at: u64| UnixMillis(NOON.0 + at);
    let skipped = |at: u64| SkippedSlot {
        identity: fixture.identity(slot(at), Lane::Scheduled),
        at: slot(at),
        verdict: Verdict::Skipped,
        reason: Reason::Paused,
    };
    fixture.store.settle_all(&[skipped(0)]).await.unwrap();
    // All of these reach the writer in one batch.
    fixture.store.settle_all(&[skipped(1), skipped(0), skipped(2), skipped(1), skipped(3)]).await.unwrap();
    assert_eq!(fixture.query(&format!("SELECT group_concat(slot_ms - {}) FROM run", NOON.0)), "0,1,2,3");
    assert_eq!(fixture.query("SELECT slots, skipped FROM v1_daily"), "4|4");
}

#[tokio::test]
async fn roll_ups_count_the_lane_scheduled_and_what_good_runs_took() {
    let fixture = Fixture::new().await;
    for (second, verdicts) in [
        &[Verdict::Passed][..],
        &[Verdict::Failed, Verdict::Passed],
        &[Verdict::Failed],
        &[Verdict::Degraded],
    ]
    .into_iter()
    .enumerate()
    {
        let started = fixture.started(UnixMillis(NOON.0 + second as u64 * 1_000));
        fixture.store.start(started);
        let took = Micros(1_000 * (second as u64 + 1));
        fixture.store.finish(&finished(started.identity, verdicts, took)).await.unwrap();
    }
    let by_hand = fixture.identity(NOON, Lane::Manual);
    fixture.store.start(wayfarer_store::Started { identity: by_hand, at: NOON });
    fixture.store.finish(&finished(by_hand, &[Verdict::Failed], Micros(9))).await.unwrap();

    let figures =
        "slots, passed, degraded, failed, good_first_attempt, flaky, good, counted, sum_us, min_us, max_us";
    for view in ["v1_hourly", "v1_daily"] {
        let row = fixture.query(&format!("SELECT {figures} FROM {view}"));
        assert_eq!(row, "4|2|1|1|2|1|3|4|7000|1000|4000", "{view}");
    }
    let p50: u64 = fixture.query("SELECT p50_us FROM v1_hourly").parse().unwrap();
    assert!(p50.abs_diff(2_000) <= 2_000 / 128, "{p50}");
    assert_eq!(
        fixture.query("SELECT step, slots, passed, failed, sum_us FROM v1_step_hourly ORDER BY step"),
        "log in|4|3|1|3500\nplace order|4|3|1|3500"
    );
    assert_eq!(fixture.query("SELECT runs, attempts, requests, cpu_us FROM v1_usage"), "5|6|6|420");
}

#[tokio::test]
async fn followers_see_each_run_once_and_in_order() {
    let fixture = Fixture::new().await;
    let mut told = fixture.store.committed();
    let mut after = RunCursor(0);
    for second in 0..3_u64 {
        let started = fixture.started(UnixMillis(NOON.0 + second * 1_000));
        fixture.store.start(started);
        fixture.store.finish(&finished(started.identity, &[Verdict::Passed], Micros(5))).await.unwrap();
        told.changed().await.unwrap();
        let filter = RunFilter { after: Some(after), limit: 10, ..RunFilter::default() };
        let rows = fixture.store.runs(&filter).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [started.identity.run]);
        after = rows[0].cursor;
    }
    let newest = RunFilter { verdicts: vec![Verdict::Passed], limit: 2, ..RunFilter::default() };
    let rows = fixture.store.runs(&newest).await.unwrap();
    assert!(rows.len() == 2 && rows[0].slot > rows[1].slot, "newest first");
}

#[tokio::test]
async fn runs_are_found_by_what_their_journey_noted() {
    let fixture = Fixture::new().await;
    for (second, order) in [(1_u64, "o-1"), (2, "o-1017"), (3, "say \"o-1017\"")] {
        let started = fixture.started(UnixMillis(NOON.0 + second * 1_000));
        let mut run = finished(started.identity, &[Verdict::Failed, Verdict::Passed], Micros(5));
        fixture.store.start(started);
        let recording = &mut std::sync::Arc::make_mut(&mut run.attempts[0]).recording;
        recording.annotations = vec![note("order", order), note("o-1017", "x"), note("build", "7")];
        fixture.store.finish(&run).await.unwrap();
    }
    let found = |name: &str, value: &str| {
        let annotation = Some((name.to_owned(), value.to_owned()));
        let filter = RunFilter { annotation, limit: 10, ..RunFilter::default() };
        let store = fixture.store.clone();
        async move { store.runs(&filter).await.unwrap().iter().map(|row| row.slot.0 - NOON.0).collect::<Vec<_>>() }
    };
    assert_eq!(found("order", "o-1017").await, [2_000]);
    assert_eq!(found("order", "say \"o-1017\"").await, [3_000]);
    assert!(found("x", "o-1017").await.is_empty() && found("order", "o-10").await.is_empty());
    assert_eq!(found("build", "7").await, [3_000, 2_000, 1_000], "each once, though both attempts noted it");

    let of = |tenant: &str, after: Option<RunCursor>, limit: u32| RunFilter {
        tenant: Some(tenant.parse().unwrap()),
        annotation: Some(("build".to_owned(), "7".to_owned())),
        after,
        limit,
        ..RunFilter::default()
    };
    let newest = fixture.store.runs(&of("acme", None, 1)).await.unwrap();
    assert_eq!(newest[0].slot.0, NOON.0 + 3_000);
    let later = fixture.store.runs(&of("acme", Some(RunCursor(1)), 10)).await.unwrap();
    assert_eq!(later.iter().map(|row| row.slot.0 - NOON.0).collect::<Vec<_>>(), [2_000, 3_000]);
    assert!(fixture.store.runs(&of("globex", None, 10)).await.unwrap().is_empty());
    let noted =
        "SELECT tenant, journey, attempt, number, step, at_us FROM v1_annotations WHERE value = 'o-1017'";
    assert_eq!(fixture.query(noted), "acme|checkout|1|0|0|7");
}

#[tokio::test]
async fn the_last_failure_of_a_journey_is_known_in_whatever_order_runs_end() {
    let fixture = Fixture::new().await;
    for (second, verdict, lane) in [
        (5, Verdict::Failed, Lane::Scheduled),
        (3, Verdict::Failed, Lane::Scheduled),
        (7, Verdict::Passed, Lane::Scheduled),
        (8, Verdict::Failed, Lane::Manual),
    ] {
        let slot = UnixMillis(NOON.0 + second * 1_000);
        let identity = fixture.identity(slot, lane);
        fixture.store.start(wayfarer_store::Started { identity, at: slot });
        fixture.store.finish(&finished(identity, &[verdict], Micros(5))).await.unwrap();
    }
    let seen = fixture.query(&format!("SELECT run, slot_ms - {} FROM last_failure", NOON.0));
    assert_eq!(seen, "1|5000", "of the lane `scheduled`, and by slot");
}
