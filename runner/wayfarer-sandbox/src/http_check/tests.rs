//! The built-in journey over a real socket, up to the verdict.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use serde_json::json;
use wayfarer_model::judge::{Ending, Evidence, Judgement, judge};
use wayfarer_model::report::{Recording, StepOutcome};
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};

use super::{HttpCheck, JsonPath, expectation, walk};
use crate::http::tests::rig::Setup;
use crate::http::tests::servers::{Seen, Server};

async fn shop(seen: Seen) -> Response<Bytes> {
    let status = if seen.path == "/down" { 503 } else { 200 };
    let body = json!({"items": [{"name": "tea", "price": 4.5}, {"name": "pot"}], "total": 2}).to_string();
    Response::builder().status(status).header("content-type", "application/json").body(body.into()).unwrap()
}

async fn verdict(check: HttpCheck) -> (Judgement, Recording) {
    let rig = Setup::new().start();
    let ending: Ending = walk(&check, &rig.session, &rig.tape).await;
    let recording = rig.tape.finish().recording;
    (judge(Evidence::of(&ending, &recording)), recording)
}

#[tokio::test]
async fn everything_holds() {
    let server = Server::plain(shop).await;
    let check = HttpCheck {
        contains: vec!["tea".into()],
        not_contains: vec!["error".into()],
        json: vec![
            ("$.items[0].name".parse().unwrap(), "tea".into()),
            ("items[-1]['name']".parse().unwrap(), "\"pot\"".into()),
            ("$.items[0].price".parse().unwrap(), "4.5".into()),
            ("$.total".parse().unwrap(), "2".into()),
        ],
        max_latency: Some(Duration::from_secs(10)),
        ..HttpCheck::new(server.url("/"))
    };
    let (judgement, recording) = verdict(check).await;
    assert_eq!(judgement.verdict, Verdict::Passed, "{judgement:?}");
    assert_eq!((recording.steps.len(), recording.checks.len(), recording.traffic.len()), (1, 8, 1));
    assert_eq!(
        (recording.steps[0].name.clone(), recording.steps[0].outcome),
        (format!("GET {}", server.url("/")), StepOutcome::Passed)
    );
    assert!(recording.checks.iter().all(|check| check.step == Some(0)));
}

#[tokio::test]
async fn every_expectation_is_looked_at_and_the_first_is_the_failure() {
    let server = Server::plain(shop).await;
    let check = HttpCheck {
        expect_status: vec![200..=299, 404..=404],
        contains: vec!["coffee".into()],
        json: vec![("$.total".parse().unwrap(), "3".into())],
        ..HttpCheck::new(server.url("/down"))
    };
    let (judgement, recording) = verdict(check).await;
    assert_eq!((judgement.verdict, judgement.reason), (Verdict::Failed, Reason::Check));
    let failure = judgement.failure.unwrap();
    assert_eq!(failure.message, "check failed: status is 200-299, 404");
    assert_eq!(failure.check, Some(0));
    assert_eq!((failure.actual.as_deref(), failure.expected.as_deref()), (Some("503"), Some("200-299, 404")));
    let is_passed: Vec<_> = recording.checks.iter().map(|check| check.is_passed).collect();
    assert_eq!(is_passed, [false, false, false]);
    assert_eq!(recording.checks[2].actual.as_deref(), Some("2"));
}

#[tokio::test]
async fn slow_is_degraded_unless_it_is_hard() {
    let server = Server::plain(shop).await;
    let slow = HttpCheck { max_latency: Some(Duration::ZERO), ..HttpCheck::new(server.url("/")) };
    assert_eq!(verdict(slow.clone()).await.0.verdict, Verdict::Degraded);
    assert_eq!(verdict(HttpCheck { hard_latency: true, ..slow }).await.0.verdict, Verdict::Failed);
    let days = HttpCheck { certificate_days: Some(14), ..HttpCheck::new(server.url("/")) };
    let (judgement, _) = verdict(days).await;
    assert_eq!(judgement.verdict, Verdict::Degraded);
    assert_eq!(judgement.failure.unwrap().actual.as_deref(), Some("no certificate: the url is not https"));
}

#[tokio::test]
async fn no_answer_is_judged_by_its_cause() {
    let (judgement, recording) = verdict(HttpCheck::new("http://127.0.0.1:1/")).await;
    assert_eq!((judgement.verdict, judgement.reason), (Verdict::Failed, Reason::Connect));
    assert_eq!(recording.steps[0].outcome, StepOutcome::Failed);
    let (judgement, _) = verdict(HttpCheck::new("http://b.example/")).await;
    assert_eq!((judgement.verdict, judgement.reason), (Verdict::Broken, Reason::Denied));
}

#[test]
fn days_are_counted_whole() {
    let actual = |expires: i64| expectation::certificate(Some(expires), 14, UnixMillis(1_000)).is_passed;
    assert!(actual(1_000 + 14 * 86_400_000) && !actual(999 + 14 * 86_400_000) && !actual(0));
}

#[test]
fn a_path_is_one_place() {
    let document = json!({"a": {"b": [10, {"c d": null}]}, "": 1});
    let find = |path: &str| match path.parse::<JsonPath>().unwrap().find(&document).as_slice() {
        [] => None,
        [one] => Some((*one).clone()),
        several => panic!("{path} selects {several:?}"),
    };
    assert_eq!(find("$.a.b[0]"), Some(json!(10)));
    assert_eq!(find("a.b[1][\"c d\"]"), Some(json!(null)));
    assert_eq!(find("$['a'].b[-2]"), Some(json!(10)));
    assert_eq!(find("$"), Some(document.clone()));
    for none in ["$.a.x", "$.a.b[2]", "$.a.b[-3]", "$.a[0]", "$.a.b.c"] {
        assert_eq!(find(none), None, "{none}");
    }
    for bad in ["", "$.", "$.a[", "$.a[x]", "$.a[1", "$['a", "$.a]x[", "a b["] {
        assert!(bad.parse::<JsonPath>().is_err(), "{bad} should be refused");
    }
}

#[test]
fn a_path_that_selects_several_values_fails_and_shows_them() {
    let document = Ok(json!({"items": [{"price": 4}, {"price": 5}]}));
    let check = |path: &str| expectation::json(&document, &path.parse().unwrap(), "4");
    let several = check("$.items[*].price");
    assert_eq!((several.is_passed, several.actual.as_deref()), (false, Some("2 values: [4,5]")));
    assert!(check("$.items[?@.price < 5].price").is_passed, "a filter of RFC 9535");
    assert_eq!(check("$..name").actual.as_deref(), Some("nothing there"));
}
