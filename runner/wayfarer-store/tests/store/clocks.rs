//! What a clock that was ahead leaves, results that come twice, and locations with a beginning.

use wayfarer_model::context::Lane;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{
    KeptClock, Settled, SkippedSlot, Started, Store, StoreSettings, TimeLeft, audit, check, time_left, unleap,
};

use crate::fixture::{Fixture, NOON, consumer, deploy, finished, open, settings, spec, tamper};

const MINUTE: u64 = 60_000;
/// Some days of slots that were passed over while the clock was ahead.
const LEAPT: u64 = 8_000;

fn minute(number: u64) -> UnixMillis {
    UnixMillis(NOON.0 + number * MINUTE)
}

async fn ran(fixture: &Fixture, slot: UnixMillis, lane: Lane, verdict: Verdict) -> Settled {
    let identity = fixture.identity(slot, lane);
    fixture.store.start(Started { identity, at: slot });
    fixture.store.finish(&finished(identity, &[verdict], Micros(5))).await.unwrap()
}

/// Four minutes as they were, the second of which failed.
async fn four_minutes(fixture: &Fixture) {
    for number in 0..4 {
        let verdict = if number == 1 { Verdict::Failed } else { Verdict::Passed };
        ran(fixture, minute(number), Lane::Scheduled, verdict).await;
    }
    fixture.store.planned_until(fixture.location, minute(3));
    fixture.store.flush().await.unwrap();
}

/// The clock leaps: slots are passed over, some run, somebody deploys and asks for a run.
async fn leaps(fixture: &Fixture) {
    let missed = (4..LEAPT).filter(|number| *number != 5).map(|number| {
        let identity = fixture.identity(minute(number), Lane::Scheduled);
        SkippedSlot { identity, at: minute(LEAPT), verdict: Verdict::Missed, reason: Reason::GraceExceeded }
    });
    fixture.store.settle_all(&missed.collect::<Vec<_>>()).await.unwrap();
    ran(fixture, minute(5), Lane::Scheduled, Verdict::Failed).await;
    ran(fixture, minute(6), Lane::Confirm, Verdict::Failed).await;
    fixture.store.planned_until(fixture.location, minute(LEAPT));
    deploy(&fixture.store, "acme", spec("checkout"), minute(LEAPT + 1)).await.unwrap();
    fixture.store.flush().await.unwrap();
}

/// The roll-ups and the last failures, sketches included.
fn derived(dir: &std::path::Path) -> String {
    let tables = ["hourly", "daily", "step_hourly", "usage_daily", "stored_daily", "last_failure"];
    tables
        .map(|table| consumer(dir, &format!("SELECT '{table}', * FROM {table} ORDER BY 2, 3, 4")))
        .join("\n")
}

#[tokio::test]
async fn what_has_not_come_is_taken_out_with_its_share_of_the_roll_ups() {
    let fixture = Fixture::new().await;
    four_minutes(&fixture).await;
    let before = derived(fixture.dir.path());
    leaps(&fixture).await;
    assert_ne!(derived(fixture.dir.path()), before);
    let to = UnixMillis(minute(3).0 + 5_000);
    let taken = fixture.store.unleap(to).await.unwrap();
    assert_eq!((taken.runs, taken.counted_again), (LEAPT - 3, 4), "with the confirmation run");
    assert_eq!(derived(fixture.dir.path()), before);
    assert_eq!(fixture.query("SELECT max(slot_ms) FROM v1_runs"), minute(3).0.to_string());
    assert_eq!(fixture.query("SELECT max(valid_from_ms) FROM v1_journeys"), (to.0 + 1).to_string());
    assert_eq!(check(fixture.dir.path()).await.unwrap().problems, Vec::<String>::new());

    // The slots come again, and the figures go on.
    assert_eq!(ran(&fixture, minute(4), Lane::Scheduled, Verdict::Passed).await, Settled::Written);
    fixture.store.planned_until(fixture.location, minute(4));
    fixture.store.flush().await.unwrap();
    assert_eq!(fixture.query("SELECT slots, passed, failed, missed FROM v1_daily"), "5|4|1|0");
    let report = audit(fixture.dir.path(), UnixMillis(0), minute(LEAPT)).await.unwrap();
    assert!(report.is_clean() && report.due == 5, "{report:?}");
    assert_eq!(check(fixture.dir.path()).await.unwrap().problems, Vec::<String>::new());
}

#[tokio::test]
async fn a_run_that_a_person_asked_for_stays_and_so_does_what_it_used() {
    let fixture = Fixture::new().await;
    four_minutes(&fixture).await;
    ran(&fixture, minute(LEAPT), Lane::Manual, Verdict::Passed).await;
    let before = derived(fixture.dir.path());
    ran(&fixture, minute(LEAPT), Lane::Scheduled, Verdict::Passed).await;
    assert_eq!(fixture.store.unleap(minute(3)).await.unwrap().runs, 1);
    assert_eq!(derived(fixture.dir.path()), before);
    assert_eq!(fixture.query("SELECT count(*) FROM v1_runs WHERE lane = 'manual'"), "1");
}

#[tokio::test]
async fn without_a_server_starts_go_too_and_the_next_start_goes_on_from_there() {
    let fixture = Fixture::new().await;
    four_minutes(&fixture).await;
    leaps(&fixture).await;
    let (boot, rest_ms) = ("this one".to_owned(), 7);
    fixture.store.keep_clock(KeptClock { boot, boot_ms: 5, wall: minute(LEAPT), rest_ms }).await.unwrap();
    fixture.store.keep_retention_instant(minute(LEAPT)).await.unwrap();
    let dir = fixture.stopped().await;
    let version = "(SELECT max(id) FROM journey_version)";
    tamper(
        dir.path(),
        &format!(
            "INSERT INTO started SELECT x'01', 1, {version}, policy, location, {}, lane, 0, 5, incarnation, 0, NULL FROM run WHERE id = 1;
             INSERT INTO kept SELECT id, 'runs', {} FROM tenant",
            minute(LEAPT).0,
            minute(LEAPT).0 / 86_400_000 * 86_400_000
        ),
    );
    let to = UnixMillis(minute(3).0 + 5_000);
    assert_eq!(unleap(dir.path(), to).await.unwrap().runs, LEAPT - 3);
    assert_eq!(unleap(dir.path(), to).await.unwrap().runs, 0, "once");
    let floor = "SELECT from_ms - (slot_ms / 86400000 + 1) * 86400000 FROM kept, run WHERE run.id = 1";
    assert_eq!(consumer(dir.path(), floor), "0", "runs are complete from the next midnight on");
    let left = time_left(dir.path(), &"local".parse().unwrap()).await;
    let clock = Some(KeptClock { boot: String::new(), boot_ms: 5, wall: to, rest_ms: 7 });
    assert_eq!(left, TimeLeft { newest: to, clock });
    let opened = open(settings(dir.path())).await;
    assert_eq!((opened.planned_until, opened.runs_lost), (Some(to), 0));
    assert_eq!(opened.store.retention_instant().await.unwrap(), Some(to));
}

#[tokio::test]
async fn a_new_directory_says_nothing_of_the_time() {
    let dir = tempfile::tempdir().unwrap();
    let local = "local".parse().unwrap();
    assert_eq!(time_left(dir.path(), &local).await, TimeLeft::default());
    std::fs::write(dir.path().join("wayfarer.db"), "not a database").unwrap();
    assert_eq!(time_left(dir.path(), &local).await, TimeLeft::default());
}

#[tokio::test]
async fn a_result_that_comes_twice_is_refused_and_leaves_no_start() {
    let fixture = Fixture::new().await;
    assert_eq!(ran(&fixture, minute(1), Lane::Confirm, Verdict::Failed).await, Settled::Written);
    let again = Started { identity: fixture.identity(minute(1), Lane::Confirm), at: minute(1) };
    fixture.store.start(again);
    fixture.store.flush().await.unwrap();
    let late = finished(again.identity, &[Verdict::Passed], Micros(5));
    assert_eq!(fixture.store.finish(&late).await.unwrap(), Settled::Refused);
    fixture.store.flush().await.unwrap();
    assert_eq!(fixture.query("SELECT count(*) FROM started"), "0");
    assert_eq!(fixture.store.finish(&late).await.unwrap(), Settled::Refused, "it is not in flight");
    assert!(fixture.store.was_confirmed(fixture.version.journey, minute(1)).await.unwrap());
    assert!(!fixture.store.was_confirmed(fixture.version.journey, minute(2)).await.unwrap());
    assert_eq!(check(fixture.dir.path()).await.unwrap().problems, Vec::<String>::new());
}

/// A start of a run that has its row, as a refused result used to leave it.
const LEFT: &str = "INSERT INTO started SELECT x'01', journey, version, policy, location, slot_ms, lane, seq, 5, incarnation, 0, NULL
   FROM run WHERE id = 1";

#[tokio::test]
async fn a_start_takes_out_starts_that_have_their_row() {
    let fixture = Fixture::new().await;
    ran(&fixture, minute(1), Lane::Confirm, Verdict::Failed).await;
    tamper(fixture.dir.path(), LEFT);
    let (fixture, lost, _) = fixture.reopened().await;
    assert_eq!((lost, fixture.query("SELECT count(*) FROM started").as_str()), (0, "0"));
}

#[tokio::test]
async fn a_check_takes_out_starts_that_have_their_row() {
    let fixture = Fixture::new().await;
    ran(&fixture, minute(1), Lane::Confirm, Verdict::Failed).await;
    tamper(fixture.dir.path(), LEFT);
    let beside = check(fixture.dir.path()).await.unwrap();
    assert_eq!((beside.starts_cleared, beside.problems.len()), (0, 0), "the server does that by itself");
    let dir = fixture.stopped().await;
    let report = check(dir.path()).await.unwrap();
    assert_eq!((report.starts_cleared, report.problems), (1, vec![]));
    assert_eq!(check(dir.path()).await.unwrap().starts_cleared, 0);
}

fn at_location(dir: &std::path::Path, location: &str) -> StoreSettings {
    StoreSettings::new(dir.to_owned(), location.parse().unwrap(), "0.0.0-test")
}

async fn settle(fixture: &Fixture, minutes: std::ops::RangeInclusive<u64>, verdict: Verdict) {
    for number in minutes.clone() {
        ran(fixture, minute(number), Lane::Scheduled, verdict).await;
    }
    fixture.store.planned_until(fixture.location, minute(*minutes.end()));
    fixture.store.flush().await.unwrap();
}

#[tokio::test]
async fn a_location_begins_where_the_one_before_ends() {
    let fixture = Fixture::new().await;
    settle(&fixture, 0..=3, Verdict::Failed).await;
    let dir = fixture.stopped().await;
    let berlin = at_location(dir.path(), "berlin");
    let opened = Store::open(berlin.clone(), NOON).await.unwrap();
    assert_eq!(opened.planned_until, Some(minute(3)), "the past is not its own");
    opened.store.close(NOON).await.unwrap();
    drop(opened);

    let fixture = Fixture::opened(dir, berlin).await;
    let failing = fixture.store.failing(&[fixture.version.journey]).await.unwrap();
    assert_eq!(failing, [], "it failed at the other location");
    settle(&fixture, 4..=5, Verdict::Passed).await;
    let report = audit(fixture.dir.path(), UnixMillis(0), minute(99)).await.unwrap();
    assert!(report.is_clean() && (report.due, report.stored) == (6, 6), "{report:?}");
    assert_eq!(fixture.query("SELECT count(*) FROM last_failure"), "1");

    // Back again: what the other location did is not owed once more.
    let dir = fixture.stopped().await;
    let opened = open(at_location(dir.path(), "local")).await;
    assert_eq!(opened.planned_until, Some(minute(5)));
    let report = audit(dir.path(), UnixMillis(0), minute(99)).await.unwrap();
    assert!(report.is_clean() && report.due == 6, "{report:?}");
    assert_eq!(check(dir.path()).await.unwrap().problems, Vec::<String>::new());
}
