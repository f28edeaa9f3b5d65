//! Bodies as a guest reads them: decoded, by their charset, cut where it asks; and the cookies of a walk.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::Response;
use wayfarer_model::traffic::{Blame, TrafficErrorKind};

use super::rig::{Setup, get, post, text};
use super::servers::Server;
use crate::http::{AtLimit, HttpRequest, RedirectPolicy};

fn gzip(content: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap().into()
}

fn encoded(content: &[u8]) -> Response<Bytes> {
    Response::builder().header("content-encoding", "gzip").body(gzip(content)).unwrap()
}

#[tokio::test]
async fn a_compressed_body_is_decoded_and_counted_as_it_was_on_the_wire() {
    let text = "order ".repeat(1_000);
    let server = Server::plain(move |_| {
        let text = text.clone();
        async move { encoded(text.as_bytes()) }
    })
    .await;
    let rig = Setup::new().start();
    let response = rig.get(&server.url("/")).await.unwrap();
    assert_eq!((response.body.len(), response.decoded.as_str(), response.truncated), (6_000, "gzip", false));
    assert!(response.wire_size < 200, "{}", response.wire_size);
    assert_eq!(server.seen.lock()[0].header("accept-encoding"), "gzip, deflate, br, zstd");
    let cut = rig.send(HttpRequest { max_body: Some(100), ..get(&server.url("/")) }).await.unwrap();
    assert_eq!((cut.body.len(), cut.truncated), (100, true));
    let ranged = HttpRequest { headers: vec![("range".into(), "bytes=0-9".into())], ..get(&server.url("/")) };
    rig.send(ranged).await.unwrap();
    assert_eq!(server.seen.lock()[2].header("accept-encoding"), "identity");
}

#[tokio::test]
async fn a_value_in_a_compressed_body_is_sealed() {
    let server = Server::plain(|_| async { encoded(b"the key is hunter2-hunter2, keep it") }).await;
    let rig = Setup::new().secret("key", "hunter2-hunter2", &["127.0.0.1:*"]).start();
    let response = rig.get(&server.url("/")).await.unwrap();
    let placeholder = rig.secrets.placeholder("key").unwrap();
    assert_eq!(text(&response), format!("the key is {placeholder}, keep it"));
}

#[tokio::test]
async fn a_body_that_is_not_what_its_header_says_is_the_targets_fault() {
    let server = Server::plain(|_| async {
        Response::builder()
            .header("content-encoding", "br")
            .body(Bytes::from_static(b"\xff\xff nonsense"))
            .unwrap()
    })
    .await;
    let error = Setup::new().start().get(&server.url("/")).await.unwrap_err();
    assert_eq!((error.kind, error.blame), (TrafficErrorKind::Protocol, Blame::Target));
    assert!(error.message.contains("a body that is not valid br"), "{}", error.message);
}

#[tokio::test]
async fn text_is_read_by_the_charset_that_the_answer_declares() {
    let server = Server::plain(|seen| async move {
        let (kind, body) = match seen.path.as_str() {
            "/latin" => ("text/plain; charset=\"ISO-8859-1\"", &b"caf\xe9"[..]),
            "/utf16" => ("application/json;charset=utf-16le", &b"{\0}\0"[..]),
            "/bom" => ("application/json", &b"\xef\xbb\xbf{}"[..]),
            _ => ("text/plain", &b"caf\xc3\xa9 \xff"[..]),
        };
        Response::builder().header("content-type", kind).body(Bytes::from_static(body)).unwrap()
    })
    .await;
    let rig = Setup::new().start();
    for (path, expected) in [("/latin", "café"), ("/utf16", "{}"), ("/bom", "{}"), ("/", "café \u{fffd}")] {
        assert_eq!(rig.get(&server.url(path)).await.unwrap().text(), expected, "{path}");
    }
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_where_the_guest_asks() {
    let server = Server::scripted(|_, mut tcp| async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let _ = tcp.read(&mut [0; 4_096]).await;
        tcp.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: one\n\n")
            .await
            .unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let request = HttpRequest { max_body: Some(9), at_limit: AtLimit::Cut, ..get(&server.url("/")) };
    let rig = Setup::new().start();
    let response = rig.send(request.clone()).await.unwrap();
    assert_eq!((text(&response), response.truncated), ("data: one", true));
    let head = rig.send(HttpRequest { max_body: Some(0), ..request.clone() }).await.unwrap();
    assert_eq!((head.status, head.body.len(), head.truncated), (200, 0, true));
    // The end of what was received could be the beginning of the value, so it is left out.
    let sealed = Setup::new().secret("key", "hunter2-hunter2", &["127.0.0.1:*"]).start();
    let response = sealed.send(request).await.unwrap();
    assert_eq!((text(&response), response.truncated), ("", true));
}

#[tokio::test]
async fn cookies_of_a_log_in_that_redirects_are_sent_on() {
    let server = Server::plain(|seen| async move {
        let answer = Response::builder();
        match seen.path.as_str() {
            "/login" => {
                answer.status(303).header("location", "/me").header("set-cookie", "sid=7; Path=/; HttpOnly")
            }
            _ => answer,
        }
        .body(Bytes::from(seen.header("cookie").to_owned()))
        .unwrap()
    })
    .await;
    let rig = Setup::new().start();
    let log_in = HttpRequest {
        redirects: RedirectPolicy::Follow(3),
        jar: Some(0),
        headers: vec![("cookie".into(), "own=1".into()), ("cookie".into(), "second=2".into())],
        ..post(&server.url("/login"), "text/plain", "ana")
    };
    assert_eq!(text(&rig.send(log_in).await.unwrap()), "own=1; second=2; sid=7");
    let without = rig.get(&server.url("/me")).await.unwrap();
    assert_eq!(text(&without), "", "no jar, no cookies");
    let url = server.url("/me").parse().unwrap();
    assert_eq!(rig.session.jars().get(0, &url, "sid").as_deref(), Some("7"));
}
