//! What is no request, and what is not allowed: said before anything is sent, and on record all the same.

use bytes::Bytes;
use wayfarer_model::traffic::{Blame, TrafficErrorKind};

use super::rig::{Setup, get, http};
use super::servers::{Server, hello};
use crate::http::HttpRequest;

fn with(url: &str, name: &str, value: &str) -> HttpRequest {
    HttpRequest { headers: vec![(name.into(), value.into())], ..get(url) }
}

#[tokio::test]
async fn a_malformed_request_is_named_and_not_sent() {
    let server = Server::plain(hello).await;
    let (url, address) = (server.url("/"), server.address);
    let cases = [
        (with(&url, "Host", "b.example"), "header `host` is set by the runner"),
        (with(&url, "Content-Length", "3"), "header `content-length` is set"),
        (with(&url, "transfer-encoding", "chunked"), "header `transfer-encoding` is set"),
        (with(&url, "Connection", "close"), "header `connection` is set"),
        (with(&url, "upgrade", "h2c"), "header `upgrade` is set"),
        (with(&url, "TE", "trailers"), "header `te` is set"),
        (with(&url, "Keep-Alive", "1"), "header `keep-alive` is set"),
        (with(&url, "Proxy-Connection", "1"), "header `proxy-connection` is set"),
        (with(&url, "x-split", "a\r\nhost: b"), "the value of header `x-split` has a line break"),
        (with(&url, "x y", "1"), "`x y` is not a header's name"),
        (HttpRequest::new("GE T", &url), "`GE T` is not a method"),
        (HttpRequest::new("", &url), "`` is not a method"),
        (HttpRequest::new("CONNECT", &url), "method `CONNECT` opens a tunnel"),
        (get("/relative"), "the url is not one"),
        (get("ftp://127.0.0.1/"), "the url's scheme is `ftp`"),
        (get(&format!("http://me:pw@{address}/")), "use basic authentication"),
        (get(&format!("http://me@{address}/")), "use basic authentication"),
        (get(&format!("http://{address}/{}", "x".repeat(70_000))), "the url's path and query cannot be sent"),
    ];
    let rig = Setup::new().start();
    let count = cases.len();
    for (request, words) in cases {
        let (kind, blame, message) = rig.fails(request).await;
        assert_eq!((kind, blame), (TrafficErrorKind::Malformed, Blame::Journey), "{message}");
        assert!(message.contains(words), "{message}");
    }
    let records = rig.records();
    assert_eq!((records.len(), server.accepted()), (count, 0));
    assert!(records.iter().all(|record| record.error.is_some() && http(record).url.len() <= 2_048));
}

#[tokio::test]
async fn a_denial_names_the_line_to_add() {
    let rig = Setup::new().allow(&["a.example", "localhost:1"]).start();
    for (url, line) in [
        ("http://b.example/", "add \"b.example\" to network.allow"),
        ("https://a.example:8443/", "add \"a.example:8443\" to network.allow"),
        ("http://127.0.0.1:1/", "add \"127.0.0.1:1\" to network.allow"),
        ("http://2130706433:1/", "add \"127.0.0.1:1\" to network.allow"),
        ("http://[::ffff:127.0.0.1]:1/", "add \"[::ffff:127.0.0.1]:1\" to network.allow"),
    ] {
        let (kind, blame, message) = rig.fails(get(url)).await;
        assert_eq!((kind, blame), (TrafficErrorKind::Denied, Blame::Journey), "{message}");
        assert!(message.contains(line), "{message}");
    }
    assert!(rig.records().iter().all(|record| !record.is_pending()));
}

#[tokio::test]
async fn a_body_may_not_be_larger_than_the_limit() {
    let server = Server::plain(hello).await;
    let rig = Setup::new().limit(|limits| limits.request_body = 10).start();
    let fits =
        HttpRequest { body: Bytes::from_static(&[b'x'; 10]), ..HttpRequest::new("PUT", server.url("/")) };
    assert_eq!(rig.send(fits.clone()).await.unwrap().status, 200);
    let (kind, blame, message) =
        rig.fails(HttpRequest { body: Bytes::from_static(&[b'x'; 11]), ..fits }).await;
    assert_eq!((kind, blame), (TrafficErrorKind::TooLarge, Blame::Journey));
    assert!(message.contains("the body is 11 B, the limit 10 B"), "{message}");
}
