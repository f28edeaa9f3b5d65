//! Starts over a real store: every slot of an absence is found, by the version that owned it.

use tempfile::TempDir;
use wayfarer_model::deployment::{JourneySpec, Timing};
use wayfarer_model::ids::TenantName;
use wayfarer_store::{Deployment, StoreSettings, TenantSetting};

use super::*;

const NOON: u64 = wayfarer_testkit::NOON.0;
const HOUR: u64 = 3_600_000;

fn at(hour: u64) -> UnixMillis {
    UnixMillis(NOON + hour * HOUR)
}

fn acme() -> TenantName {
    "acme".parse().unwrap()
}

async fn store() -> (TempDir, Store, Vec<TenantRow>) {
    let dir = tempfile::tempdir().unwrap();
    let settings = StoreSettings::new(dir.path().to_owned(), "local".parse().unwrap(), "0.0.0-test");
    let store = Store::open(settings, at(0)).await.unwrap().store;
    let setting = TenantSetting { name: acme(), policy: "{}".to_owned() };
    let rows = store.configure_tenants(vec![setting], at(0)).await.unwrap();
    (dir, store, rows)
}

async fn deploy(store: &Store, hour: u64, schedule: &str, spread: &str) {
    let timing = Timing { spread: spread.parse().unwrap(), ..Timing::of(schedule.parse().unwrap()) };
    let spec = JourneySpec { timing: Some(timing), ..wayfarer_testkit::spec("pay") };
    write(store, hour, vec![spec], vec![]).await;
}

async fn write(
    store: &Store,
    hour: u64,
    set: Vec<JourneySpec>,
    remove: Vec<wayfarer_model::ids::JourneyName>,
) {
    let (tenant, by, now) = (acme(), "test".to_owned(), at(hour));
    store.deploy(Deployment { tenant, by, now, valid_from: now, set, remove }).await.unwrap();
}

/// The hours after noon of everything that was missed.
fn missed(recovered: &Recovered) -> Vec<u64> {
    let passed = recovered.missed.passed.iter();
    let slots = passed.flat_map(|passed| passed.schedule.slots_between(passed.from, passed.until));
    let mut hours: Vec<u64> = slots.map(|slot| (slot.0 - NOON) / HOUR).collect();
    hours.sort_unstable();
    hours
}

#[tokio::test]
async fn what_was_due_since_the_watermark_is_missed_and_planning_goes_on_from_now() {
    let (_dir, store, tenants) = store().await;
    deploy(&store, 0, "every 1h", "0s").await;
    deploy(&store, 4, "every 2h", "0s").await;
    let recovered = recover(&store, &tenants, Some(at(2)), at(7)).await.unwrap();
    assert_eq!(missed(&recovered), [3, 4, 6]);
    assert_eq!(recovered.missed.through, at(7));
    assert_eq!(recovered.plan.next_fire(), Some(at(8)));
}

#[tokio::test]
async fn a_server_that_was_killed_before_its_first_watermark_owes_everything_since_the_deploy() {
    let (_dir, store, tenants) = store().await;
    deploy(&store, 1, "every 1h", "0s").await;
    let recovered = recover(&store, &tenants, None, at(3)).await.unwrap();
    assert_eq!(missed(&recovered), [1, 2, 3]);
}

#[tokio::test]
async fn a_version_that_was_followed_still_owes_what_its_spread_put_off() {
    let (_dir, store, tenants) = store().await;
    deploy(&store, 0, "every 12h", "12h").await;
    deploy(&store, 1, "every 12h", "0s").await;
    // The slot of noon was put off, by no more than 12 hours; the version that owns it ended at one.
    let recovered = recover(&store, &tenants, Some(at(2)), at(13)).await.unwrap();
    assert_eq!(missed(&recovered), [0, 12]);
}

#[tokio::test]
async fn a_journey_that_was_removed_owes_nothing_afterwards() {
    let (_dir, store, tenants) = store().await;
    deploy(&store, 0, "every 1h", "0s").await;
    write(&store, 3, vec![], vec!["pay".parse().unwrap()]).await;
    let recovered = recover(&store, &tenants, Some(at(0)), at(6)).await.unwrap();
    assert_eq!(missed(&recovered), [1, 2]);
    assert_eq!(recovered.plan.next_fire(), None);
}
