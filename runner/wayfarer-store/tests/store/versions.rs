//! Tenants, versions of journeys, pauses, components and tokens.

use wayfarer_model::access::Role;
use wayfarer_model::deployment::{Code, JourneySpec};
use wayfarer_model::ids::ComponentDigest;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Deployment, NewComponent, NewToken, PauseChange, StoreError, TenantSetting};

use crate::fixture::{Fixture, NOON, deploy, spec};

fn later(seconds: u64) -> UnixMillis {
    UnixMillis(NOON.0 + seconds * 1_000)
}

#[tokio::test]
async fn versions_follow_each_other_and_a_removal_is_one() {
    let fixture = Fixture::new().await;
    let acme = "acme".parse().unwrap();
    let mut changed = spec("checkout");
    changed.retry.retries = 2;
    deploy(&fixture.store, "acme", changed.clone(), later(60)).await.unwrap();
    let current = fixture.store.current(&acme).await.unwrap();
    assert_eq!((current[0].number, current[0].spec.as_ref()), (2, Some(&changed)));
    let removal = Deployment {
        tenant: acme.clone(),
        by: "a test".to_owned(),
        now: later(90),
        valid_from: later(90),
        set: vec![],
        remove: vec!["checkout".parse().unwrap()],
        provenance: wayfarer_model::provenance::Provenance::default(),
    };
    fixture.store.deploy(removal).await.unwrap();
    assert!(fixture.store.current(&acme).await.unwrap().is_empty());
    let all = fixture.store.versions_reaching(UnixMillis(0)).await.unwrap();
    let periods: Vec<_> = all.iter().map(|version| (version.valid_from, version.valid_until)).collect();
    assert_eq!(
        periods,
        [(NOON, Some(later(60))), (later(60), Some(later(90))), (later(90), None)],
        "each is valid until the next"
    );
    let reaching = fixture.store.versions_reaching(later(60)).await.unwrap();
    assert_eq!(reaching.len(), 2, "the first one ends where the second begins");
    assert_eq!(
        fixture.query("SELECT version, is_newest, is_removed, schedule FROM v1_journeys ORDER BY version"),
        "1|0|0|every 1m\n2|0|0|every 1m\n3|1|1|"
    );
}

#[tokio::test]
async fn a_deployment_for_a_tenant_that_is_not_there_changes_nothing() {
    let fixture = Fixture::new().await;
    let error = deploy(&fixture.store, "nobody", spec("x"), NOON).await.unwrap_err();
    assert!(matches!(error, StoreError::NoTenant(_)), "{error}");
    assert_eq!(fixture.query("SELECT count(*) FROM journey"), "1");
}

#[tokio::test]
async fn two_tenants_may_use_the_same_name() {
    let fixture = Fixture::new().await;
    let setting = |name: &str| TenantSetting { name: name.parse().unwrap(), policy: "{}".to_owned() };
    fixture.store.configure_tenants(vec![setting("acme"), setting("globex")], NOON).await.unwrap();
    deploy(&fixture.store, "globex", spec("checkout"), NOON).await.unwrap();
    let all = fixture.store.journey_status(None, NOON).await.unwrap();
    let names: Vec<_> =
        all.iter().map(|one| (one.version.tenant.as_str(), one.version.name.as_str())).collect();
    assert_eq!(names, [("acme", "checkout"), ("globex", "checkout")]);
    assert_ne!(all[0].version.journey, all[1].version.journey);
}

#[tokio::test]
async fn a_tenant_that_leaves_the_configuration_is_disabled_and_a_new_policy_is_a_new_version() {
    let fixture = Fixture::new().await;
    let setting = |policy: &str| TenantSetting { name: "acme".parse().unwrap(), policy: policy.to_owned() };
    let same = fixture.store.configure_tenants(vec![setting("{}")], NOON).await.unwrap();
    assert_eq!(same[0].policy, fixture.policy, "nothing changed");
    let other = fixture.store.configure_tenants(vec![setting(r#"{"a":1}"#)], NOON).await.unwrap();
    assert_ne!(other[0].policy, fixture.policy);
    let gone = fixture.store.configure_tenants(vec![], NOON).await.unwrap();
    assert!(!gone[0].enabled);
}

#[tokio::test]
async fn pauses_are_kept() {
    let fixture = Fixture::new().await;
    let (acme, checkout) = ("acme".parse().unwrap(), "checkout".parse().unwrap());
    let store = &fixture.store;
    assert_eq!(store.pause(&acme, &checkout, "ana", "a move", NOON).await.unwrap(), PauseChange::Changed);
    assert_eq!(store.pause(&acme, &checkout, "ben", "", NOON).await.unwrap(), PauseChange::Already);
    assert_eq!(fixture.query("SELECT is_paused FROM v1_journeys"), "1");
    assert_eq!(store.resume(&acme, &checkout, "ben", later(5)).await.unwrap(), PauseChange::Changed);
    assert_eq!(store.resume(&acme, &checkout, "ben", later(6)).await.unwrap(), PauseChange::Already);
    let none = store.pause(&acme, &"absent".parse().unwrap(), "ana", "", NOON).await.unwrap();
    assert_eq!(none, PauseChange::NoSuchJourney);
    let pauses = store.pauses_reaching(NOON).await.unwrap();
    assert_eq!((pauses[0].from, pauses[0].until, pauses[0].note.as_str()), (NOON, Some(later(5)), "a move"));
    assert!(store.pauses_reaching(later(5)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_component_is_seen_by_those_who_uploaded_it() {
    let fixture = Fixture::new().await;
    let digest = ComponentDigest([7; 32]);
    let journeys = vec![spec("checkout").descriptor];
    let acme = "acme".parse().unwrap();
    let content = b"wasm".to_vec();
    let component = NewComponent { digest, content, journeys: journeys.clone(), most: 4 };
    assert_eq!(fixture.store.component_journeys(&acme, digest).await.unwrap(), None);
    fixture.store.put_component(&acme, component.clone(), NOON).await.unwrap();
    fixture.store.put_component(&acme, component, NOON).await.unwrap();
    assert_eq!(fixture.store.component_journeys(&acme, digest).await.unwrap(), Some(journeys));
    let other = "globex".parse().unwrap();
    assert_eq!(fixture.store.component_journeys(&other, digest).await.unwrap(), None);
    assert_eq!(fixture.store.component_content(digest).await.unwrap().as_deref(), Some(&b"wasm"[..]));
}

#[tokio::test]
async fn a_tenants_components_have_a_quota_and_go_once_no_version_within_retention_names_them() {
    let fixture = Fixture::new().await;
    let (store, acme) = (&fixture.store, "acme".parse().unwrap());
    let put = async |number: u8, at: UnixMillis| {
        let (digest, content) = (ComponentDigest([number; 32]), vec![number; 100]);
        let component = NewComponent { digest, content, journeys: vec![], most: 250 };
        store.put_component(&acme, component, at).await.map(|()| digest)
    };
    let (first, second) = (put(1, NOON).await.unwrap(), put(2, NOON).await.unwrap());
    let refused = put(3, NOON).await.unwrap_err();
    assert!(matches!(refused, StoreError::ComponentsFull { .. }), "{refused}");
    put(2, NOON).await.unwrap();

    let version = |digest, at: UnixMillis| {
        let spec = JourneySpec { code: Code::Component(digest), ..spec("checkout") };
        deploy(store, "acme", spec, at)
    };
    version(first, later(1)).await.unwrap();
    version(second, later(1_000)).await.unwrap();
    let unused = |at| store.remove_unused_components(later(2_000), at);
    assert_eq!(unused(later(999)).await.unwrap(), 0, "the first one was in force then");
    assert_eq!(unused(later(1_000)).await.unwrap(), 1);
    assert_eq!(store.components().await.unwrap(), [second]);
    assert_eq!(store.component_content(first).await.unwrap(), None);
    assert_eq!(store.component_journeys(&acme, first).await.unwrap(), None, "who wants it uploads it again");
    let third = put(3, later(3_000)).await.unwrap();
    assert_eq!(unused(later(1_000)).await.unwrap(), 0, "it was just uploaded");
    assert_eq!(
        store.remove_unused_components(later(4_000), later(4_000)).await.unwrap(),
        1,
        "nobody deployed it"
    );
    assert_eq!(fixture.query("SELECT count(*) FROM component"), "2", "a version still names the first");
    assert!(!store.components().await.unwrap().contains(&third));
    put(1, later(5_000)).await.unwrap();
    assert_eq!(store.component_content(first).await.unwrap(), Some(vec![1; 100]));
}

#[tokio::test]
async fn a_revoked_token_opens_nothing() {
    let fixture = Fixture::new().await;
    let token = NewToken {
        hash: [1; 32],
        name: "ci".to_owned(),
        role: Role::Author,
        tenant: Some("acme".parse().unwrap()),
        expires: Some(UnixMillis(NOON.0 + 5)),
    };
    let again = NewToken { hash: [2; 32], ..token.clone() };
    let everybodys = NewToken { hash: [3; 32], tenant: None, role: Role::Operator, ..token.clone() };
    let key = fixture.store.add_token(token, NOON).await.unwrap().unwrap();
    assert_eq!(fixture.store.add_token(again.clone(), NOON).await.unwrap(), None, "a name is one token's");
    assert!(fixture.store.add_token(everybodys, NOON).await.unwrap().is_some(), "of its tenant");
    fixture.store.token_used(key, UnixMillis(NOON.0 + 61_234)).await.unwrap();
    fixture.store.token_used(key, NOON).await.unwrap();
    let row = fixture.store.token([1; 32]).await.unwrap().unwrap();
    assert_eq!((row.key, row.role, row.tenant.unwrap().as_str()), (key, Role::Author, "acme"));
    assert_eq!((row.expires, row.used), (Some(UnixMillis(NOON.0 + 5)), Some(UnixMillis(NOON.0 + 60_000))));
    assert!(fixture.store.revoke_token(key, NOON).await.unwrap());
    assert!(!fixture.store.revoke_token(key, NOON).await.unwrap());
    assert_eq!(fixture.store.token([1; 32]).await.unwrap(), None);
    assert_eq!(fixture.store.tokens().await.unwrap()[0].revoked, Some(NOON));
    assert!(fixture.store.add_token(again, NOON).await.unwrap().is_some(), "its name is free again");
}
