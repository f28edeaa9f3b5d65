//! What is packed comes back, and stays as small and as plain as `pack.rs` says.

use std::borrow::Cow;

use proptest::prelude::*;
use wayfarer_model::context::{AttemptContext, Lane};
use wayfarer_model::failure::{Failure, SourceLocation};
use wayfarer_model::ids::{ComponentDigest, RunId};
use wayfarer_model::report::{
    AttemptReport, CheckRecord, LogRecord, MetricRecord, Recording, StepOutcome, StepRecord,
};
use wayfarer_model::traffic::{
    Blame, HttpFacts, Phases, TrafficError, TrafficErrorKind, TrafficKind, TrafficRecord,
};
use wayfarer_model::units::{Bytes, Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};

use super::{pack, unpack};

fn report(recording: Recording, failure: Option<Failure>) -> AttemptReport {
    AttemptReport {
        context: AttemptContext {
            run_id: RunId::new(UnixMillis(1), [0; 10]),
            tenant: "acme".parse().unwrap(),
            journey: "checkout".parse().unwrap(),
            slot: UnixMillis(1),
            number: 1,
            location: "local".parse().unwrap(),
            lane: Lane::Scheduled,
        },
        component: ComponentDigest([0; 32]),
        fingerprint: "f".to_owned(),
        started_at: UnixMillis(1),
        duration_us: Micros(1),
        cpu_us: Micros(1),
        memory_peak: Bytes(1),
        verdict: Verdict::Passed,
        reason: Reason::None,
        failure,
        recording,
    }
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

fn recordings() -> impl Strategy<Value = Recording> {
    let metric = (prop::option::of(0_u32..9), micros(), word(), -1e9_f64..1e9, word())
        .prop_map(|(step, at_us, name, value, unit)| MetricRecord { step, at_us, name, value, unit });
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
        prop::collection::vec(metric, 0..3),
        prop::collection::vec(log, 0..3),
        0_u64..3,
    )
        .prop_map(|(steps, checks, traffic, metrics, logs, logs_dropped_bytes)| Recording {
            steps,
            checks,
            traffic,
            metrics,
            logs,
            logs_dropped_bytes,
            artifacts: Vec::new(),
        })
}

proptest! {
    #[test]
    fn what_is_packed_comes_back(recording in recordings(), failure in prop::option::of(failures())) {
        let packed = pack(&report(recording.clone(), failure.clone()));
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
    insta::assert_snapshot!(pack(&report(recording, None)), @r#"{"s":[["log in",1,9]],"p":[["HTTP/1.1"]],"r":[[0,7,"GET",0,"/x",200,5,0,0,0,4,0,0,0,0,1]],"o":["http://a.example"]}"#);
}
