//! What a process that was killed leaves behind, and what the next one makes of it.

use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::Settled;

use crate::fixture::{Fixture, NOON, finished};

#[tokio::test]
async fn a_run_in_flight_becomes_inconclusive_and_its_late_end_is_refused() {
    let fixture = Fixture::new().await;
    let (done, lost) = (fixture.started(NOON), fixture.started(UnixMillis(NOON.0 + 1_000)));
    fixture.store.start(done);
    fixture.store.start(lost);
    fixture.store.finish(&finished(done.identity, &[Verdict::Passed], Micros(5))).await.unwrap();
    fixture.store.planned_until(fixture.location, UnixMillis(NOON.0 + 1_500));
    fixture.store.flush().await.unwrap();
    let before = fixture.incarnation;

    let (fixture, runs_lost, planned) = fixture.reopened().await;
    assert_eq!((runs_lost, planned), (1, Some(UnixMillis(NOON.0 + 1_500))));
    assert!(fixture.incarnation > before);
    let row = fixture.store.run(None, lost.identity.run).await.unwrap().unwrap().row;
    assert_eq!((row.verdict, row.reason), (Verdict::Inconclusive, Reason::RunnerLost));
    let late = finished(lost.identity, &[Verdict::Passed], Micros(5));
    assert_eq!(fixture.store.finish(&late).await.unwrap(), Settled::Refused);
    assert_eq!(fixture.query("SELECT slots, passed, inconclusive FROM v1_hourly"), "2|1|1");
}

#[tokio::test]
async fn the_watermark_never_goes_back() {
    let fixture = Fixture::new().await;
    fixture.store.planned_until(fixture.location, UnixMillis(NOON.0 + 9));
    fixture.store.flush().await.unwrap();
    fixture.store.planned_until(fixture.location, UnixMillis(NOON.0 + 4));
    fixture.store.flush().await.unwrap();
    let (_, _, planned) = fixture.reopened().await;
    assert_eq!(planned, Some(UnixMillis(NOON.0 + 9)));
}

#[tokio::test]
async fn roll_ups_go_on_where_they_were() {
    let mut fixture = Fixture::new().await;
    for second in 0..3_u64 {
        let started = fixture.started(UnixMillis(NOON.0 + second));
        fixture.store.start(started);
        fixture.store.finish(&finished(started.identity, &[Verdict::Passed], Micros(5))).await.unwrap();
        (fixture, _, _) = fixture.reopened().await;
    }
    assert_eq!(fixture.query("SELECT slots, sum_us FROM v1_hourly"), "3|15");
    assert_eq!(fixture.query("SELECT slots, passed FROM v1_step_hourly WHERE step = 'log in'"), "3|3");
}
