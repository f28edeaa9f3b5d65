//! Audit, check, backup and export, beside a store that is open.

use std::os::unix::fs::PermissionsExt as _;

use wayfarer_model::context::Lane;
use wayfarer_model::maintenance::{MaintenanceMode, Window};
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{
    Identity, NewMaintenance, SkippedSlot, StoreError, TenantSetting, audit, backup, check, export,
};

use crate::fixture::{Fixture, NOON, consumer, deploy, finished, spec, tamper};

const MINUTE: u64 = 60_000;

fn minute(number: u64) -> UnixMillis {
    UnixMillis(NOON.0 + number * MINUTE)
}

async fn passed(fixture: &Fixture, slot: UnixMillis) {
    let started = fixture.started(slot);
    fixture.store.start(started);
    fixture.store.finish(&finished(started.identity, &[Verdict::Passed], Micros(5))).await.unwrap();
}

#[tokio::test]
async fn the_audit_names_what_is_missing_and_what_is_too_much() {
    let fixture = Fixture::new().await;
    for number in [0, 1, 3] {
        passed(&fixture, minute(number)).await;
    }
    passed(&fixture, UnixMillis(minute(1).0 + 7)).await;
    let in_flight = fixture.started(minute(4));
    fixture.store.start(in_flight);
    fixture.store.planned_until(fixture.location, UnixMillis(minute(5).0 - 1));
    fixture.store.flush().await.unwrap();
    let report = audit(fixture.dir.path(), UnixMillis(0), minute(1_000)).await.unwrap();
    assert_eq!((report.due, report.stored, report.missing, report.unexpected), (5, 5, 1, 1));
    assert_eq!(report.missing_slots[0].slot, minute(2));
    assert_eq!(report.unexpected_slots[0].slot, UnixMillis(minute(1).0 + 7));
    let later = audit(fixture.dir.path(), minute(3), minute(1_000)).await.unwrap();
    assert!(later.is_clean() && later.due == 2, "{later:?}");
}

#[tokio::test]
async fn the_audit_follows_versions() {
    let fixture = Fixture::new().await;
    let mut faster = spec("checkout");
    faster.timing.as_mut().unwrap().schedule = "every 30s".parse().unwrap();
    deploy(&fixture.store, "acme", faster, minute(2)).await.unwrap();
    for slot in [minute(0), minute(1), minute(2), UnixMillis(minute(2).0 + 30_000)] {
        passed(&fixture, slot).await;
    }
    fixture.store.planned_until(fixture.location, UnixMillis(minute(3).0 - 1));
    fixture.store.flush().await.unwrap();
    let report = audit(fixture.dir.path(), UnixMillis(0), minute(9)).await.unwrap();
    assert!(report.is_clean() && report.due == 4, "{report:?}");
}

#[tokio::test]
async fn the_audit_expects_slots_of_a_version_at_its_locations_alone() {
    let fixture = Fixture::new().await;
    let mut elsewhere = spec("checkout");
    elsewhere.timing.as_mut().unwrap().locations = ["berlin".parse().unwrap()].into();
    deploy(&fixture.store, "acme", elsewhere, minute(2)).await.unwrap();
    assert_eq!(
        fixture.query("SELECT version, locations FROM v1_journeys ORDER BY version"),
        "1|\n2|berlin",
        "consumers see it"
    );
    for slot in [minute(0), minute(1)] {
        passed(&fixture, slot).await;
    }
    fixture.store.planned_until(fixture.location, minute(9));
    fixture.store.flush().await.unwrap();
    let report = audit(fixture.dir.path(), UnixMillis(0), minute(99)).await.unwrap();
    assert!(report.is_clean() && report.due == 2, "{report:?}");
    passed(&fixture, minute(3)).await;
    let report = audit(fixture.dir.path(), UnixMillis(0), minute(99)).await.unwrap();
    assert_eq!((report.missing, report.unexpected, report.doubled), (0, 1, 0));
}

#[tokio::test]
async fn the_audit_of_more_rows_than_it_holds_at_a_time_is_that_of_all() {
    let fixture = Fixture::new().await;
    // Ten thousand rows are held at a time: something is wrong on both sides of where they end.
    let (missing, doubled) = ([9_999, 10_001, 20_000], [9_998, 9_998, 10_002]);
    let slots = (0..20_500).filter(|number| !missing.contains(number)).map(|number| (number, 0));
    let again = (1..).zip(doubled).map(|(seq, number)| (number, seq));
    let rows: Vec<SkippedSlot> = slots
        .chain(again)
        .map(|(number, seq)| {
            let identity = Identity { seq, ..fixture.identity(minute(number), Lane::Scheduled) };
            SkippedSlot { identity, at: minute(number), verdict: Verdict::Missed, reason: Reason::RunnerDown }
        })
        .collect();
    fixture.store.settle_all(&rows).await.unwrap();
    fixture.store.planned_until(fixture.location, UnixMillis(minute(20_500).0 - 1));
    fixture.store.flush().await.unwrap();
    let report = audit(fixture.dir.path(), UnixMillis(0), minute(99_999)).await.unwrap();
    assert_eq!((report.due, report.stored, report.unexpected), (20_500, 20_500, 0));
    assert_eq!((report.missing, report.doubled), (3, 3));
    let named: Vec<UnixMillis> = report.missing_slots.iter().map(|slot| slot.slot).collect();
    assert_eq!(named, missing.map(minute));
}

#[tokio::test]
async fn a_sound_file_has_no_problems_and_an_unsound_one_says_which() {
    let fixture = Fixture::new().await;
    passed(&fixture, minute(0)).await;
    assert_eq!(check(fixture.dir.path()).await.unwrap().problems, Vec::<String>::new());
    tamper(fixture.dir.path(), "DELETE FROM attempt; UPDATE daily SET slots = 7");
    let report = check(fixture.dir.path()).await.unwrap();
    assert!(!report.is_mended_by_rebuild, "attempts are gone");
    assert_eq!(
        report.problems,
        [
            "1 runs whose number of attempts is not that of their rows: restore a backup",
            "1 days whose roll-up does not count the runs that are there: stop the server and run `wayfarer db rebuild`",
            "1 annotations by which runs are found that are not those of their recordings: stop the server and run `wayfarer db rebuild`",
            "1 days whose stored bytes are not those of the recordings that are there: stop the server and run `wayfarer db rebuild`"
        ]
    );
}

#[tokio::test]
async fn a_backup_is_whole_and_never_overwrites() {
    let fixture = Fixture::new().await;
    passed(&fixture, minute(0)).await;
    let copies = tempfile::tempdir().unwrap();
    let target = copies.path().join("wayfarer.db");
    backup(fixture.dir.path(), &target).await.unwrap();
    let mode = std::fs::metadata(&target).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640, "for whom the database itself is");
    assert_eq!(consumer(copies.path(), "SELECT verdict FROM v1_runs"), "passed");
    assert_eq!(check(copies.path()).await.unwrap().problems, Vec::<String>::new());
    let error = backup(fixture.dir.path(), &target).await.unwrap_err();
    assert!(matches!(error, StoreError::Occupied(_)), "{error}");
    let error = backup(copies.path().join("absent").as_path(), &copies.path().join("x")).await.unwrap_err();
    assert!(matches!(error, StoreError::NotThere(_)), "{error}");
}

#[tokio::test]
async fn an_export_holds_one_tenant_and_nothing_of_the_others() {
    let fixture = Fixture::new().await;
    passed(&fixture, minute(0)).await;
    let setting = |name: &str| TenantSetting { name: name.parse().unwrap(), policy: "{}".to_owned() };
    let tenants =
        fixture.store.configure_tenants(vec![setting("acme"), setting("globex")], NOON).await.unwrap();
    deploy(&fixture.store, "globex", spec("checkout"), NOON).await.unwrap();
    let other = fixture.store.current(&"globex".parse().unwrap()).await.unwrap().remove(0);
    let mut identity = fixture.identity(minute(1), Lane::Scheduled);
    (identity.journey, identity.version, identity.policy) = (other.journey, other.key, tenants[1].policy);
    let skipped = SkippedSlot { identity, at: minute(1), verdict: Verdict::Skipped, reason: Reason::Paused };
    fixture.store.settle_all(&[skipped]).await.unwrap();

    fixture.maintenance(NOON).await;
    let globex = NewMaintenance {
        tenant: Some("globex".parse().unwrap()),
        journeys: vec!["checkout".parse().unwrap()],
        mode: MaintenanceMode::Skip,
        window: Window::Once { from: NOON, until: minute(9) },
        by: "a test".to_owned(),
        note: String::new(),
    };
    let of_all = NewMaintenance { tenant: None, journeys: vec![], ..globex.clone() };
    fixture.store.plan_maintenance(globex, NOON).await.unwrap();
    fixture.store.plan_maintenance(of_all, NOON).await.unwrap();
    for (tenant, note) in [(Some("acme"), "of acme"), (Some("globex"), "its own"), (None, "of all")] {
        let tenant = tenant.map(|name| name.parse().unwrap());
        fixture.store.stop_runs(tenant.as_ref(), "a test", note, NOON).await.unwrap();
    }

    let copies = tempfile::tempdir().unwrap();
    export(fixture.dir.path(), &"globex".parse().unwrap(), &copies.path().join("wayfarer.db")).await.unwrap();
    assert_eq!(
        consumer(copies.path(), "SELECT tenant, journey, verdict FROM v1_runs"),
        "globex|checkout|skipped"
    );
    assert_eq!(consumer(copies.path(), "SELECT tenant, skipped FROM v1_daily"), "globex|1");
    assert_eq!(consumer(copies.path(), "SELECT count(*) FROM tenant"), "1");
    let windows =
        "SELECT group_concat(coalesce(tenant, 'all') || coalesce(journeys, '')) FROM v1_maintenance";
    assert_eq!(consumer(copies.path(), windows), "globexcheckout,all");
    assert_eq!(consumer(copies.path(), "SELECT group_concat(note) FROM v1_kill_switches"), "its own,of all");
    let annotations = "SELECT tenant, name, value FROM v1_annotations";
    assert_eq!(consumer(copies.path(), annotations), "");
    let own = tempfile::tempdir().unwrap();
    export(fixture.dir.path(), &"acme".parse().unwrap(), &own.path().join("wayfarer.db")).await.unwrap();
    assert_eq!(consumer(own.path(), annotations), "acme|build|7");
    let bytes = std::fs::read(copies.path().join("wayfarer.db")).unwrap();
    assert!(!bytes.windows(4).any(|window| window == b"acme"), "the other tenant's name is not in the file");
    let error =
        export(fixture.dir.path(), &"absent".parse().unwrap(), &copies.path().join("y")).await.unwrap_err();
    assert!(matches!(error, StoreError::NoTenant(_)), "{error}");
}
