//! Attempts as a person sees them, down to the sample of the README: what the reporters, the views and the metrics are held
//! against. Plainer ones are in `wayfarer-testkit`.

use wayfarer_model::context::{AttemptContext, Lane};
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::exchange::{BodyRecord, ExchangeRecord, MessageRecord};
use wayfarer_model::failure::{Failure, FailureKind, SourceLocation};
use wayfarer_model::ids::RunId;
use wayfarer_model::report::{
    AttemptReport, CheckRecord, LogRecord, MetricRecord, Recording, StepOutcome, StepRecord,
};
use wayfarer_model::traffic::{Blame, HttpFacts, Phases, TrafficError, TrafficErrorKind, TrafficRecord};
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};

pub(crate) fn journey(name: &str, steps: &[&str]) -> Descriptor {
    Descriptor {
        title: "Logs in and orders.".into(),
        tags: vec!["tier-1".into()],
        steps: steps.iter().map(|step| (*step).to_owned()).collect(),
        ..wayfarer_testkit::descriptor(name)
    }
}

pub(crate) fn run_id() -> RunId {
    RunId::new(UnixMillis(1_790_000_000_000), [7; 10])
}

pub(crate) fn report(verdict: Verdict, number: u32) -> AttemptReport {
    AttemptReport {
        context: AttemptContext {
            run_id: run_id(),
            tenant: "local".parse().unwrap(),
            slot: UnixMillis(1_790_000_000_000),
            number,
            lane: Lane::Manual,
            ..wayfarer_testkit::context()
        },
        started_at: UnixMillis(1_790_000_000_001),
        ..wayfarer_testkit::report(verdict)
    }
}

pub(crate) fn step(parent: Option<u32>, name: &str, ms: u64, failure: Option<Failure>) -> StepRecord {
    StepRecord {
        parent,
        duration_us: Micros(ms * 1_000),
        outcome: if failure.is_some() { StepOutcome::Failed } else { StepOutcome::Passed },
        failure,
        ..wayfarer_testkit::step(name)
    }
}

pub(crate) fn request(step: u32, url: &str, status: u16, excerpt: Option<&str>) -> TrafficRecord {
    let facts = HttpFacts {
        status: Some(status),
        protocol: Some("HTTP/1.1".into()),
        excerpt: excerpt.map(Into::into),
        ..HttpFacts::request("POST", url)
    };
    let mut request = TrafficRecord::http(Some(step), Micros(0), facts);
    request.phases = Phases {
        connect_us: Micros(1_200),
        wait_us: Micros(608_000),
        receive_us: Micros(1_900),
        total_us: Micros(611_100),
        ..Phases::default()
    };
    request
}

pub(crate) fn denied(step: u32) -> TrafficRecord {
    let mut request =
        TrafficRecord::http(Some(step), Micros(0), HttpFacts::request("GET", "http://127.0.0.1:7301/"));
    request.error = Some(TrafficError {
        kind: TrafficErrorKind::Denied,
        message:
            "host `127.0.0.1:7301` is not allowed: add \"127.0.0.1:7301\" to network.allow in journey.toml"
                .into(),
        phase: None,
        blame: Blame::Journey,
    });
    request
}

pub(crate) fn check_failure() -> Failure {
    Failure {
        message: "order accepted for ana".into(),
        kind: FailureKind::Check,
        eventually: false,
        request: None,
        check: Some(0),
        source: Some(SourceLocation { file: "src/lib.rs".into(), line: 17, column: 9 }),
        actual: Some("503".into()),
        expected: Some("201".into()),
    }
}

fn check(step: u32, name: &str, is_soft: bool) -> CheckRecord {
    let failure = check_failure();
    CheckRecord {
        step: Some(step),
        at_us: Micros(5),
        name: name.into(),
        is_soft,
        is_passed: false,
        actual: failure.actual,
        expected: failure.expected,
        source: failure.source,
    }
}

/// The sample of the README.
pub(crate) fn failed(number: u32) -> AttemptReport {
    let mut report = report(Verdict::Failed, number);
    report.failure = Some(check_failure());
    report.recording = Recording {
        steps: vec![step(None, "log in", 212, None), step(None, "place order", 640, Some(check_failure()))],
        checks: vec![check(1, "order accepted for ana", false)],
        traffic: vec![
            request(0, "http://127.0.0.1:7301/login", 200, None),
            request(1, "http://127.0.0.1:7301/orders", 503, Some("{\"error\":\"inventory\"}")),
        ],
        logs: vec![LogRecord {
            step: Some(1),
            at_us: Micros(7),
            level: "info".into(),
            message: "ordering\u{1b}[2J".into(),
            fields: vec![("sku".into(), "A1".into())],
        }],
        ..Recording::default()
    };
    report
}

/// A check that did not hold on a 200: nothing but the answer explains it.
pub(crate) fn answered_wrong() -> AttemptReport {
    let mut report = failed(1);
    let headers = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let body = |text: &str, is_cut| BodyRecord { content: text.as_bytes().to_vec(), is_cut, is_lost: false };
    report.recording.traffic[1] = request(1, "http://127.0.0.1:7301/orders", 200, None);
    report.recording.exchanges = vec![
        ExchangeRecord {
            request: 0,
            sent: MessageRecord {
                headers: headers(&[("authorization", "Bearer [withheld]")]),
                ..MessageRecord::default()
            },
            received: Some(MessageRecord {
                headers: headers(&[
                    ("content-type", "image/png"),
                    ("set-cookie", "sid=[withheld]; HttpOnly"),
                ]),
                headers_left_out: 1,
                body: BodyRecord { content: vec![0x89, 0, 0xff], is_cut: true, is_lost: false },
            }),
        },
        ExchangeRecord {
            request: 1,
            sent: MessageRecord {
                headers: headers(&[("content-type", "application/json")]),
                headers_left_out: 0,
                body: body("{\"sku\":\"A1\"}", false),
            },
            received: Some(MessageRecord {
                headers: headers(&[
                    ("date", "today"),
                    ("content-type", "text/html"),
                    ("x-request-id", "7f3"),
                ]),
                headers_left_out: 0,
                body: body("<!doctype html>\n<title>Down for maintenance</title>", true),
            }),
        },
    ];
    report
}

pub(crate) fn passed(number: u32) -> AttemptReport {
    let mut report = report(Verdict::Passed, number);
    report.recording = Recording {
        steps: vec![
            step(None, "log in", 212, None),
            step(None, "place order", 640, None),
            step(Some(1), "pay", 100, None),
        ],
        traffic: vec![request(2, "http://127.0.0.1:7301/orders", 201, None)],
        metrics: vec![MetricRecord {
            step: Some(1),
            at_us: Micros(9),
            name: "order_total".into(),
            value: 12.5,
            unit: "EUR".into(),
            labels: Vec::new(),
        }],
        ..Recording::default()
    };
    report
}

pub(crate) fn degraded() -> AttemptReport {
    let mut report = passed(1);
    report.verdict = Verdict::Degraded;
    report.reason = Reason::SoftCheck;
    report.failure = Some(Failure { message: "check failed: quick enough".into(), ..check_failure() });
    report.recording.checks = vec![check(0, "quick enough", true)];
    report
}

pub(crate) fn broken() -> AttemptReport {
    let mut report = report(Verdict::Broken, 1);
    report.reason = Reason::Denied;
    let failure = Failure::message(denied(0).error.unwrap().message);
    report.failure = Some(failure.clone());
    report.recording.steps = vec![step(None, "log in", 1, Some(failure))];
    report.recording.traffic = vec![denied(0)];
    report
}

pub(crate) fn no_step() -> AttemptReport {
    let mut report = report(Verdict::Broken, 1);
    report.failure = Some(Failure::message("the journey returned without having begun a step"));
    report
}

/// Nested, and out of time in the inner step.
pub(crate) fn open() -> AttemptReport {
    let mut report = report(Verdict::Failed, 1);
    report.reason = Reason::Timeout;
    report.failure = Some(Failure::message("out of time while waiting for GET http://127.0.0.1:7301/slow"));
    let open = |step: StepRecord| StepRecord { outcome: StepOutcome::Open, ..step };
    report.recording.steps =
        vec![open(step(None, "place order", 30_000, None)), open(step(Some(0), "pay", 29_000, None))];
    report.recording.traffic =
        (0..5).map(|n| request(1, &format!("http://127.0.0.1:7301/poll/{n}"), 404, None)).collect();
    let slow = HttpFacts::request("GET", "http://127.0.0.1:7301/slow");
    report.recording.traffic.push(TrafficRecord::http(Some(1), Micros(0), slow));
    report
}
