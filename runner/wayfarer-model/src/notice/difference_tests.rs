use super::*;
use crate::context::{AttemptContext, Lane};
use crate::failure::Failure;
use crate::ids::ComponentDigest;
use crate::notice::Evidence;
use crate::report::{CheckRecord, Disclosure, StepRecord};
use crate::traffic::HttpFacts;
use crate::units::{Bytes, UnixMillis};
use crate::verdict::{Reason, Verdict};

fn step(name: &str, outcome: StepOutcome) -> StepRecord {
    StepRecord {
        parent: None,
        name: name.to_owned(),
        started_us: Micros(0),
        duration_us: Micros(1),
        outcome,
        failure: None,
    }
}

fn request(step: u32, method: &str, url: &str, status: u16, took_ms: u64) -> TrafficRecord {
    let facts = HttpFacts { status: Some(status), ..HttpFacts::request(method, url) };
    let mut record = TrafficRecord::http(Some(step), Micros(0), facts);
    record.phases.total_us = Micros(took_ms * 1_000);
    record.remote_address = Some("10.0.0.1:443".to_owned());
    record
}

fn attempt(verdict: Verdict, recording: Recording) -> AttemptReport {
    AttemptReport {
        context: AttemptContext {
            run_id: "0199f3a0-0000-7000-8000-000000000001".parse().unwrap(),
            tenant: "acme".parse().unwrap(),
            journey: "checkout".parse().unwrap(),
            slot: UnixMillis(0),
            number: 1,
            location: "local".parse().unwrap(),
            lane: Lane::Scheduled,
        },
        component: ComponentDigest([0; 32]),
        fingerprint: String::new(),
        started_at: UnixMillis(0),
        duration_us: Micros(0),
        cpu_us: Micros(0),
        stall_us: Micros(0),
        memory_peak: Bytes(0),
        verdict,
        reason: if verdict == Verdict::Failed { Reason::Check } else { Reason::None },
        failure: None,
        recording,
        disclosure: Disclosure::default(),
    }
}

fn good() -> AttemptReport {
    let steps = ["log in", "place order", "look it up"].map(|name| step(name, StepOutcome::Passed)).into();
    let traffic = vec![
        request(0, "GET", "https://shop.example/items/1", 200, 10),
        request(1, "POST", "https://shop.example/orders?k=1", 201, 60),
        request(2, "GET", "https://shop.example/orders/17", 200, 5),
    ];
    attempt(Verdict::Passed, Recording { steps, traffic, ..Recording::default() })
}

fn bad() -> AttemptReport {
    let steps = vec![step("log in", StepOutcome::Passed), step("place order", StepOutcome::Failed)];
    let traffic = vec![
        request(0, "GET", "https://shop.example/items/1", 200, 12),
        request(1, "POST", "https://shop.example/orders?k=2", 503, 611),
    ];
    let check = CheckRecord {
        step: Some(1),
        at_us: Micros(0),
        name: "order accepted".to_owned(),
        is_soft: false,
        is_passed: false,
        actual: Some("503".to_owned()),
        expected: Some("201".to_owned()),
        source: None,
    };
    let failure = Some(check.failure(0));
    let recording = Recording { steps, traffic, checks: vec![check], ..Recording::default() };
    AttemptReport { failure, ..attempt(Verdict::Failed, recording) }
}

#[test]
fn what_went_otherwise_is_said_in_sentences() {
    assert_eq!(
        differences(&good(), &bad(), (3, 4)),
        [
            "the journey is version 4, and was 3",
            "POST https://shop.example/orders answered 503, and 201 before",
            "POST https://shop.example/orders took 611ms, and 60ms before",
            "the step \"look it up\" was not reached",
        ]
    );
    assert_eq!(differences(&good(), &good(), (3, 3)), [""; 0]);
    let mut moved = bad();
    moved.recording.traffic[1].remote_address = Some("10.0.0.2:443".to_owned());
    assert!(
        differences(&good(), &moved, (3, 3))
            .contains(&"it was answered by 10.0.0.2, and by 10.0.0.1 before".to_owned())
    );
}

#[test]
fn ids_in_paths_do_not_hide_that_it_is_the_same_request() {
    let mut now = good();
    now.recording.traffic[2] = request(2, "GET", "https://shop.example/orders/18", 404, 5);
    assert_eq!(
        differences(&good(), &now, (1, 1)),
        ["GET https://shop.example/orders/… answered 404, and 200 before"]
    );
}

#[test]
fn evidence_names_step_check_and_the_request_of_that_step() {
    let evidence = Evidence::of(&bad());
    assert_eq!(
        (evidence.step.as_deref(), evidence.check.as_deref(), evidence.request.as_deref()),
        (Some("place order"), Some("order accepted"), Some("POST /orders"))
    );
    assert_eq!((evidence.host.as_deref(), evidence.status), (Some("shop.example"), Some(503)));
    assert_eq!(
        evidence.outcome.as_deref(),
        Some("POST https://shop.example/orders answered 503 after 611ms")
    );
    let broken = AttemptReport {
        failure: Some(Failure::message("no step")),
        ..attempt(Verdict::Broken, Recording::default())
    };
    let evidence = Evidence::of(&broken);
    assert_eq!((evidence.message.as_str(), evidence.request, evidence.step), ("no step", None, None));
}
