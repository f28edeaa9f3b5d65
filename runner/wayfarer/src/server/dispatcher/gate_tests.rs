//! Facts as they come from a real store, the disk and the quotas.

use wayfarer_model::maintenance::Window;
use wayfarer_store::NewMaintenance;

use super::*;
use crate::server::dispatcher::DailyRuns;
use crate::server::dispatcher::fixture::{Fixture, minute};
use crate::server::dispatcher::quotas::Account;

#[tokio::test]
async fn facts_of_now_come_from_version_switches_disk_quota_and_runner() {
    let fixture = Fixture::new().await;
    let (version, noon) = (fixture.version("one"), minute(0));
    let (tenant, mut quotas) = (fixture.owner.tenant, Quotas::new());
    quotas.limit(tenant, Account::Quota, noon, DailyRuns { limit: 1, used: 0 });
    let mut gate = Gate::new(Suspensions::default(), true, quotas);
    let clear = Facts::clear(Lane::Scheduled);
    assert_eq!(gate.facts(&version, Lane::Scheduled, noon), clear);
    let paused = gate.facts(&fixture.version("paused"), Lane::Manual, noon);
    assert_eq!(paused, Facts { standing: Standing::PAUSED, ..Facts::clear(Lane::Manual) });
    gate.charge(tenant, Lane::Scheduled, noon);
    let spent = Facts { used_up_quota: Some(1), ..clear };
    assert_eq!(gate.facts(&version, Lane::Scheduled, noon), spent);
    assert_eq!(gate.facts(&version, Lane::Scheduled, minute(24 * 60)), clear, "the next day");
    gate.set_disk_space(false);
    gate.shut_down();
    fixture.store.stop_runs(None, "test", "", noon).await.unwrap();
    gate.set_suspensions(Suspensions::now(&fixture.store, minute(1)).await.unwrap());
    let expected =
        Facts { has_disk_space: false, runner: RunnerState::Stopping, kill_switch_is_thrown: true, ..spent };
    assert_eq!(gate.facts(&version, Lane::Scheduled, noon), expected);
}

#[tokio::test]
async fn the_whole_runners_kill_switch_is_named_before_the_tenants() {
    let fixture = Fixture::new().await;
    let tenant = &fixture.owner.name;
    let thrown = async || {
        let suspensions = Suspensions::now(&fixture.store, minute(10)).await.unwrap();
        suspensions.kill_switch(tenant).map(|switch| switch.tenant.is_none())
    };
    assert_eq!(thrown().await, None);
    fixture.store.stop_runs(Some(tenant), "test", "", minute(1)).await.unwrap();
    assert_eq!(thrown().await, Some(false));
    fixture.store.stop_runs(None, "test", "", minute(2)).await.unwrap();
    assert_eq!(thrown().await, Some(true));
    fixture.store.start_runs(None, "test", minute(3)).await.unwrap();
    assert_eq!(thrown().await, Some(false));
}

#[tokio::test]
async fn facts_of_the_past_are_those_of_the_due_instant() {
    let fixture = Fixture::new().await;
    let (store, tenant, version) = (&fixture.store, &fixture.owner.name, fixture.version("one"));
    store.pause(tenant, &version.name, "test", "", minute(20)).await.unwrap();
    store.resume(tenant, &version.name, "test", minute(25)).await.unwrap();
    store.stop_runs(Some(tenant), "test", "", minute(30)).await.unwrap();
    store.start_runs(Some(tenant), "test", minute(35)).await.unwrap();
    for (mode, from, until) in [(MaintenanceMode::Mute, 40, 60), (MaintenanceMode::Skip, 45, 50)] {
        let plan = NewMaintenance {
            tenant: Some(tenant.clone()),
            journeys: vec![],
            mode,
            window: Window::Once { from: minute(from), until: minute(until) },
            by: "test".to_owned(),
            note: String::new(),
        };
        store.plan_maintenance(plan, minute(0)).await.unwrap();
    }
    let past = Past::reaching(store, minute(0)).await.unwrap();
    let at = |minutes| past.facts(&version, minute(minutes), RunnerState::WasDown).0;
    let clear = Facts { runner: RunnerState::WasDown, ..Facts::clear(Lane::Scheduled) };
    assert_eq!([at(19), at(25), at(29), at(35), at(60)], [clear; 5]);
    assert_eq!(at(20), Facts { standing: Standing::PAUSED, ..clear });
    assert_eq!(at(34), Facts { kill_switch_was_thrown: true, ..clear });
    assert_eq!(at(44), Facts { maintenance: Some(MaintenanceMode::Mute), ..clear });
    assert_eq!(
        at(45),
        Facts { maintenance: Some(MaintenanceMode::Skip), ..clear },
        "of two, the one that skips"
    );
    let window = past.facts(&version, minute(45), RunnerState::WasDown).1;
    assert_eq!(window.map(|(_, mode)| mode), Some(MaintenanceMode::Skip));
}
