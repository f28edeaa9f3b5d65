//! What is packed comes back, and stays as small and as plain as `pack.rs` says.

use std::borrow::Cow;

use proptest::prelude::*;
use wayfarer_model::exchange::{BodyRecord, ExchangeRecord, MessageRecord};
use wayfarer_model::failure::{Failure, SourceLocation};
use wayfarer_model::fingerprint::FailureOrigin;
use wayfarer_model::report::{
    AnnotationRecord, AttemptReport, CheckRecord, LogRecord, MetricRecord, Recording, ReducedTraffic,
    StepOutcome, StepRecord,
};
use wayfarer_model::traffic::{
    Blame, HttpFacts, Phases, TrafficError, TrafficErrorKind, TrafficKind, TrafficRecord,
};
use wayfarer_model::units::Micros;
use wayfarer_model::verdict::Verdict;

use super::{layout, pack, unpack};
use serde_json::json;

fn report(recording: Recording, failure: Option<Failure>) -> AttemptReport {
    AttemptReport { failure, recording, ..wayfarer_testkit::report(Verdict::Passed) }
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z \"\\\\\u{e4}\n]{0,12}"]
}

fn micros() -> impl Strategy<Value = Micros> {
    prop_oneof![Just(0_u64), 0_u64..1_000_000].prop_map(Micros)
}

fn failures() -> impl Strategy<Value = Failure> {
    (word(), prop::option::of(word()), prop::option::of((word(), 0_u32..90, 0_u32..90))).prop_map(
        |(message, actual, source)| Failure {
            message,
            actual,
            source: source.map(|(file, line, column)| SourceLocation { file, line, column }),
            ..Failure::default()
        },
    )
}

fn steps() -> impl Strategy<Value = StepRecord> {
    let outcome = prop::sample::select(vec![StepOutcome::Passed, StepOutcome::Failed, StepOutcome::Open]);
    (prop::option::of(0_u32..9), word(), micros(), micros(), outcome, prop::option::of(failures())).prop_map(
        |(parent, name, started_us, duration_us, outcome, failure)| StepRecord {
            parent,
            name,
            started_us,
            duration_us,
            outcome,
            failure,
        },
    )
}

fn checks() -> impl Strategy<Value = CheckRecord> {
    let source = prop::option::of((word(), 0_u32..90, 0_u32..90));
    (
        prop::option::of(0_u32..9),
        micros(),
        word(),
        any::<bool>(),
        any::<bool>(),
        prop::option::of(word()),
        prop::option::of(word()),
        source,
    )
        .prop_map(|(step, at_us, name, is_soft, is_passed, actual, expected, source)| CheckRecord {
            step,
            at_us,
            name,
            is_soft,
            is_passed,
            actual,
            expected,
            source: source.map(|(file, line, column)| SourceLocation { file, line, column }),
        })
}

fn requests() -> impl Strategy<Value = TrafficRecord> {
    let url = prop::sample::select(vec![
        "http://a.example/x?y=1",
        "http://a.example",
        "https://b.example:8443/ü",
        "http://a.example?q",
        "not a url",
        "",
    ]);
    let peer = (
        prop::option::of(Just("HTTP/1.1".to_owned())),
        prop::option::of(word()),
        prop::option::of(word()),
        prop::option::of(any::<i64>()),
    );
    let phases = (micros(), micros(), micros(), micros(), micros(), micros());
    let error = prop::option::of((word(), any::<bool>()).prop_map(|(message, target)| TrafficError {
        kind: TrafficErrorKind::Connect,
        message,
        phase: None,
        blame: if target { Blame::Target } else { Blame::Runner },
    }));
    let rest = (any::<bool>(), any::<bool>(), 0_u64..9, 0_u64..9, prop::option::of(word()));
    (prop::option::of(0_u32..9), micros(), url, prop::option::of(100_u16..600), error, phases, peer, rest)
        .prop_map(|(step, started_us, url, status, error, phases, peer, rest)| TrafficRecord {
            step,
            started_us,
            kind: TrafficKind::Http(HttpFacts {
                method: "GET".to_owned(),
                url: url.to_owned(),
                status,
                protocol: peer.0.map(Cow::Owned),
                redirected: rest.1,
                excerpt: rest.4,
            }),
            error,
            phases: Phases {
                dns_us: phases.0,
                connect_us: phases.1,
                tls_us: phases.2,
                wait_us: phases.3,
                receive_us: phases.4,
                total_us: phases.5,
            },
            remote_address: peer.1,
            tls_version: peer.2.map(Cow::Owned),
            certificate_expires_ms: peer.3,
            sent_bytes: rest.2,
            received_bytes: rest.3,
            reused: rest.0,
        })
}

/// Bodies are not packed, so they are empty.
fn exchanges() -> impl Strategy<Value = ExchangeRecord> {
    let message = || {
        let headers = prop::collection::vec((word(), word()), 0..3);
        (headers, 0_u32..3, any::<bool>()).prop_map(|(headers, headers_left_out, is_cut)| MessageRecord {
            headers,
            headers_left_out,
            body: BodyRecord { is_cut, ..BodyRecord::default() },
        })
    };
    (0_u32..9, message(), prop::option::of(message())).prop_map(|(request, sent, received)| ExchangeRecord {
        request,
        sent,
        received,
    })
}

fn recordings() -> impl Strategy<Value = Recording> {
    let labels = prop::collection::vec((word(), word()), 0..3);
    let metric = (prop::option::of(0_u32..9), micros(), word(), -1e9_f64..1e9, word(), labels).prop_map(
        |(step, at_us, name, value, unit, labels)| MetricRecord { step, at_us, name, value, unit, labels },
    );
    let annotation = (prop::option::of(0_u32..9), micros(), word(), word())
        .prop_map(|(step, at_us, name, value)| AnnotationRecord { step, at_us, name, value });
    let log = (prop::option::of(0_u32..9), micros(), word(), prop::collection::vec((word(), word()), 0..3))
        .prop_map(|(step, at_us, message, fields)| LogRecord {
            step,
            at_us,
            level: "info".to_owned(),
            message,
            fields,
        });
    (
        prop::collection::vec(steps(), 0..4),
        prop::collection::vec(checks(), 0..4),
        prop::collection::vec(requests(), 0..4),
        prop::collection::vec(exchanges(), 0..3),
        prop::collection::vec(metric, 0..3),
        prop::collection::vec(annotation, 0..3),
        prop::collection::vec(log, 0..3),
        0_u64..3,
        prop::option::of((0_u64..3, 0_u64..9, 0_u64..9)),
    )
        .prop_map(
            |(steps, checks, traffic, exchanges, metrics, annotations, logs, logs_dropped_bytes, reduced)| {
                Recording {
                    steps,
                    checks,
                    traffic,
                    exchanges,
                    metrics,
                    annotations,
                    logs,
                    logs_dropped_bytes,
                    artifacts: Vec::new(),
                    reduced: reduced.map(|(requests, sent_bytes, received_bytes)| ReducedTraffic {
                        requests,
                        sent_bytes,
                        received_bytes,
                    }),
                }
            },
        )
}

proptest! {
    #[test]
    fn what_is_packed_comes_back(recording in recordings(), failure in prop::option::of(failures())) {
        let packed = pack(&report(recording.clone(), failure.clone()), None);
        let (back, cause) = unpack(&packed).unwrap();
        prop_assert_eq!(back, recording, "{}", packed);
        prop_assert_eq!(cause, failure);
    }
}

#[test]
fn the_layout_is_the_one_that_is_written_down() {
    let facts = HttpFacts {
        status: Some(200),
        protocol: Some("HTTP/1.1".into()),
        ..HttpFacts::request("GET", "http://a.example/x")
    };
    let mut request = TrafficRecord::http(Some(0), Micros(7), facts);
    request.phases.total_us = Micros(5);
    request.phases.wait_us = Micros(4);
    request.reused = true;
    let step = StepRecord {
        parent: None,
        name: "log in".to_owned(),
        started_us: Micros(1),
        duration_us: Micros(9),
        outcome: StepOutcome::Passed,
        failure: None,
    };
    let recording = Recording { steps: vec![step], traffic: vec![request], ..Recording::default() };
    insta::assert_snapshot!(pack(&report(recording, None), None), @r#"{"s":[["log in",1,9]],"p":[["HTTP/1.1"]],"r":[[0,7,"GET",0,"/x",200,5,0,0,0,4,0,0,0,0,1]],"o":["http://a.example"]}"#);
}

/// Every value of every entry, each another one.
#[expect(clippy::too_many_lines, reason = "a list of values")]
fn full() -> AttemptReport {
    let failure = Failure {
        message: "no".to_owned(),
        kind: wayfarer_model::failure::FailureKind::Check,
        eventually: true,
        request: Some(6),
        check: Some(7),
        source: Some(SourceLocation { file: "f.rs".to_owned(), line: 61, column: 62 }),
        actual: Some("503".to_owned()),
        expected: Some("201".to_owned()),
    };
    let step = StepRecord {
        parent: Some(11),
        name: "a step".to_owned(),
        started_us: Micros(12),
        duration_us: Micros(13),
        outcome: StepOutcome::Open,
        failure: Some(failure.clone()),
    };
    let check = CheckRecord {
        step: Some(21),
        at_us: Micros(22),
        name: "a check".to_owned(),
        is_soft: true,
        is_passed: false,
        actual: Some("an actual".to_owned()),
        expected: Some("an expected".to_owned()),
        source: failure.source.clone(),
    };
    let request = TrafficRecord {
        step: Some(31),
        started_us: Micros(32),
        kind: TrafficKind::Http(HttpFacts {
            method: "PUT".to_owned(),
            url: "http://a.example/x".to_owned(),
            status: Some(203),
            protocol: Some("HTTP/2".into()),
            redirected: true,
            excerpt: Some("an excerpt".to_owned()),
        }),
        error: Some(TrafficError {
            kind: TrafficErrorKind::Tls,
            message: "an error".to_owned(),
            phase: Some(wayfarer_model::traffic::Phase::Tls),
            blame: Blame::Target,
        }),
        phases: Phases {
            dns_us: Micros(33),
            connect_us: Micros(34),
            tls_us: Micros(35),
            wait_us: Micros(36),
            receive_us: Micros(37),
            total_us: Micros(38),
        },
        remote_address: Some("1.2.3.4:5".to_owned()),
        tls_version: Some("TLSv1.3".into()),
        certificate_expires_ms: Some(39),
        sent_bytes: 40,
        received_bytes: 41,
        reused: true,
    };
    let metric = MetricRecord {
        step: Some(51),
        at_us: Micros(52),
        name: "a metric".to_owned(),
        value: 5.5,
        unit: "EUR".to_owned(),
        labels: vec![("c".to_owned(), "d".to_owned())],
    };
    let annotation = AnnotationRecord {
        step: Some(57),
        at_us: Micros(58),
        name: "order".to_owned(),
        value: "o-7".to_owned(),
    };
    let log = LogRecord {
        step: Some(53),
        at_us: Micros(54),
        level: "warn".to_owned(),
        message: "a line".to_owned(),
        fields: vec![("a".to_owned(), "b".to_owned())],
    };
    let artifact = wayfarer_model::report::ArtifactRecord {
        step: Some(55),
        at_us: Micros(56),
        name: "a page".to_owned(),
        media_type: "text/html".to_owned(),
        size: 57,
        content: vec![7; 57],
    };
    let message = |name: &str, left_out| MessageRecord {
        headers: vec![(name.to_owned(), "v".to_owned())],
        headers_left_out: left_out,
        body: BodyRecord { is_cut: true, ..BodyRecord::default() },
    };
    let exchange =
        ExchangeRecord { request: 71, sent: message("sent", 72), received: Some(message("received", 73)) };
    let recording = Recording {
        steps: vec![step],
        checks: vec![check],
        traffic: vec![request],
        exchanges: vec![exchange],
        metrics: vec![metric],
        annotations: vec![annotation],
        logs: vec![log],
        logs_dropped_bytes: 58,
        artifacts: vec![artifact],
        reduced: Some(ReducedTraffic { requests: 91, sent_bytes: 92, received_bytes: 93 }),
    };
    report(recording, Some(failure))
}

#[test]
fn each_value_is_written_where_the_layout_says() {
    let full = full();
    let origin = FailureOrigin {
        step: Some("a step".to_owned()),
        check: Some("a check".to_owned()),
        fingerprint: "00f1".to_owned(),
    };
    let packed = pack(&full, Some(&origin));
    let detail: serde_json::Value = serde_json::from_str(&packed).unwrap();
    let failure = json!({"message": "no", "kind": "check", "eventually": true, "request": 6, "check": 7,
        "source": {"file": "f.rs", "line": 61, "column": 62}, "actual": "503", "expected": "201"});
    let error = json!({"kind": "tls", "message": "an error", "phase": "tls", "blame": "target"});
    for (layout, values) in [
        (
            &layout::STEPS,
            json!({"name": "a step", "started_us": 12, "duration_us": 13, "outcome": 2, "parent": 11, "failure": failure}),
        ),
        (
            &layout::CHECKS,
            json!({"name": "a check", "at_us": 22, "step": 21, "flags": 3, "actual": "an actual",
            "expected": "an expected", "source": ["f.rs", 61, 62]}),
        ),
        (
            &layout::REQUESTS,
            json!({"step": 31, "started_us": 32, "method": "PUT", "origin": 0, "path": "/x", "status": 203,
            "total_us": 38, "dns_us": 33, "connect_us": 34, "tls_us": 35, "wait_us": 36, "receive_us": 37, "peer": 0,
            "sent_bytes": 40, "received_bytes": 41, "flags": 3, "error": error, "excerpt": "an excerpt"}),
        ),
        (
            &layout::EXCHANGES,
            json!({"request": 71, "sent_headers": [["sent", "v"]], "sent_left_out": 72, "flags": 7,
            "received_headers": [["received", "v"]], "received_left_out": 73}),
        ),
        (
            &layout::PEERS,
            json!({"protocol": "HTTP/2", "remote_address": "1.2.3.4:5", "tls_version": "TLSv1.3",
            "certificate_expires_ms": 39}),
        ),
        (
            &layout::METRICS,
            json!({"name": "a metric", "step": 51, "at_us": 52, "value": 5.5, "unit": "EUR", "labels": [["c", "d"]]}),
        ),
        (&layout::ANNOTATIONS, json!({"name": "order", "value": "o-7", "at_us": 58, "step": 57})),
        (
            &layout::LOGS,
            json!({"at_us": 54, "level": "warn", "message": "a line", "step": 53, "fields": [["a", "b"]]}),
        ),
        (
            &layout::ARTIFACTS,
            json!({"name": "a page", "media_type": "text/html", "size": 57, "step": 55, "at_us": 56}),
        ),
    ] {
        let written = detail[layout.key][0].as_array().unwrap();
        let named: serde_json::Map<String, serde_json::Value> =
            layout.fields.iter().map(|field| field.name.to_owned()).zip(written.clone()).collect();
        assert_eq!(serde_json::Value::from(named), values, "{}", layout.key);
        assert_eq!(written.len(), layout.fields.len(), "{}", layout.key);
    }
    assert_eq!(
        layout::SOURCE.fields.iter().map(|field| field.name).collect::<Vec<_>>(),
        ["file", "line", "column"]
    );
    assert_eq!(detail[layout::ORIGINS], json!(["http://a.example"]));
    assert_eq!(detail[layout::FAILURE], failure);
    assert_eq!(detail[layout::ORIGIN], json!(["00f1", "a step", "a check"]));
    assert_eq!(detail[layout::DROPPED], 58);
    // And the reader has each of them in the same place.
    let (mut read, cause) = unpack(&packed).unwrap();
    read.artifacts[0].content = vec![7; 57];
    assert_eq!((read, cause), (full.recording, full.failure));
}
