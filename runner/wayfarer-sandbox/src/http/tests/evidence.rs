//! Heads and bodies that are kept: what is in them, and what never is.

use bytes::Bytes;
use http::Response;
use wayfarer_model::exchange::{ExchangeRecord, MessageRecord};
use wayfarer_model::report::Recording;

use super::rig::{Rig, Setup, get, post};
use super::servers::{Seen, Server};
use crate::http::{AtLimit, HttpRequest, RedirectPolicy};
use crate::redact::Redaction;

const VALUE: &str = "hunter2-hunter2-9f3ac0e1";

/// What is stored of the attempt's exchanges, and whether texts were withheld.
async fn stored(rig: &Rig) -> (Vec<ExchangeRecord>, bool) {
    let finished = rig.tape.finish();
    let mut recording = Recording { exchanges: finished.exchanges, ..finished.recording };
    let is_withheld = Redaction::new(&rig.secrets).all(&mut recording, None).await;
    (recording.exchanges, is_withheld)
}

fn body(message: &MessageRecord) -> String {
    String::from_utf8_lossy(&message.body.content).into_owned()
}

/// Answers with what it was sent, after as many letters as the path says, and with a cookie.
async fn echo_after(seen: Seen) -> Response<Bytes> {
    let before: usize = seen.path.trim_start_matches('/').parse().unwrap_or(0);
    let body = format!("{}{}{}", "x".repeat(before), seen.text(), "y".repeat(20_000));
    Response::builder()
        .header("content-type", "text/plain")
        .header("set-cookie", format!("sid={}; Path=/; HttpOnly", "s".repeat(20)))
        .header("x-echo", seen.header("x-key"))
        .header("x-csrf-token", "once-only")
        .body(body.into())
        .unwrap()
}

#[tokio::test]
async fn heads_and_bodies_are_those_that_the_guest_knows_and_no_credential_is_in_them() {
    let server = Server::plain(|seen| async move {
        match seen.path.as_str() {
            "/old" => Response::builder().status(302).header("location", "/new").body(Bytes::new()).unwrap(),
            _ => echo_after(seen).await,
        }
    })
    .await;
    let rig = Setup::new().secret("api-key", VALUE, &["127.0.0.1:*"]).start();
    let key = rig.secrets.placeholder("api-key").unwrap().to_owned();
    let headers = [("authorization", format!("Bearer {key}")), ("X-Key", key.clone())];
    let login = HttpRequest {
        headers: headers
            .into_iter()
            .chain([("content-type", "application/json".to_owned())])
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        jar: Some(0),
        ..post(&server.url("/3"), "", &format!("{{\"k\":\"{key}\"}}"))
    };
    rig.send(login).await.unwrap();
    let redirects = RedirectPolicy::Follow(3);
    rig.send(HttpRequest { redirects, jar: Some(0), ..get(&server.url("/old")) }).await.unwrap();
    let (exchanges, is_withheld) = stored(&rig).await;
    assert!(!is_withheld, "a host that repeats what it was sent is no guess");
    let shown = format!("{exchanges:?}");
    for never in [VALUE, &key, "ssssss", "once-only"] {
        assert!(!shown.contains(never), "{never}: {shown}");
    }
    let [login, old, new] = &exchanges[..] else { panic!("each hop is an exchange: {shown}") };
    assert_eq!(login.sent.header("authorization"), Some("Bearer [withheld]"));
    assert_eq!(login.sent.header("x-key"), Some("[withheld]"), "it is named like a credential");
    assert_eq!((body(&login.sent).as_str(), login.sent.body.is_cut), ("{\"k\":\"[secret api-key]\"}", false));
    assert_eq!(login.sent.header("content-length"), None, "it would tell how long the value is");
    assert!(login.sent.header("user-agent").unwrap().starts_with("wayfarer/"), "the runner's own are there");
    let answer = login.received.as_ref().unwrap();
    assert_eq!(answer.header("set-cookie"), Some("sid=[withheld]; Path=/; HttpOnly"));
    assert_eq!(answer.header("x-csrf-token"), Some("[withheld]"));
    assert_eq!(answer.header("x-echo"), Some("[secret api-key]"));
    assert!(body(answer).starts_with("xxx{\"k\":\"[secret api-key]\"}yyy") && answer.body.is_cut);
    assert!(answer.body.content.len() <= 16 << 10, "{}", answer.body.content.len());
    assert_eq!(old.sent.header("cookie"), Some("sid=[withheld]"), "of the jar");
    assert_eq!(old.received.as_ref().unwrap().header("location"), Some("/new"));
    assert_eq!((old.request, new.request), (1, 2));
}

/// What is stored of the answer of a host that repeats `sent`, so that it stands around the cut.
async fn cut_at(value: &str, sent: &str, (before, max_body): (usize, Option<u64>), host: &str) -> String {
    let server = Server::plain(echo_after).await;
    let rig = Setup::new().secret("api-key", value, &["127.0.0.1:*"]).start();
    let url = server.url(&format!("/{before}")).replace("127.0.0.1", host);
    let at_limit = if before % 2 == 0 { AtLimit::Drain } else { AtLimit::Cut };
    let request = HttpRequest { max_body, at_limit, ..post(&url, "text/plain", sent) };
    rig.send(request).await.unwrap();
    let (exchanges, _) = stored(&rig).await;
    body(exchanges[0].received.as_ref().unwrap())
}

#[tokio::test]
async fn no_place_of_a_cut_tells_a_part_of_a_value() {
    let own = 16 << 10;
    for host in ["localhost", "127.0.0.1"] {
        for shift in [0, 1, 2, 5, 11, VALUE.len() - 1, VALUE.len()] {
            for (before, max_body) in
                [(own - shift, None), (6_000 - shift, Some(6_000)), (6_001 - shift, Some(6_001))]
            {
                let case = (before, max_body);
                // A guess that is right but for its end shows the same as one that is wrong from the beginning.
                let close = &VALUE[..VALUE.len() - 1];
                let of_close = cut_at(VALUE, close, case, host).await;
                let of_other = cut_at("0123456789-0123456789-ab", close, case, host).await;
                assert_eq!(of_close, of_other, "{host} {case:?}");
                let shown = cut_at(VALUE, VALUE, case, host).await;
                assert!(!shown.contains("hunt"), "{host} {case:?}: {}", &shown[shown.len() - 60..]);
            }
        }
    }
}

#[tokio::test]
async fn values_in_the_answers_of_other_hosts_count_as_guesses() {
    let server = Server::plain(echo_after).await;
    let rig = Setup::new().secret("api-key", VALUE, &["127.0.0.1:*"]).start();
    for _ in 0..9 {
        let url = server.url("/0").replace("127.0.0.1", "localhost");
        rig.send(post(&url, "text/plain", VALUE)).await.unwrap();
    }
    let (exchanges, is_withheld) = stored(&rig).await;
    assert!(is_withheld && body(&exchanges[0].sent).starts_with("[withheld"), "{exchanges:?}");
}

#[tokio::test]
async fn nothing_is_held_where_nothing_is_kept_and_a_large_head_is_bounded() {
    let server = Server::plain(|_| async {
        let mut response = Response::builder().header("x-long", "v".repeat(3_000));
        for number in 0..40 {
            response = response.header(format!("x-{number}"), "w".repeat(200));
        }
        response.body(Bytes::from_static(b"x")).unwrap()
    })
    .await;
    let rig = Setup::new().start();
    rig.get(&server.url("/")).await.unwrap();
    let (exchanges, _) = stored(&rig).await;
    let head = exchanges[0].received.as_ref().unwrap();
    assert!(head.header("x-long").unwrap().ends_with("vvv…[cut]"), "{head:?}");
    let bytes: usize = head.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(bytes <= 4 << 10 && head.headers_left_out > 20, "{bytes}: {}", head.headers_left_out);
}
