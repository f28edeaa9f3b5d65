//! What a tenant's recordings take is known to the byte, and a tenant at its limit loses recordings and no result.

use wayfarer_model::context::Lane;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{Due, RetentionKind, StoredFigures, check, rebuild};

use crate::fixture::{Fixture, NOON, consumer, open, settings};
use crate::retention::{DAY, OF_RUNS, put, put_days, remove};

fn acme() -> TenantName {
    "acme".parse().unwrap()
}

const IN_THE_FILE: &str = "SELECT
    (SELECT coalesce(sum(length(CAST(detail AS BLOB))), 0) FROM attempt) + (SELECT coalesce(sum(stored), 0) FROM blob)
      + (SELECT coalesce(sum(length(name) + length(value)), 0) FROM annotation),
    coalesce(sum(bytes), 0) FROM stored_daily";

/// The figure, which is the file's and the table's at the same time.
async fn agreed(fixture: &Fixture) -> u64 {
    let shown = fixture.query("SELECT sum(stored_bytes) FROM v1_storage WHERE tenant = 'acme'");
    let StoredFigures { bytes, .. } = fixture.store.stored_bytes(&acme());
    assert_eq!(fixture.query(IN_THE_FILE), format!("{bytes}|{bytes}"));
    assert_eq!(shown, bytes.to_string());
    assert_eq!(check(fixture.dir.path()).await.unwrap().problems, Vec::<String>::new());
    bytes
}

#[tokio::test]
async fn each_kind_of_retention_gives_back_what_it_removes_to_the_byte() {
    let fixture = Fixture::new().await;
    put_days(&fixture, 4).await;
    let mut before = agreed(&fixture).await;
    assert!(before > 52 * 2 * 600, "{before}");
    for kind in OF_RUNS {
        let cut = UnixMillis(NOON.0 + 2 * DAY);
        assert!(
            remove(
                &fixture.store,
                &Due { kind, tenants: vec![fixture.tenant], is_platforms: false, before: cut }
            )
            .await
                > 0
        );
        let after = agreed(&fixture).await;
        assert_eq!(after < before, kind != RetentionKind::Rollups, "{kind:?}: {after} of {before}");
        before = after;
    }
    assert_eq!(fixture.query("SELECT count(*) FROM stored_daily WHERE bytes = 0"), "0");
    let dir = fixture.stopped().await;
    rebuild(dir.path()).await.unwrap();
    let again = open(settings(dir.path())).await;
    assert_eq!(again.store.stored_bytes(&acme()).bytes, before, "also after a rebuild and a restart");
}

#[tokio::test]
async fn a_tenant_at_its_limit_keeps_its_rows_and_its_usage_and_its_file_stays_small() {
    let fixture = Fixture::new().await;
    let limit = 40_000;
    fixture.store.limit_stored_bytes(&acme(), Some(limit));
    for number in 0..60 {
        put(&fixture, UnixMillis(NOON.0 + number * 60_000), Lane::Scheduled, Verdict::Failed).await;
    }
    let figures = fixture.store.stored_bytes(&acme());
    let reduced = fixture.query("SELECT count(DISTINCT run) FROM v1_attempts WHERE is_reduced");
    assert_eq!((figures.limit, figures.reduced_runs.to_string()), (Some(limit), reduced));
    assert!((10..50).contains(&figures.reduced_runs), "{figures:?}");
    assert!(agreed(&fixture).await < limit + figures.reduced_runs * 2 * 1_000, "{figures:?}");
    assert_eq!(
        fixture.query("SELECT count(*), sum(verdict = 'failed') FROM v1_runs"),
        "60|60",
        "no result is lost"
    );
    let same = "SELECT count(DISTINCT steps), min(requests), max(requests), max(is_reduced AND checks > 0) FROM v1_attempts";
    assert_eq!(fixture.query(same), "1|2|2|0");
    assert_eq!(fixture.query("SELECT requests FROM v1_usage"), "240");
    assert_eq!(fixture.query("SELECT slots FROM v1_step_hourly WHERE step = 'log in'"), "60");

    // Nobody else's is reduced, and its own are whole again once there is room.
    fixture.store.limit_stored_bytes(&acme(), Some(1 << 20));
    put(&fixture, UnixMillis(NOON.0 + DAY), Lane::Scheduled, Verdict::Failed).await;
    let last = "SELECT is_reduced FROM v1_attempts ORDER BY run_number DESC LIMIT 1";
    assert_eq!(fixture.query(last), "0");

    let usage = |dir: &std::path::Path| {
        consumer(dir, "SELECT * FROM usage_daily") + &consumer(dir, "SELECT * FROM step_hourly")
    };
    let dir = fixture.stopped().await;
    let before = usage(dir.path());
    rebuild(dir.path()).await.unwrap();
    assert_eq!(usage(dir.path()), before, "what follows from runs follows from what is left of them");
    assert_eq!(check(dir.path()).await.unwrap().problems, Vec::<String>::new());
}
