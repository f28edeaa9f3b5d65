//! The built-in journey over real sockets, up to the verdict.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use serde_json::json;
use wayfarer_model::judge::{Evidence, Judgement, judge};
use wayfarer_model::report::{Recording, StepOutcome};
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};

use super::{
    AnswerRules, CheckBody, CheckCredentials, Given, HttpCheck, JsonPath, RequestCheck, Sessions,
    expectation, walk,
};
use crate::http::tests::rig::Setup;
use crate::http::tests::servers::{Seen, Server};
use crate::net::Families;
use crate::net::tests::authority::Authority;

async fn shop(seen: Seen) -> Response<Bytes> {
    let status = if seen.path == "/down" { 503 } else { 200 };
    let body = json!({"items": [{"name": "tea", "price": 4.5}, {"name": "pot"}], "total": 2}).to_string();
    Response::builder().status(status).header("content-type", "application/json").body(body.into()).unwrap()
}

/// A request with changes.
fn changed(url: &str, change: impl FnOnce(&mut RequestCheck)) -> RequestCheck {
    let mut request = RequestCheck::new(url.parse().unwrap());
    change(&mut request);
    request
}

async fn walked(setup: Setup, requests: Vec<RequestCheck>) -> (Judgement, Recording) {
    let rig = setup.start();
    let check = HttpCheck { requests: requests.into_iter().map(Arc::new).collect() };
    let sessions = Sessions::new(&rig.session, &check);
    let params = [("user".to_owned(), "ana b".to_owned())];
    let given =
        Given { params: Arc::from(params), secrets: Arc::clone(&rig.secrets), run: "run-1".to_owned() };
    let ending = walk(&check, &sessions, &rig.tape, given).await;
    let finished = rig.tape.finish();
    let evidence = Evidence { refusal: finished.refusal, ..Evidence::of(&ending, &finished.recording) };
    (judge(evidence), finished.recording)
}

async fn verdict(request: RequestCheck) -> (Judgement, Recording) {
    walked(Setup::new(), vec![request]).await
}

fn json_rules(rules: &[&str]) -> Vec<super::JsonRule> {
    rules.iter().map(|rule| rule.parse().unwrap()).collect()
}

#[tokio::test]
async fn everything_holds() {
    let server = Server::plain(shop).await;
    let request = changed(&server.url("/"), |request| {
        request.rules = AnswerRules {
            status: vec![200..=200],
            headers: vec!["content-type contains JSON".parse().unwrap(), "server absent".parse().unwrap()],
            contains: vec!["tea".parse().unwrap()],
            not_contains: vec!["error".parse().unwrap()],
            matches: vec!["\"price\":[0-9.]+".parse().unwrap()],
            not_matches: vec!["(?i)ERROR".parse().unwrap()],
            json: json_rules(&["$.items[0].name == tea", "$.total >= 2", "$.items length == 2"]),
            max_latency: Some(Duration::from_secs(10)),
            certificate_days: None,
        }
    });
    let (judgement, recording) = verdict(request).await;
    assert_eq!(judgement.verdict, Verdict::Passed, "{judgement:?}");
    assert_eq!((recording.steps.len(), recording.checks.len(), recording.traffic.len()), (1, 11, 1));
    assert_eq!(
        (recording.steps[0].name.as_str(), recording.steps[0].outcome),
        ("GET /", StepOutcome::Passed)
    );
    assert!(recording.checks.iter().all(|check| check.step == Some(0)));
}

#[tokio::test]
async fn every_expectation_is_looked_at_and_the_first_is_the_failure() {
    let server = Server::plain(shop).await;
    let request = changed(&server.url("/down"), |request| {
        request.rules.status = vec![200..=299, 404..=404];
        request.rules.headers =
            vec!["x-cache exists".parse().unwrap(), "content-type == text/html".parse().unwrap()];
        request.rules.contains = vec!["coffee".parse().unwrap()];
        request.rules.not_contains = vec!["tea".parse().unwrap()];
        request.rules.matches = vec!["^<html".parse().unwrap()];
        request.rules.not_matches = vec!["p[a-z]t".parse().unwrap()];
        request.rules.json = json_rules(&["$.total == 3"]);
        request.captures =
            vec![("id".into(), "$.id".parse().unwrap()), ("next".into(), "header:location".parse().unwrap())];
    });
    let (judgement, recording) = verdict(request).await;
    assert_eq!((judgement.verdict, judgement.reason), (Verdict::Failed, Reason::Check));
    let failure = judgement.failure.unwrap();
    assert_eq!(failure.message, "check failed: status is 200-299, 404");
    assert_eq!(failure.check, Some(0));
    let shown: Vec<String> = recording
        .checks
        .iter()
        .map(|check| {
            assert!(!check.is_passed, "{check:?}");
            format!(
                "{} | {} | {}",
                check.name,
                check.actual.as_ref().unwrap(),
                check.expected.as_ref().unwrap()
            )
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    status is 200-299, 404 | 503 | 200-299, 404
    header x-cache exists | no such header | any value
    header content-type == text/html | application/json | text/html
    body contains `coffee` | {"items":[{"name":"tea","price":4.5},{"name":"pot"}],"total":2} | coffee
    body does not contain `tea` | tea","price":4.5},{"name":"pot"}],"total":2} | no `tea`
    body matches `^<html` | {"items":[{"name":"tea","price":4.5},{"name":"pot"}],"total":2} | ^<html
    body does not match `p[a-z]t` | pot | nothing like `p[a-z]t`
    json $.total == 3 | 2 | 3
    captures `id` from $.id | nothing there | a value
    captures `next` from header:location | no such header | a value
    "#);
}

#[tokio::test]
async fn slow_is_degraded() {
    let server = Server::plain(shop).await;
    let slow = changed(&server.url("/"), |request| request.rules.max_latency = Some(Duration::ZERO));
    assert_eq!(verdict(slow).await.0.verdict, Verdict::Degraded);
    let days = changed(&server.url("/"), |request| request.rules.certificate_days = Some(14));
    let (judgement, _) = verdict(days).await;
    assert_eq!(judgement.verdict, Verdict::Degraded);
    assert_eq!(judgement.failure.unwrap().actual.as_deref(), Some("no certificate: the url is not https"));
}

#[tokio::test]
async fn no_answer_is_judged_by_its_cause() {
    let (judgement, recording) = verdict(changed("http://127.0.0.1:1/", |_| {})).await;
    assert_eq!((judgement.verdict, judgement.reason), (Verdict::Failed, Reason::Connect));
    assert_eq!(recording.steps[0].outcome, StepOutcome::Failed);
    let (judgement, _) = verdict(changed("http://forbidden.example/", |_| {})).await;
    assert_eq!((judgement.verdict, judgement.reason), (Verdict::Broken, Reason::Denied));
}

/// A shop in which who logs in gets a token and a cookie, and an order needs both.
async fn account(seen: Seen) -> Response<Bytes> {
    let answer = Response::builder();
    match seen.path.as_str() {
        "/log-in" if seen.text() == "{\"user\":\"ana b\",\"k\":\"hunter2-hunter2\"}" => {
            let answer = answer.header("set-cookie", "session=s1").header("location", "/orders/7");
            answer.body("{\"token\":\"t-99\",\"page\":\"order o-7 of ana\"}".into()).unwrap()
        }
        path if seen.header("authorization") == "Bearer t-99" && seen.header("cookie") == "session=s1" => {
            answer.body(format!("{path} {}", seen.header("x-run")).into()).unwrap()
        }
        _ => answer.status(401).body(Bytes::new()).unwrap(),
    }
}

#[tokio::test]
async fn a_captured_token_and_the_cookies_travel_on_and_the_secret_stays_sealed() {
    let server = Server::plain(account).await;
    let log_in = changed(&server.url("/log-in"), |request| {
        request.method = "POST".to_owned();
        request.body = CheckBody::Json(json!({"user": "${param.user}", "k": "${secret.password}"}));
        request.captures = vec![
            ("token".into(), "$.token".parse().unwrap()),
            ("place".into(), "header:location".parse().unwrap()),
            ("id".into(), "regex:order (o-[0-9]+)".parse().unwrap()),
        ];
    });
    let order = changed(&format!("http://{}${{place}}", server.address), |request| {
        request.name = "order".to_owned();
        request.credentials = Some(CheckCredentials::Bearer("${token}".parse().unwrap()));
        request.headers = vec![("x-run".into(), "${run.id} ${id}".parse().unwrap())];
        request.query = vec![("who".into(), "${param.user}".parse().unwrap())];
        request.rules.contains = vec!["/orders/7?who=ana+b ${run.id} o-7".parse().unwrap()];
    });
    let setup = Setup::new().secret("password", "hunter2-hunter2", &["127.0.0.1:*"]);
    let (judgement, recording) = walked(setup, vec![log_in, order]).await;
    assert_eq!(judgement.verdict, Verdict::Passed, "{judgement:?} {recording:?}");
    let steps: Vec<&str> = recording.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(steps, ["GET /log-in", "order"]);
    let captured: Vec<&str> =
        recording.checks[1..4].iter().filter_map(|check| check.actual.as_deref()).collect();
    assert_eq!(captured, ["4 characters", "9 characters", "3 characters"], "a token is not shown");
}

#[tokio::test]
async fn after_a_request_that_failed_no_other_is_sent() {
    let server = Server::plain(account).await;
    let first = changed(&server.url("/log-in"), |request| {
        request.captures = vec![("token".into(), "$.token".parse().unwrap())];
    });
    let second = changed(&server.url("/orders/${token}"), |_| {});
    let (judgement, recording) = walked(Setup::new(), vec![first, second]).await;
    assert_eq!(judgement.verdict, Verdict::Failed);
    assert_eq!((recording.steps.len(), server.seen.lock().len()), (1, 1));
}

#[tokio::test]
async fn forms_basic_and_the_host_header_are_sent_as_written() {
    let server = Server::plain(shop).await;
    let request = changed(&server.url("/"), |request| {
        request.method = "POST".to_owned();
        request.host = Some("localhost".parse().unwrap());
        request.credentials =
            Some(CheckCredentials::Basic("ana".parse().unwrap(), "pass:word".parse().unwrap()));
        request.body = CheckBody::Form(vec![
            ("a b".into(), "1&2".parse().unwrap()),
            ("who".into(), "${param.user}".parse().unwrap()),
        ]);
    });
    assert_eq!(verdict(request.clone()).await.0.verdict, Verdict::Passed);
    let seen = server.seen.lock()[0].clone();
    assert_eq!(seen.text(), "a+b=1%262&who=ana+b");
    assert_eq!(seen.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(seen.header("authorization"), "Basic YW5hOnBhc3M6d29yZA==");
    assert_eq!(seen.header("host"), "localhost");
    let foreign = RequestCheck { host: Some("other.example".parse().unwrap()), ..request };
    let (judgement, _) = verdict(foreign).await;
    assert_eq!((judgement.verdict, judgement.reason), (Verdict::Broken, Reason::Denied), "{judgement:?}");
}

#[tokio::test]
async fn a_family_without_an_address_is_not_called() {
    let server = Server::plain(shop).await;
    let of = |family| changed(&server.url("/"), |request| request.families = family);
    assert_eq!(verdict(of(Families::Ipv4)).await.0.verdict, Verdict::Passed);
    let (judgement, _) = verdict(of(Families::Ipv6)).await;
    assert_eq!(judgement.verdict, Verdict::Failed);
    assert!(judgement.failure.unwrap().message.contains("no IPv6 address"));
}

#[tokio::test]
async fn the_days_are_those_of_the_certificate_of_the_chain_that_expires_first() {
    let root = Authority::new();
    let between = root.intermediate_until(2039);
    let server = Server::tls(between.server(&between.leaf_until(&["localhost"], 2040), &[]), shop).await;
    let left = (2_180_304_000_000 - crate::clock::unix_now().0) / 86_400_000;
    for (asked, expected) in [(left - 1, Verdict::Passed), (left + 1, Verdict::Degraded)] {
        let request = changed(&server.https("localhost", "/"), |request| {
            request.rules.certificate_days = u32::try_from(asked).ok();
        });
        let (judgement, _) = walked(Setup::new().trust(&root.pem), vec![request]).await;
        assert_eq!(judgement.verdict, expected, "{asked} of {left}: {judgement:?}");
    }
}

#[tokio::test]
async fn a_slow_expression_is_charged_and_ends_with_the_processor_time() {
    let server = Server::plain(|_| async { Response::new(Bytes::from("x".repeat(20 << 10))) }).await;
    let request = changed(&server.url("/"), |request| {
        request.rules.matches =
            (20..120).map(|times| format!("(x?){{{times}}}\\d").parse().unwrap()).collect();
    });
    let setup = Setup::new().limit(|limits| limits.cpu = Duration::from_millis(1));
    let (judgement, _) = walked(setup, vec![request]).await;
    assert_eq!((judgement.verdict, judgement.reason), (Verdict::Broken, Reason::Cpu), "{judgement:?}");
}

#[tokio::test]
async fn what_is_captured_may_not_be_large() {
    let server = Server::plain(|_| async { Response::new(Bytes::from("x".repeat(17 << 10))) }).await;
    let request = changed(&server.url("/"), |request| {
        request.captures = vec![("all".into(), "regex:x+".parse().unwrap())];
    });
    let (judgement, _) = verdict(request).await;
    insta::assert_snapshot!(judgement.failure.unwrap().actual.unwrap(), @"a value of 17.0 KiB, and 16.0 KiB are kept");
}

#[tokio::test]
async fn a_group_that_took_no_part_is_not_the_whole_match() {
    let server = Server::plain(|_| async { Response::new(Bytes::from("order of ana")) }).await;
    let request = changed(&server.url("/"), |request| {
        let captures = ["regex:order( o-[0-9]+)?", "regex:order (?:of) ([a-z]+)", "regex:order"];
        request.captures =
            captures.map(|text| (text.replace(' ', "-"), text.parse().unwrap())).into_iter().collect();
    });
    let (_, recording) = verdict(request).await;
    let found: Vec<&str> = recording.checks[1..].iter().filter_map(|check| check.actual.as_deref()).collect();
    assert_eq!(found, ["a match without its group", "3 characters", "5 characters"]);
}

#[tokio::test]
async fn a_large_answer_is_compared_beside_the_thread_and_beyond_four_mebibytes_it_is_not_json() {
    async fn padded(seen: Seen) -> Response<Bytes> {
        let size: usize = seen.path.trim_start_matches('/').parse().unwrap();
        Response::new(format!("{{\"total\":2,\"padding\":\"{}\"}}", "x".repeat(size)).into())
    }
    let server = Server::plain(padded).await;
    for (size, expected) in [(200 << 10, "2"), (4 << 20, "is larger than the 4.0 MiB that are read as JSON")]
    {
        let request = changed(&server.url(&format!("/{size}")), |request| {
            request.rules.json = json_rules(&["$.total == 2"]);
        });
        let roomy = Setup::new().limit(|limits| {
            limits.memory = 1 << 30;
            limits.response_body = 8 << 20;
        });
        let (_, recording) = walked(roomy, vec![request]).await;
        let actual = recording.checks[1].actual.clone().unwrap();
        assert!(actual.contains(expected), "{size}: {actual}");
        assert_eq!(recording.checks[1].is_passed, expected == "2");
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_made_is_broken_and_not_sent() {
    let server = Server::plain(shop).await;
    let missing = changed(&server.url("/?k=${param.absent}"), |_| {});
    let (judgement, _) = verdict(missing).await;
    assert_eq!((judgement.verdict, judgement.reason), (Verdict::Broken, Reason::Parameter));
    assert!(judgement.failure.unwrap().message.contains("has a placeholder without a value"));
    let long = changed(&server.url("/"), |request| {
        request.body = CheckBody::Form(vec![("who".into(), "${param.user}".repeat(20).parse().unwrap())]);
    });
    let small = Setup::new().limit(|limits| limits.request_body = 100);
    let (judgement, _) = walked(small, vec![long]).await;
    assert_eq!(judgement.verdict, Verdict::Broken, "{judgement:?}");
    let message = judgement.failure.unwrap().message;
    assert_eq!(message, "the request has more than 100 B: send less or raise `limits.request_body`");
    assert!(server.seen.lock().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn bytes_are_sent_as_they_are_without_a_type() {
    let server = Server::plain(shop).await;
    let request = changed(&server.url("/"), |request| {
        request.method = "PUT".to_owned();
        request.body = CheckBody::Bytes(Bytes::from_static(&[0xff, 0, b'$', b'{']));
    });
    assert_eq!(verdict(request).await.0.verdict, Verdict::Passed);
    let seen = server.seen.lock()[0].clone();
    assert_eq!((&seen.body[..], seen.header("content-type")), (&[0xff, 0, b'$', b'{'][..], ""));
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
