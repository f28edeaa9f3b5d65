//! What is old goes, and nothing else; in steps that are short.

use std::time::Duration;

use futures_util::future::join_all;
use wayfarer_model::context::Lane;
use wayfarer_model::report::LogRecord;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{
    Due, Finished, Identity, Removed, RetentionKind, SkippedSlot, Store, TenantSetting, audit, check,
};

use crate::fixture::{Fixture, NOON, artifact, deploy, finished, spec, tamper};

pub(crate) const DAY: u64 = 86_400_000;
const HOUR: u64 = DAY / 24;

fn hour(number: u64) -> UnixMillis {
    UnixMillis(NOON.0 + number * HOUR)
}

/// A run with everything that retention knows of.
fn full(identity: Identity, verdict: Verdict) -> Finished {
    let mut run = finished(identity, &[Verdict::Failed, verdict], Micros(1_000 + identity.slot.0 % 977));
    for attempt in &mut run.attempts {
        let attempt_number = attempt.context.number;
        let recording = &mut std::sync::Arc::make_mut(attempt).recording;
        recording.traffic.push(recording.traffic[0].clone());
        recording.traffic[0].kind.http_mut().unwrap().excerpt = Some("a \"body\"".to_owned());
        let log = LogRecord {
            step: Some(0),
            at_us: Micros(4),
            level: "info".to_owned(),
            message: "ordered ä".to_owned(),
            fields: vec![("order".to_owned(), "7".to_owned())],
        };
        recording.logs = vec![log.clone(), log];
        recording.logs_dropped_bytes = 12;
        // Of each run another one, so that what goes with it is not another one's too, and of letters that do not shrink.
        let mut state = identity.slot.0 * 2 + u64::from(attempt_number) + 1;
        let content: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .take(300)
        .collect();
        recording.artifacts.push(artifact("page", &content));
    }
    run
}

pub(crate) async fn put(fixture: &Fixture, at: UnixMillis, lane: Lane, verdict: Verdict) -> Identity {
    let identity = fixture.identity(at, lane);
    fixture.store.start(wayfarer_store::Started { identity, at });
    fixture.store.finish(&full(identity, verdict)).await.unwrap();
    identity
}

/// A run every two hours, scheduled; each fifth failed, and a triggered one that failed each day.
pub(crate) async fn put_days(fixture: &Fixture, days: u64) {
    let mut verdicts =
        [Verdict::Failed, Verdict::Passed, Verdict::Degraded, Verdict::Passed, Verdict::Passed]
            .into_iter()
            .cycle();
    for number in 0..days * 12 {
        put(fixture, hour(number * 2), Lane::Scheduled, verdicts.next().unwrap()).await;
    }
    for day in 0..days {
        put(fixture, hour(day * 24 + 1), Lane::Manual, Verdict::Failed).await;
    }
    plan(fixture, UnixMillis(NOON.0 + (days + 10) * DAY)).await;
}

async fn plan(fixture: &Fixture, until: UnixMillis) {
    fixture.store.planned_until(fixture.location, until);
    fixture.store.flush().await.unwrap();
}

pub(crate) async fn steps(store: &Store, due: &Due) -> Vec<Removed> {
    let mut removal = store.removal(due).await.unwrap();
    let mut steps = Vec::new();
    loop {
        let step = removal.step().await.unwrap();
        steps.push(step);
        if step.is_done {
            return steps;
        }
    }
}

pub(crate) async fn remove(store: &Store, due: &Due) -> u64 {
    steps(store, due).await.iter().map(|step| step.count).sum()
}

/// The kinds that runs have.
pub(crate) const OF_RUNS: [RetentionKind; 5] = [
    RetentionKind::Bodies,
    RetentionKind::Logs,
    RetentionKind::Artifacts,
    RetentionKind::Runs,
    RetentionKind::Rollups,
];

async fn remove_own(fixture: &Fixture, kind: RetentionKind, before: UnixMillis) -> u64 {
    remove(&fixture.store, &Due { kind, tenants: vec![fixture.tenant], is_platforms: false, before }).await
}

const VIEWS: [&str; 12] = [
    "v1_journeys",
    "v1_runs",
    "v1_attempts",
    "v1_steps",
    "v1_requests",
    "v1_checks",
    "v1_metrics",
    "v1_annotations",
    "v1_logs",
    "v1_hourly",
    "v1_daily",
    "v1_step_hourly",
];

fn seen(fixture: &Fixture) -> Vec<(&'static str, String)> {
    let order = |view: &str| if view.ends_with("ly") { "from_ms" } else { "1, 2, 3" };
    VIEWS
        .iter()
        .map(|view| (*view, fixture.query(&format!("SELECT * FROM {view} ORDER BY {}", order(view)))))
        .collect()
}

/// The views that changed.
fn changed(before: &[(&'static str, String)], after: &[(&'static str, String)]) -> Vec<&'static str> {
    before.iter().zip(after).filter(|(before, after)| before != after).map(|((view, _), _)| *view).collect()
}

#[tokio::test]
async fn bodies_and_logs_and_artifacts_go_and_nothing_else_does() {
    let fixture = Fixture::new().await;
    put_days(&fixture, 4).await;
    let cut = UnixMillis(NOON.0 + 2 * DAY);
    let untouched = seen(&fixture);

    // 24 scheduled runs and two by hand lie before, two attempts each.
    assert_eq!(remove_own(&fixture, RetentionKind::Artifacts, cut).await, 52);
    assert_eq!(seen(&fixture), untouched, "artifacts are in a view of their own");
    let left = "SELECT count(*), min(slot_ms), (SELECT count(*) FROM v1_blobs) FROM v1_artifacts";
    assert_eq!(fixture.query(left), format!("52|{}|52", cut.0), "and their contents went with them");

    let excerpts = "SELECT count(*), min(slot_ms) FROM v1_requests WHERE excerpt IS NOT NULL";
    assert_eq!(remove_own(&fixture, RetentionKind::Bodies, cut).await, 52);
    let without_bodies = seen(&fixture);
    assert_eq!(changed(&untouched, &without_bodies), ["v1_requests"]);
    assert_eq!(fixture.query(excerpts), format!("52|{}", cut.0));
    let blank = |text: &str| text.replace("a \"body\"", "");
    assert_eq!(blank(&without_bodies[4].1), blank(&untouched[4].1), "all else of requests is as it was");

    assert_eq!(remove_own(&fixture, RetentionKind::Logs, cut).await, 104);
    let without_logs = seen(&fixture);
    assert_eq!(changed(&without_bodies, &without_logs), ["v1_logs"]);
    assert_eq!(fixture.query("SELECT count(*), min(slot_ms) FROM v1_logs"), format!("104|{}", cut.0));

    for kind in [RetentionKind::Artifacts, RetentionKind::Bodies, RetentionKind::Logs] {
        assert_eq!(remove_own(&fixture, kind, cut).await, 0, "twice is as good as once");
    }
    assert_eq!(seen(&fixture), without_logs);
    let problems = check(fixture.dir.path()).await.unwrap().problems;
    assert_eq!(problems, Vec::<String>::new());
}

#[tokio::test]
async fn runs_go_by_whole_days_and_their_figures_stay() {
    let fixture = Fixture::new().await;
    put_days(&fixture, 4).await;
    let before = seen(&fixture);
    // Noon, two days on: the midnight before that is where runs are kept from.
    let midnight = NOON.0 + 2 * DAY - DAY / 2;
    let removed = remove_own(&fixture, RetentionKind::Runs, UnixMillis(NOON.0 + 2 * DAY)).await;
    let (scheduled, by_hand) = (18, 2);
    assert_eq!(removed, scheduled + by_hand);
    let after = seen(&fixture);
    for view in ["v1_hourly", "v1_daily", "v1_step_hourly", "v1_journeys"] {
        assert!(!changed(&before, &after).contains(&view), "{view}");
    }
    assert_eq!(fixture.query("SELECT min(slot_ms) FROM v1_runs"), midnight.to_string());
    for (view, rows) in &after[1..9] {
        assert!(
            changed(&before, &after).contains(view) || rows.is_empty(),
            "{view}: rows of runs go with them"
        );
        let before = &before.iter().find(|(name, _)| name == view).unwrap().1;
        assert!(
            rows.lines().all(|row| before.lines().any(|known| known == row)),
            "{view}: the rest is as it was"
        );
    }
    assert_eq!(fixture.query("SELECT kind, from_ms FROM kept"), format!("runs|{midnight}"));
    assert_eq!(fixture.query("SELECT sum(runs) FROM v1_usage"), "52");
    assert_eq!(check(fixture.dir.path()).await.unwrap().problems, Vec::<String>::new());
}

#[tokio::test]
async fn roll_ups_go_and_the_runs_stay() {
    let fixture = Fixture::new().await;
    put_days(&fixture, 4).await;
    let before = seen(&fixture);
    let midnight = NOON.0 + 2 * DAY - DAY / 2;
    let removed = remove_own(&fixture, RetentionKind::Rollups, UnixMillis(NOON.0 + 2 * DAY)).await;
    // Two days of figures, eighteen hours of the journey and of its two steps, two days of use.
    assert_eq!(removed, 2 + 18 + 2 * 18 + 2);
    let after = seen(&fixture);
    assert_eq!(changed(&before, &after), ["v1_hourly", "v1_daily", "v1_step_hourly"]);
    for view in ["v1_hourly", "v1_daily", "v1_step_hourly", "v1_usage"] {
        let seen = fixture.query(&format!("SELECT min(from_ms), count(*) > 0 FROM {view}"));
        assert_eq!(seen, format!("{midnight}|1"), "{view}");
    }
    assert_eq!(check(fixture.dir.path()).await.unwrap().problems, Vec::<String>::new());
}

#[tokio::test]
async fn the_last_failure_of_a_journey_stays_until_there_is_another() {
    let fixture = Fixture::new().await;
    let failed = put(&fixture, hour(0), Lane::Scheduled, Verdict::Failed).await;
    for number in [0, 5, 30] {
        put(&fixture, UnixMillis(hour(number).0 + 60_000), Lane::Scheduled, Verdict::Passed).await;
    }
    plan(&fixture, UnixMillis(NOON.0 + 30 * DAY)).await;
    let later = UnixMillis(NOON.0 + 20 * DAY);
    let whole = fixture.store.run(None, failed.run).await.unwrap().unwrap();
    for kind in RetentionKind::ALL {
        remove_own(&fixture, kind, later).await;
    }
    assert_eq!(fixture.store.run(None, failed.run).await.unwrap().unwrap(), whole);
    assert_eq!(fixture.query("SELECT run_number, verdict FROM v1_runs"), "1|failed");
    assert_eq!(fixture.query("SELECT count(*) FROM artifact"), "2");
    let shown = "SELECT count(DISTINCT excerpt), count(*) FROM v1_requests";
    assert_eq!(fixture.query(shown), "1|4");

    let next = put(&fixture, UnixMillis(later.0 + DAY), Lane::Scheduled, Verdict::Failed).await;
    for kind in [RetentionKind::Bodies, RetentionKind::Logs, RetentionKind::Artifacts] {
        assert_ne!(
            remove_own(&fixture, kind, UnixMillis(later.0 + HOUR)).await,
            0,
            "{kind:?} is caught up with"
        );
    }
    assert_eq!(fixture.query("SELECT count(*) FROM spared"), "0");
    assert_eq!(fixture.query("SELECT count(*) FROM v1_logs WHERE run_number = 1"), "0");
    assert_eq!(remove_own(&fixture, RetentionKind::Runs, later).await, 1);
    let left = fixture.query("SELECT run FROM v1_runs");
    assert_eq!(left, next.run.to_string());
}

#[tokio::test]
async fn the_audit_is_clean_after_each_step_and_late_rows_go_too() {
    let fixture = Fixture::new().await;
    let minute = |number: u64| UnixMillis(NOON.0 + number * 60_000);
    let missed = |number: u64| SkippedSlot {
        identity: fixture.identity(minute(number), Lane::Scheduled),
        at: minute(number),
        verdict: Verdict::Missed,
        reason: Reason::RunnerDown,
    };
    let all = 3 * 1_440;
    let slots: Vec<SkippedSlot> = (0..all).filter(|number| *number != 5).map(missed).collect();
    fixture.store.settle_all(&slots).await.unwrap();
    plan(&fixture, UnixMillis(minute(all).0 - 1)).await;
    let due = Due {
        kind: RetentionKind::Runs,
        tenants: vec![fixture.tenant],
        is_platforms: false,
        before: minute(2 * 1_440),
    };
    let mut removal = fixture.store.removal(&due).await.unwrap();
    let mut removed = 0;
    loop {
        let step = removal.step().await.unwrap();
        removed += step.count;
        let report = audit(fixture.dir.path(), UnixMillis(0), minute(9_999)).await.unwrap();
        assert!(report.is_clean(), "{report:?}");
        if step.is_done {
            break;
        }
    }
    assert_eq!(removed, 1_440 + 720 - 1);
    let report = audit(fixture.dir.path(), UnixMillis(0), minute(9_999)).await.unwrap();
    assert_eq!((report.due, report.stored), (2_160, 2_160));

    fixture.store.settle_all(&[missed(5)]).await.unwrap();
    assert!(audit(fixture.dir.path(), UnixMillis(0), minute(9_999)).await.unwrap().is_clean());
    assert_eq!(remove(&fixture.store, &due).await, 1, "a row that came late is found");
}

#[tokio::test]
async fn nothing_goes_that_a_start_would_settle_again() {
    let fixture = Fixture::new().await;
    put_days(&fixture, 4).await;
    let watermark = NOON.0 + 2 * DAY;
    tamper(fixture.dir.path(), &format!("UPDATE location SET planned_until_ms = {watermark}"));
    assert_ne!(remove_own(&fixture, RetentionKind::Runs, UnixMillis(NOON.0 + 90 * DAY)).await, 0);
    let kept: u64 = fixture.query("SELECT from_ms FROM kept").parse().unwrap();
    assert!(kept < watermark, "{kept}");
}

#[tokio::test]
async fn a_number_is_never_given_twice() {
    let fixture = Fixture::new().await;
    put(&fixture, hour(0), Lane::Scheduled, Verdict::Passed).await;
    put(&fixture, hour(1), Lane::Manual, Verdict::Passed).await;
    plan(&fixture, UnixMillis(NOON.0 + 30 * DAY)).await;
    assert_eq!(remove_own(&fixture, RetentionKind::Runs, UnixMillis(NOON.0 + 9 * DAY)).await, 2);
    let (fixture, _, _) = fixture.reopened().await;
    put(&fixture, UnixMillis(NOON.0 + 20 * DAY), Lane::Scheduled, Verdict::Passed).await;
    assert_eq!(fixture.query("SELECT run_number FROM v1_runs"), "3");
}

#[tokio::test]
async fn what_one_tenant_loses_another_keeps() {
    let fixture = Fixture::new().await;
    put_days(&fixture, 3).await;
    let setting = |name: &str| TenantSetting { name: name.parse().unwrap(), policy: "{}".to_owned() };
    let rows = fixture.store.configure_tenants(vec![setting("acme"), setting("globex")], NOON).await.unwrap();
    deploy(&fixture.store, "globex", spec("checkout"), NOON).await.unwrap();
    let other = fixture.store.current(&"globex".parse().unwrap()).await.unwrap().remove(0);
    for number in 0..30 {
        let mut identity = fixture.identity(UnixMillis(hour(number).0 + 1), Lane::Scheduled);
        (identity.journey, identity.version, identity.policy) = (other.journey, other.key, rows[1].policy);
        fixture.store.start(wayfarer_store::Started { identity, at: identity.slot });
        fixture.store.finish(&full(identity, Verdict::Passed)).await.unwrap();
    }
    let of = |tenant: &str| {
        VIEWS.map(|view| {
            fixture.query(&format!("SELECT * FROM {view} WHERE tenant = '{tenant}' ORDER BY 1, 2, 3, 4"))
        })
    };
    let (acme, globex) = (of("acme"), of("globex"));
    for kind in OF_RUNS {
        let due = Due {
            kind,
            tenants: vec![rows[1].key],
            is_platforms: false,
            before: UnixMillis(NOON.0 + 2 * DAY),
        };
        assert_ne!(remove(&fixture.store, &due).await, 0, "{kind:?}");
    }
    assert_eq!(of("acme"), acme);
    assert_ne!(of("globex"), globex);
}

/// Ten thousand runs and more, over three weeks.
async fn many(fixture: &Fixture) {
    for day in 0..21_u64 {
        let runs = (0..500_u64).map(|number| {
            let at = UnixMillis(NOON.0 + day * DAY + number * 170_000);
            let verdict = if number % 7 == 0 { Verdict::Failed } else { Verdict::Passed };
            put(fixture, at, Lane::Scheduled, verdict)
        });
        join_all(runs).await;
    }
    plan(fixture, UnixMillis(NOON.0 + 60 * DAY)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_step_holds_the_writer_for_long() {
    const LONG: Duration = Duration::from_millis(50);
    let fixture = Fixture::new().await;
    many(&fixture).await;
    for kind in OF_RUNS {
        let before = UnixMillis(NOON.0 + 20 * DAY);
        let due = Due { kind, tenants: vec![fixture.tenant], is_platforms: false, before };
        let steps = steps(&fixture.store, &due).await;
        let count: u64 = steps.iter().map(|step| step.count).sum();
        let mut held: Vec<_> = steps.iter().map(|step| step.held).filter(|held| !held.is_zero()).collect();
        held.sort_unstable();
        let (median, most) = (held[held.len() / 2], held[held.len() - 1]);
        let long = held.iter().filter(|held| **held > LONG).count();
        println!(
            "{kind:?}: {count} in {} steps; median {median:?}, longest {most:?}, {long} above {LONG:?}",
            held.len()
        );
        // A shared machine may stop anybody for a moment: that is no step's fault.
        assert!(median < LONG / 2 && long <= 1 + held.len() / 20, "{kind:?}: {held:?}");
        assert!(count > 500, "{kind:?}: {count}");
    }
    assert_eq!(check(fixture.dir.path()).await.unwrap().problems, Vec::<String>::new());
}
