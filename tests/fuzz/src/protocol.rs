//! The API: tokens, what clients send, what clients read, and query strings.

use axum::extract::Query;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wayfarer_model::deployment::JourneySpec;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::userinfo::without_userinfo;

use crate::product::protocol::{
    AttemptBody, AuditEventInfo, AuditEventQuery, ClockInfo, ComponentInfo, DeployInfo, DeployRequest,
    JourneyBody, JourneyInfo, MaintenanceInfo, MaintenanceRequest, OfTenant, PauseRequest, ProblemDetails,
    RunInFull, RunQuery, RunningInfo, TenantInfo, Token, TokenInfo, TokenRequest,
};
use crate::{Target, texts};

/// A bearer token.
pub(crate) const TOKEN: Target = Target {
    name: "token",
    run: |data| {
        let Ok(text) = std::str::from_utf8(data) else { return };
        match text.parse::<Token>() {
            Ok(token) => {
                assert!(
                    token.reveal() == text
                        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                );
                assert_eq!(format!("{token:?}"), "Token(…)");
            }
            // What is said tells how long the text is and nothing else of it: another text of that length is answered alike.
            Err(error) => {
                let others = [String::new(), as_long_as(text)];
                let alike = others.iter().filter_map(|other| other.parse::<Token>().err());
                let said = error.to_string();
                assert!(alike.map(|other| other.to_string()).any(|other| other == said), "{said}");
            }
        }
    },
    seeds: || {
        let tokens = [[0_u8; 32], [0xff; 32], [0xa5; 32]]
            .map(|random| Token::new(random).reveal().as_bytes().to_vec());
        let found = "wf_yhjskwdA6OZ1AL1YmHWZW\u{1}\0u\0\0\0\0\0nuCA2j5rOw8Xp142pSGS";
        tokens.into_iter().chain(texts(&["wf_", "hunter2", "wf_\u{e9}", found])).collect()
    },
    is_slow: false,
};

/// No token, with the beginning of one and as many characters as `text`.
fn as_long_as(text: &str) -> String {
    format!("wf_{}", "x".repeat(text.chars().count().saturating_sub(3)))
}

/// An answer, as a client reads it: which one by the first byte.
pub(crate) const ANSWER: Target = Target {
    name: "answer",
    run: |data| {
        let Some((kind, json)) = data.split_first() else { return };
        match kind % 12 {
            0 => stays::<ProblemDetails>(json, |problem| {
                assert!(problem.kind().is_none_or(|kind| kind.status().as_u16() >= 400));
            }),
            1 => stays::<AttemptBody>(json, |body| drop(AttemptReport::from(body))),
            2 => stays::<JourneyBody>(json, |body| drop(JourneySpec::from(body))),
            3 => stays::<ComponentInfo>(json, drop),
            4 => stays::<DeployInfo>(json, drop),
            5 => stays::<RunInFull>(json, drop),
            6 => stays::<RunningInfo>(json, drop),
            7 => stays::<JourneyInfo>(json, drop),
            8 => stays::<TokenInfo>(json, drop),
            9 => stays::<TenantInfo>(json, drop),
            10 => stays::<AuditEventInfo>(json, drop),
            _ => stays::<ClockInfo>(json, drop),
        }
    },
    seeds: || {
        let spec = wayfarer_testkit::spec("checkout");
        let report = wayfarer_testkit::report(wayfarer_model::verdict::Verdict::Failed);
        let with = |kind: u8, json: Vec<u8>| [vec![kind], json].concat();
        vec![
            with(0, br#"{"type":"urn:wayfarer:problem:quota","title":"t","status":429,"detail":"d","errors":["e"]}"#.to_vec()),
            with(1, serde_json::to_vec(&AttemptBody::from(report)).unwrap()),
            with(2, serde_json::to_vec(&JourneyBody::from(spec)).unwrap()),
            with(4, br#"{"changes":[{"journey":"a","kind":"added","what":[],"schedule":null,"next":[]}],"warnings":[],"valid_from_ms":1}"#.to_vec()),
        ]
    },
    is_slow: false,
};

/// Reads it, writes it, and reads it again as the same.
fn stays<T: DeserializeOwned + Serialize>(json: &[u8], then: impl FnOnce(T)) {
    let Ok(value) = serde_json::from_slice::<T>(json) else { return };
    let once = serde_json::to_string(&value).unwrap();
    let again: T = serde_json::from_str(&once).unwrap_or_else(|error| panic!("{once}: {error}"));
    assert_eq!(serde_json::to_string(&again).unwrap(), once);
    then(value);
}

/// A request's body, as the server reads it: which one by the first byte.
pub(crate) const REQUEST: Target = Target {
    name: "request",
    run: |data| {
        let Some((kind, json)) = data.split_first() else { return };
        match kind % 5 {
            0 => {
                let Ok(request) = serde_json::from_slice::<DeployRequest>(json) else { return };
                for body in request.journeys {
                    let spec = JourneySpec::from(body);
                    // What an operator is shown of it must not have a password.
                    for value in spec.params.values() {
                        let _ = without_userinfo(value);
                    }
                    assert_eq!(JourneySpec::from(JourneyBody::from(spec.clone())), spec);
                }
            }
            1 => stays::<TokenRequest>(json, drop),
            2 => stays::<MaintenanceRequest>(json, drop),
            3 => stays::<PauseRequest>(json, drop),
            _ => stays::<MaintenanceInfo>(json, drop),
        }
    },
    seeds: || {
        let body = JourneyBody::from(wayfarer_testkit::spec("checkout"));
        let request =
            DeployRequest { journeys: vec![body], preview: true, prune: false, ..DeployRequest::default() };
        let with = |kind: u8, json: &[u8]| [&[kind][..], json].concat();
        vec![
            with(0, &serde_json::to_vec(&request).unwrap()),
            with(1, br#"{"name":"ci","role":"author","tenant":"acme","expires_ms":1}"#),
            with(2, br#"{"tenant":"acme","journeys":["a"],"start_ms":1,"end_ms":2,"note":"n","cron":"* * * * *"}"#),
            with(3, br#"{"note":"n","until_ms":1}"#),
        ]
    },
    is_slow: false,
};

/// The query string of a list.
pub(crate) const QUERY: Target = Target {
    name: "query",
    run: |data| {
        let Ok(uri) = http::Uri::from_maybe_shared(bytes::Bytes::from([b"/?".as_slice(), data].concat()))
        else {
            return;
        };
        let _ = Query::<RunQuery>::try_from_uri(&uri)
            .map_err(|error| assert!(error.body_text().len() < 4 * data.len() + 1_000));
        let _ = Query::<AuditEventQuery>::try_from_uri(&uri).map(|query| format!("{:?}", query.0));
        let _ = Query::<OfTenant>::try_from_uri(&uri).map(|query| format!("{:?}", query.0));
    },
    seeds: || {
        texts(&[
            "tenant=acme&journey=checkout&limit=10&after=5",
            "verdict=failed&lane=manual&since_ms=1&until_ms=2",
            "tenant=%00&tenant=b",
            "limit=-1&after=99999999999999999999",
            "action=deploy&actor=ci&tenant=",
        ])
    },
    is_slow: false,
};
