//! What goes out, what comes back, and what of it is on record.

use bytes::Bytes;
use http::Response;
use wayfarer_model::units::Micros;

use super::rig::{Setup, get, http, post, text};
use super::servers::{Server, echo, hello};
use crate::http::HttpRequest;
use crate::tape::TrafficOwner;

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::test]
async fn an_answer_carries_what_is_known_of_it_and_so_does_the_record() {
    let server = Server::plain(|_| async {
        Response::builder()
            .status(201)
            .header("X-Two", "a")
            .header("x-two", "b")
            .header("x-old", http::HeaderValue::from_bytes(b"caf\xe9").unwrap())
            .body(Bytes::from_static(b"made"))
            .unwrap()
    })
    .await;
    let rig = Setup::new().start();
    let step = rig.tape.open_step("make", None).unwrap();
    let owner = TrafficOwner { step: rig.tape.current_step(), number: None };
    let request = HttpRequest { owner, ..post(&server.url("/things?x=1"), "text/plain", "one") };
    let response = is_send(rig.session.send(request)).await.unwrap();
    assert_eq!((response.status, text(&response), response.wire_size), (201, "made", 4));
    assert_eq!((response.protocol, response.truncated, response.redirects), ("HTTP/1.1", false, 0));
    assert_eq!(response.url, server.url("/things?x=1"));
    let headers = response.header_texts();
    let twos: Vec<_> =
        headers.iter().filter(|(name, _)| name == "x-two").map(|(_, value)| value.as_str()).collect();
    assert_eq!(twos, ["a", "b"]);
    assert!(headers.contains(&("x-old".into(), "café".into())), "Latin-1 where it is not UTF-8: {headers:?}");
    assert!(response.phases.wait_us > Micros(0) && response.phases.total_us >= response.phases.wait_us);

    let [record] = &rig.records()[..] else { panic!("one record") };
    assert_eq!(
        (record.step, http(record).method.as_str(), http(record).status),
        (Some(step), "POST", Some(201))
    );
    assert_eq!((record.sent_bytes, record.received_bytes), (3, 4));
    assert_eq!(record.remote_address.as_deref(), Some(server.address.to_string().as_str()));
    assert_eq!((http(record).protocol.as_deref(), record.reused), (Some("HTTP/1.1"), false));
    assert!(!record.is_pending() && record.phases.total_us >= Micros(1) && record.phases.dns_us == Micros(0));
}

#[tokio::test]
async fn framing_and_authority_are_the_runners() {
    let server = Server::plain(echo).await;
    let rig = Setup::new().start();
    for method in ["POST", "PUT", "PATCH", "GET", "DELETE", "PURGE"] {
        let response = rig.send(HttpRequest::new(method, server.url("/"))).await.unwrap();
        assert_eq!(response.status, 200);
    }
    let lengths: Vec<String> = server
        .seen
        .lock()
        .iter()
        .map(|seen| format!("{} {}", seen.method, seen.header("content-length")))
        .collect();
    assert_eq!(lengths, ["POST 0", "PUT 0", "PATCH 0", "GET ", "DELETE ", "PURGE "]);
    let seen = server.seen.lock()[0].clone();
    assert_eq!(seen.header("host"), server.address.to_string());
    assert!(seen.header("user-agent").starts_with("wayfarer/") && seen.header("accept") == "*/*");
}

#[tokio::test]
async fn a_guests_own_words_for_accept_and_agent_stand() {
    let server = Server::plain(hello).await;
    let rig = Setup::new().start();
    let headers = vec![("Accept".into(), "text/html".into()), ("USER-AGENT".into(), "bot".into())];
    rig.send(HttpRequest { headers, ..get(&server.url("/a b?c=d e")) }).await.unwrap();
    let seen = server.seen.lock()[0].clone();
    assert_eq!((seen.header("accept"), seen.header("user-agent")), ("text/html", "bot"));
    assert_eq!(seen.path, "/a%20b?c=d%20e");
}

#[tokio::test]
async fn a_failure_shows_the_beginning_of_its_body() {
    let server = Server::plain(|seen| async move {
        let body = format!("{{\"error\":\"{}é\"}}", "x".repeat(3_000));
        let media_type = if seen.path == "/json" { "application/json" } else { "image/png" };
        Response::builder().status(503).header("content-type", media_type).body(body.into()).unwrap()
    })
    .await;
    let rig = Setup::new().start();
    rig.send(HttpRequest { max_body: Some(0), ..get(&server.url("/json")) }).await.unwrap();
    rig.get(&server.url("/png")).await.unwrap();
    let records = rig.records();
    let excerpt = http(&records[0]).excerpt.as_deref().unwrap();
    assert!(
        excerpt.starts_with("{\"error\":\"xxx") && excerpt.len() == 2_048,
        "kept though it was discarded"
    );
    assert_eq!(http(&records[1]).excerpt, None, "no text, no excerpt");
}

#[tokio::test]
async fn a_head_answer_has_no_body() {
    let server = Server::plain(hello).await;
    let rig = Setup::new().start();
    let response = rig.send(HttpRequest::new("HEAD", server.url("/"))).await.unwrap();
    assert_eq!((response.status, response.wire_size), (200, 0));
    rig.get(&server.url("/")).await.unwrap();
    assert_eq!(server.accepted(), 1, "the connection is still good");
}
