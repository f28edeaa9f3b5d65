//! Starts over a real store: every slot of an absence is found, by the version that owned it.

use std::time::Duration;

use tempfile::TempDir;
use wayfarer_model::context::Lane;
use wayfarer_model::deployment::{JourneySpec, Overlap, Timing};
use wayfarer_model::ids::{RunId, TenantName};
use wayfarer_model::run::Fence;
use wayfarer_store::{Deployment, Identity, Started, StoreSettings, TenantSetting};

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
    store
        .deploy(Deployment {
            tenant,
            by,
            now,
            valid_from: now,
            set,
            remove,
            provenance: wayfarer_model::provenance::Provenance::default(),
        })
        .await
        .unwrap();
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
    // A minute of grace is over.
    let recovered = recover(&store, &tenants, None, UnixMillis(at(3).0 + 60_001)).await.unwrap();
    assert_eq!(missed(&recovered), [1, 2, 3]);
}

#[tokio::test]
async fn slots_of_a_version_that_is_due_elsewhere_are_not_owed_here() {
    let (_dir, store, tenants) = store().await;
    deploy(&store, 0, "every 1h", "0s").await;
    for (hour, locations) in [(3, &["berlin"][..]), (6, &["berlin", "local"])] {
        let locations = locations.iter().map(|name| name.parse().unwrap()).collect();
        let confirm_every = Some("every 1m".parse().unwrap());
        let timing = Timing {
            locations,
            confirm_every,
            overlap: Overlap::Allow,
            ..Timing::of("every 1h".parse().unwrap())
        };
        let spec = JourneySpec { timing: Some(timing), ..wayfarer_testkit::spec("pay") };
        write(&store, hour, vec![spec], vec![]).await;
        let recovered = recover(&store, &tenants, Some(at(0)), at(hour)).await.unwrap();
        let newest = recovered.plan.versions().last().unwrap();
        assert_eq!(newest.confirm_every.is_some(), hour == 6, "confirmation runs go by location too");
        assert_eq!(newest.overlap, Overlap::Allow, "runs that a person starts do not");
    }
    let recovered = recover(&store, &tenants, Some(at(0)), at(9)).await.unwrap();
    assert_eq!(missed(&recovered), [1, 2, 6, 7, 8]);
}

/// The hours after noon of everything that is still to run.
fn due(recovered: &Recovered) -> Vec<u64> {
    recovered.missed.due.iter().map(|due| (due.slot.0 - NOON) / HOUR).collect()
}

#[tokio::test]
async fn a_slot_within_its_grace_runs_after_the_start_unless_it_has_its_row() {
    let (_dir, store, tenants) = store().await;
    let timing = Timing { grace: Duration::from_hours(1), ..Timing::of("every 6h".parse().unwrap()) };
    let spec = JourneySpec { timing: Some(timing), ..wayfarer_testkit::spec("pay") };
    write(&store, 0, vec![spec], vec![]).await;
    // The server was down for 30 seconds around the slot of 12.
    let (down, up) = (UnixMillis(at(12).0 - 15_000), UnixMillis(at(12).0 + 15_000));
    let recovered = recover(&store, &tenants, Some(down), up).await.unwrap();
    assert_eq!((missed(&recovered), due(&recovered)), (vec![], vec![12]));
    assert_eq!(recovered.missed.through, up);
    let later = recover(&store, &tenants, Some(at(1)), UnixMillis(at(13).0 + 1)).await.unwrap();
    assert_eq!((missed(&later), due(&later)), (vec![6, 12], vec![]));

    let version = store.current(&acme()).await.unwrap().remove(0);
    let identity = Identity {
        run: RunId::new(at(12), [7; 10]),
        journey: version.journey,
        version: version.key,
        policy: tenants[0].policy,
        location: store.location(),
        slot: at(12),
        lane: Lane::Scheduled,
        seq: 0,
        fence: Fence { incarnation: store.incarnation(), number: 1 },
        maintenance: None,
    };
    store.start(Started { identity, at: at(12) });
    store.flush().await.unwrap();
    let again = recover(&store, &tenants, Some(down), up).await.unwrap();
    assert_eq!((missed(&again), due(&again)), (vec![], vec![]), "the watermark lags behind its row");
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
