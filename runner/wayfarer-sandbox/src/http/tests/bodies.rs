//! Large bodies: kept, discarded, cut off; always counted, and the connection stays good.

use bytes::Bytes;
use http::Response;

use super::rig::{Setup, get};
use super::servers::{Server, echo};
use crate::http::HttpRequest;
use crate::net::tests::authority::Authority;

const TEN_MB: usize = 10_000_000;

async fn large(_: super::servers::Seen) -> Response<Bytes> {
    Response::new((0..TEN_MB).map(|n| (n % 251) as u8).collect())
}

#[tokio::test]
async fn ten_megabytes_are_kept_discarded_or_cut_off() {
    let server = Server::plain(large).await;
    let rig = Setup::new().start();
    let whole = rig.send(get(&server.url("/"))).await.unwrap();
    assert_eq!((whole.body.len(), whole.wire_size, whole.truncated), (TEN_MB, TEN_MB as u64, false));
    assert!(whole.body.iter().enumerate().all(|(n, byte)| *byte == (n % 251) as u8));
    let discarded = rig.send(HttpRequest { max_body: Some(0), ..get(&server.url("/")) }).await.unwrap();
    assert_eq!((discarded.body.len(), discarded.wire_size, discarded.truncated), (0, TEN_MB as u64, true));
    let cut = rig.send(HttpRequest { max_body: Some(1_000), ..get(&server.url("/")) }).await.unwrap();
    assert_eq!((cut.body.len(), cut.wire_size, cut.truncated), (1_000, TEN_MB as u64, true));
    assert_eq!(cut.body, whole.body.slice(..1_000));
    assert_eq!(server.accepted(), 1);
    assert!(rig.records().iter().all(|record| record.received_bytes == TEN_MB as u64));
}

#[tokio::test]
async fn the_limit_holds_whatever_a_guest_asks_for() {
    let server = Server::plain(large).await;
    let rig = Setup::new().limit(|limits| limits.response_body = 5_000).start();
    for asked in [None, Some(u64::MAX)] {
        let cut = rig.send(HttpRequest { max_body: asked, ..get(&server.url("/")) }).await.unwrap();
        assert_eq!((cut.body.len(), cut.truncated), (5_000, true));
    }
    let exact = rig.send(HttpRequest { max_body: Some(0), ..get(&server.url("/")) }).await.unwrap();
    assert_eq!((exact.body.len(), exact.truncated), (0, true));
}

#[tokio::test]
async fn large_bodies_travel_both_ways_over_http2() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(&authority.leaf(&["localhost"]), &[b"h2"]), echo).await;
    let rig = Setup::new().trust(&authority.pem).start();
    let body = Bytes::from((0..TEN_MB).map(|n| (n % 253) as u8).collect::<Vec<_>>());
    let request =
        HttpRequest { body: body.clone(), ..HttpRequest::new("POST", server.https("localhost", "/")) };
    let response = rig.send(request).await.unwrap();
    assert_eq!((response.protocol, response.body == body), ("HTTP/2", true));
}
