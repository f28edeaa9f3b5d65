//! One whole notice, with every fact that a notice can have: what tests of channels and of words show, and what a template is tried with.

use super::facts::{Evidence, Notice, NoticeKind, Subject, Weight};
use crate::ids::RunId;
use crate::incident::IncidentKind;
use crate::units::UnixMillis;
use crate::verdict::{Reason, Verdict};

/// 29 March 2026, 12:03:20 UTC.
const BEGAN: UnixMillis = UnixMillis(1_774_785_800_000);

/// From the first bad look to the opening, and to the recovery.
const OPENED_MS: u64 = 75_000;
const RESOLVED_MS: u64 = 725_000;

impl Notice {
    /// The journey `checkout` of the tenant `acme` fails at an order; after 12 minutes it works again. None if this crate's own rules refuse
    /// these names, which no release does.
    pub fn example(kind: NoticeKind) -> Option<Self> {
        let is_over = kind == NoticeKind::Resolved;
        let evidence = if is_over { good(run(9)) } else { bad(run(1)) };
        let at = UnixMillis(BEGAN.0 + if is_over { RESOLVED_MS } else { OPENED_MS });
        let subject = Subject {
            incident: 17,
            journey: "checkout".parse().ok()?,
            title: "Buys a book".to_owned(),
            location: "local".parse().ok()?,
            tags: vec!["tier-1".to_owned()],
            owner: "team checkout".to_owned(),
            runbook: "https://wiki.example/checkout".to_owned(),
            depends_on: vec!["log-in".parse().ok()?],
        };
        Some(Self {
            id: format!("wayfarer-acme-17-{}", kind.as_str()),
            thread: "wayfarer-acme-17".to_owned(),
            kind,
            severity: IncidentKind::Failing.severity(),
            incident_kind: Some(IncidentKind::Failing),
            tenant: Some("acme".parse().ok()?),
            at,
            began: BEGAN,
            opened: UnixMillis(BEGAN.0 + OPENED_MS),
            resolved: is_over.then_some(at),
            closed: None,
            subjects: vec![subject],
            matter: None,
            hanging: vec!["refund".parse().ok()?],
            weight: Some(Weight {
                looks: 3,
                bad_looks: 3,
                looks_between_false: 1_296_000.0,
                is_promised: true,
            }),
            link: Some(format!("https://grafana.example/d/run?var-run={}", evidence.run)),
            evidence: Some(evidence),
            held: Vec::new(),
            channel: None,
        })
    }
}

fn run(number: u8) -> RunId {
    let mut bytes = [0; 16];
    let [.., last] = &mut bytes;
    *last = number;
    let [b0, b1, b2, b3, _, _, b6, _, b8, ..] = &mut bytes;
    (*b0, *b1, *b2, *b3, *b6, *b8) = (0x01, 0x99, 0xf3, 0xa0, 0x70, 0x80);
    RunId::from_bytes(bytes)
}

fn bad(at: RunId) -> Evidence {
    Evidence {
        verdict: Verdict::Failed,
        reason: Reason::Check,
        message: "check failed: order accepted".to_owned(),
        step: Some("place order".to_owned()),
        check: Some("order accepted".to_owned()),
        actual: Some("503".to_owned()),
        expected: Some("201".to_owned()),
        source: Some("src/lib.rs:17:9".to_owned()),
        request: Some("POST /orders".to_owned()),
        host: Some("shop.example".to_owned()),
        status: Some(503),
        outcome: Some("POST https://shop.example/orders answered 503 after 611ms".to_owned()),
        differences: vec!["POST https://shop.example/orders answered 503, and 201 before".to_owned()],
        last_good_run: Some(run(0)),
        ..good(at)
    }
}

fn good(at: RunId) -> Evidence {
    Evidence {
        run: at,
        verdict: Verdict::Passed,
        reason: Reason::None,
        message: String::new(),
        step: None,
        check: None,
        actual: None,
        expected: None,
        source: None,
        request: None,
        host: None,
        status: None,
        outcome: None,
        differences: Vec::new(),
        last_good_run: None,
    }
}
