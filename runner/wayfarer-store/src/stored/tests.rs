//! What is stored comes back, in the form that is written down here.

use std::collections::BTreeMap;
use std::time::Duration;

use wayfarer_model::deployment::{AlertSettings, Code, JourneySpec, Overlap, SecretUse, Timing};
use wayfarer_model::descriptor::{Descriptor, SecretNeed};
use wayfarer_model::limits::Limits;
use wayfarer_model::parameter::{Parameter, ParameterKind};
use wayfarer_model::retry::RetryPolicy;

use super::{StoredDescriptors, StoredError, StoredSpec};

fn descriptor() -> Descriptor {
    let parameter = |name: &str, kind: ParameterKind| Parameter {
        name: name.to_owned(),
        title: "a title".to_owned(),
        kind,
        required: name == "a",
        preset: Some("eu".to_owned()),
    };
    Descriptor {
        name: "checkout".parse().unwrap(),
        title: "Buys a book".to_owned(),
        owner: "team checkout".to_owned(),
        runbook: "https://wiki.example/checkout".to_owned(),
        schedule: Some("@hourly".to_owned()),
        timezone: Some("Europe/Berlin".to_owned()),
        timeout: Some(Duration::from_micros(7_500_001)),
        tags: vec!["tier-1".to_owned(), "shop".to_owned()],
        steps: vec!["log in".to_owned()],
        parameters: vec![
            parameter("a", ParameterKind::Choice(vec!["eu".to_owned(), "us".to_owned()])),
            parameter("b", ParameterKind::Text),
            parameter("c", ParameterKind::Integer),
            parameter("d", ParameterKind::Number),
            parameter("e", ParameterKind::Boolean),
            parameter("f", ParameterKind::Url),
            parameter("g", ParameterKind::Duration),
        ],
        secrets: vec![SecretNeed { place: Some("header:x-key".to_owned()), ..SecretNeed::required("token") }],
        hosts: vec!["shop.example".to_owned()],
        cleanups: vec!["delete-account".to_owned()],
        retries: Some(1),
    }
}

fn spec() -> JourneySpec {
    let secret = SecretUse {
        hosts: vec!["shop.example".to_owned()],
        plaintext: true,
        asks: ["totp = true".to_owned()].into(),
    };
    JourneySpec {
        descriptor: Descriptor { parameters: vec![], ..descriptor() },
        code: Code::HttpCheck("{}".to_owned()),
        timing: Some(Timing {
            timezone: "Europe/Berlin".parse().unwrap(),
            spread: "90s".parse().unwrap(),
            grace: Duration::from_millis(1_500),
            overlap: Overlap::Allow,
            confirm_every: Some("every 10s".parse().unwrap()),
            locations: ["eu-1", "us-1"].map(|name| name.parse().unwrap()).into(),
            tzdata: Some("2026f".to_owned()),
            ..Timing::of("*/5 * * * *".parse().unwrap())
        }),
        params: BTreeMap::from([("region".to_owned(), "eu".to_owned())]),
        secrets: BTreeMap::from([("token".to_owned(), secret)]),
        allow: vec!["*.shop.example".to_owned()],
        limits: Limits::default(),
        retry: RetryPolicy {
            backoff: Duration::from_secs(1),
            on: ["timeout".parse().unwrap()].into_iter().collect(),
            per_hour: 7,
            ..RetryPolicy::of(2)
        },
        group: Some("orders".parse().unwrap()),
        alert: AlertSettings {
            depends_on: ["log-in".parse().unwrap()].into(),
            rule: Some("2 of 3".parse().unwrap()),
        },
    }
}

#[test]
fn a_spec_comes_back_as_it_was() {
    let scheduled = spec();
    let others = [
        JourneySpec { timing: None, group: None, ..spec() },
        JourneySpec { code: Code::Component(wayfarer_model::ids::ComponentDigest([7; 32])), ..spec() },
        JourneySpec { descriptor: descriptor(), ..spec() },
    ];
    for spec in others.into_iter().chain([scheduled]) {
        let text = serde_json::to_string(&StoredSpec::of(&spec)).unwrap();
        assert_eq!(StoredSpec::read(&text).unwrap(), spec, "{text}");
    }
}

#[test]
fn the_form_of_a_spec_is_the_one_that_files_hold() {
    insta::assert_snapshot!(
        serde_json::to_string(&StoredSpec::of(&spec())).unwrap(),
        @r#"{"format":2,"descriptor":{"name":"checkout","title":"Buys a book","owner":"team checkout","runbook":"https://wiki.example/checkout","schedule":"@hourly","timezone":"Europe/Berlin","timeout_us":7500001,"tags":["tier-1","shop"],"steps":["log in"],"parameters":[],"secrets":[{"name":"token","title":"","is_required":true,"place":"header:x-key"}],"hosts":["shop.example"],"cleanups":["delete-account"],"retries":1},"code":{"http-check":"{}"},"timing":{"schedule":"*/5 * * * *","timezone":"Europe/Berlin","spread_us":90000000,"grace_us":1500000,"overlap":"allow","confirm_every":"every 10s","locations":["eu-1","us-1"],"tzdata":"2026f"},"params":{"region":"eu"},"secrets":{"token":{"hosts":["shop.example"],"is_plaintext_allowed":true,"asks":["totp = true"]}},"allow":["*.shop.example"],"limits":{"wall_us":30000000,"cpu_us":10000000,"memory_bytes":268435456,"table_elements":200000,"steps":1000,"checks":10000,"metrics":1000,"requests":1000,"concurrent_requests":16,"traffic_bytes":268435456,"request_body_bytes":16777216,"response_body_bytes":16777216,"log_bytes":262144,"artifact_bytes":4194304,"handles":10000},"retries":2,"retry":{"backoff_us":1000000,"on":["timeout"],"per_hour":7},"group":"orders","depends_on":["log-in"],"alert_rule":"2 of 3"}"#
    );
}

#[test]
fn descriptors_come_back_as_they_were() {
    let text = serde_json::to_string(&StoredDescriptors::of(&[descriptor()])).unwrap();
    assert_eq!(StoredDescriptors::read(&text).unwrap(), [descriptor()], "{text}");
}

#[test]
fn what_another_version_wrote_is_not_guessed_at() {
    let text = serde_json::to_string(&StoredSpec::of(&spec())).unwrap();
    let newer = StoredSpec::read(&text.replace("\"format\":2", "\"format\":3")).unwrap_err();
    assert!(matches!(newer, StoredError::Format(3)), "{newer}");
    let wrong =
        StoredSpec::read(&text.replace("Europe/Berlin\",\"spread", "Europe/Berlni\",\"spread")).unwrap_err();
    assert!(wrong.to_string().starts_with("timing.timezone `Europe/Berlni`: "), "{wrong}");
    assert!(matches!(StoredSpec::read("{}").unwrap_err(), StoredError::Json(_)));
}
