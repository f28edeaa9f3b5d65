//! What a page with many journeys shows: the last slots of each journey, and its figures, each against what was written.

use wayfarer_model::context::Lane;
use wayfarer_model::ids::RunId;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{Identity, JourneyFigures, Rates, SkippedSlot, Started};

use crate::fixture::{Fixture, NOON, deploy, finished, spec};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

async fn ran(fixture: &Fixture, at: UnixMillis, lane: Lane, verdicts: &[Verdict], duration: u64) {
    let identity = fixture.identity(at, lane);
    fixture.store.start(Started { identity, at });
    fixture.store.finish(&finished(identity, verdicts, Micros(duration))).await.unwrap();
}

#[tokio::test]
async fn the_last_slots_come_in_their_order_whatever_was_written_first() {
    let fixture = Fixture::new().await;
    deploy(&fixture.store, "acme", spec("quiet"), NOON).await.unwrap();
    let at = |minute: u64| UnixMillis(NOON.0 + minute * 60_000);
    ran(&fixture, at(3), Lane::Scheduled, &[Verdict::Failed, Verdict::Passed], 9).await;
    ran(&fixture, at(1), Lane::Scheduled, &[Verdict::Passed], 9).await;
    ran(&fixture, at(4), Lane::Manual, &[Verdict::Failed], 9).await;
    let maintenance = Some(fixture.maintenance(NOON).await);
    let identity = Identity { maintenance, ..fixture.identity(at(2), Lane::Scheduled) };
    let missed = SkippedSlot { identity, at: at(2), verdict: Verdict::Missed, reason: Reason::GraceExceeded };
    fixture.store.settle_all(&[missed]).await.unwrap();

    let recent = fixture.store.recent_slots(2).await.unwrap();
    assert_eq!(recent.len(), 2, "the journey without a run has its entry too");
    let slots = &recent[&fixture.version.journey];
    let said: Vec<_> = slots.iter().map(|slot| (slot.run.slot(), slot.verdict, slot.is_flaky)).collect();
    assert_eq!(said, [(at(2), Verdict::Missed, false), (at(3), Verdict::Passed, true)]);
    assert_eq!([slots[0].is_in_maintenance, slots[1].is_in_maintenance], [true, false]);
    assert!(recent.values().any(Vec::is_empty), "{recent:?}");
}

#[tokio::test]
async fn figures_are_those_of_the_last_day_week_and_month() {
    let fixture = Fixture::new().await;
    let before = |ms: u64| UnixMillis(NOON.0 - ms);
    ran(&fixture, before(HOUR_MS), Lane::Scheduled, &[Verdict::Passed], 100_000).await;
    ran(&fixture, before(2 * HOUR_MS), Lane::Scheduled, &[Verdict::Failed, Verdict::Passed], 300_000).await;
    ran(&fixture, before(3 * DAY_MS), Lane::Scheduled, &[Verdict::Failed], 5_000).await;
    ran(&fixture, before(7 * DAY_MS + HOUR_MS), Lane::Scheduled, &[Verdict::Passed], 50_000).await;
    ran(&fixture, before(40 * DAY_MS), Lane::Scheduled, &[Verdict::Passed], 1_000).await;

    let mut figures = fixture.store.journey_figures(NOON).await.unwrap();
    let JourneyFigures { day, week, month, p95, p95_week_before, hours } =
        figures.remove(&fixture.version.journey).unwrap();
    assert_eq!(day, Rates { slots: 2, counted: 2, good: 2, good_first_attempt: 1 });
    assert_eq!(week, Rates { slots: 3, counted: 3, good: 2, good_first_attempt: 1 });
    assert_eq!(month, Rates { slots: 4, counted: 4, good: 3, good_first_attempt: 2 });
    let is_near =
        |found: Option<Micros>, wanted: u64| found.is_some_and(|us| us.0.abs_diff(wanted) <= wanted / 100);
    assert!(is_near(p95, 300_000) && is_near(p95_week_before, 50_000), "{p95:?} {p95_week_before:?}");
    let from: Vec<_> = hours.iter().map(|(from, _)| *from).collect();
    assert_eq!(from, [before(2 * HOUR_MS), before(HOUR_MS)]);
}

#[tokio::test]
async fn a_bad_run_says_what_failed() {
    let fixture = Fixture::new().await;
    ran(&fixture, NOON, Lane::Scheduled, &[Verdict::Passed], 9).await;
    let slots = fixture.store.recent_slots(60).await.unwrap().remove(&fixture.version.journey).unwrap();
    let numbers: Vec<_> = slots.iter().map(|slot| slot.number).collect();
    assert!(fixture.store.failure_messages(&numbers).await.unwrap().is_empty(), "nothing failed");
    assert!(fixture.store.failure_messages(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_run_has_the_slots_around_it_and_the_last_good_run_before_it() {
    let fixture = Fixture::new().await;
    let at = |minute: u64| UnixMillis(NOON.0 + minute * 60_000);
    ran(&fixture, at(1), Lane::Scheduled, &[Verdict::Passed], 9).await;
    ran(&fixture, at(2), Lane::Scheduled, &[Verdict::Failed], 9).await;
    ran(&fixture, at(3), Lane::Manual, &[Verdict::Degraded], 9).await;
    ran(&fixture, at(4), Lane::Scheduled, &[Verdict::Failed], 9).await;
    let slots = fixture.store.recent_slots(60).await.unwrap().remove(&fixture.version.journey).unwrap();
    let slot = |found: Option<RunId>| found.map(RunId::slot);

    let last = fixture.store.neighbours(slots[2].number).await.unwrap();
    assert_eq!([last.previous, last.next, last.last_good].map(slot), [Some(at(2)), None, Some(at(3))]);
    let first = fixture.store.neighbours(slots[0].number).await.unwrap();
    assert_eq!([first.previous, first.next, first.last_good].map(slot), [None, Some(at(2)), None]);
}
