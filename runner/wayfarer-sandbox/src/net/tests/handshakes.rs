//! TLS on a raw stream: what it says of the peer, what it offers, and how it fails.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use wayfarer_model::traffic::{Blame, Phase, TrafficErrorKind};

use super::authority::Authority;
use super::rig::{Echo, Rig, exchange};
use crate::net::{Security, Timeouts};

const SMTP: Security<'_> = Security::Tls { alpn: &[b"smtp"] };

#[tokio::test]
async fn a_stream_over_tls_names_version_certificate_and_protocol() {
    let authority = Authority::new();
    let leaf = authority.leaf(&["localhost"]);
    for (offered, chosen) in [(b"smtp".as_slice(), Some(b"smtp".as_slice())), (b"".as_slice(), None)] {
        let spoken: &[&[u8]] = if offered.is_empty() { &[] } else { &[offered] };
        let echo = Echo::tls(authority.server(&leaf, spoken)).await;
        let rig = Rig::trusting(&authority.pem);
        let dialled = rig.dial("localhost", echo.address.port(), SMTP, Timeouts::default()).await;
        let mut stream = dialled.unwrap();
        assert_eq!(exchange(&mut stream, "EHLO runner").await, "EHLO runner");
        assert_eq!(stream.alpn(), chosen);
        assert_eq!(stream.peer().tls_version, Some("TLSv1.3"));
        let record = &rig.records()[0];
        assert_eq!(record.certificate_expires_ms, Some(2_211_840_000_000), "2040-02-03");
        assert!(record.phases.connect_us.0 > 0 && record.phases.tls_us.0 > 0, "{record:?}");
    }
}

#[tokio::test]
async fn an_authority_that_is_not_trusted_fails_the_handshake() {
    let (authority, stranger) = (Authority::new(), Authority::named("somebody else"));
    let echo = Echo::tls(stranger.server(&stranger.leaf(&["localhost"]), &[])).await;
    let rig = Rig::trusting(&authority.pem);
    let error = rig.dial("localhost", echo.address.port(), SMTP, Timeouts::default()).await.err().unwrap();
    assert_eq!((error.kind, error.blame), (TrafficErrorKind::Tls, Blame::Target), "{error:?}");
    assert!(error.message.contains("add its CA to network.tls.ca"), "{}", error.message);
    assert_eq!(rig.records()[0].remote_address, Some(echo.address.to_string()), "it came that far");
}

#[tokio::test]
async fn a_peer_that_ends_tls_after_the_handshake_is_explained() {
    let authority = Authority::new();
    let echo = Echo::tls(authority.config(&authority.leaf(&["localhost"]), &[], true)).await;
    let rig = Rig::trusting(&authority.pem);
    let dialled = rig.dial("localhost", echo.address.port(), SMTP, Timeouts::default()).await;
    let mut stream = dialled.unwrap();
    let fault = stream.tls_fault().unwrap();
    assert!(fault.explain("localhost").is_none());
    assert!(stream.read_u8().await.is_err(), "the server wants a client certificate");
    let error = fault.explain("localhost").unwrap();
    assert!(error.message.contains("asks for a client certificate"), "{}", error.message);
}

#[tokio::test]
async fn silence_during_the_handshake_is_a_timeout_of_tls() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let rig = Rig::trusting(&Authority::new().pem);
    let timeouts = Timeouts { tls: Some(Duration::from_millis(50)), ..Timeouts::default() };
    let error = rig.dial("localhost", port, SMTP, timeouts).await.err().unwrap();
    assert_eq!((error.kind, error.phase), (TrafficErrorKind::Timeout, Some(Phase::Tls)), "{error:?}");
    assert_eq!(error.message, format!("no TLS handshake with localhost:{port} within 50ms"));
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_where_it_is_named_and_only_there() {
    let leaf = Authority::self_signed(&["localhost"]);
    let echo = Echo::tls(Authority::new().server(&leaf, &[])).await;
    let port = echo.address.port();
    let rig = Rig::trusting(&leaf.pem);
    rig.dial("localhost", port, SMTP, Timeouts::default()).await.unwrap();
    assert_eq!(rig.records()[0].certificate_expires_ms, Some(2_211_840_000_000), "2040-02-03");
    let rig = Rig::trusting(&leaf.pem);
    let error = rig.dial("127.0.0.1", port, SMTP, Timeouts::default()).await.err().unwrap();
    assert_eq!(error.message, "the certificate is for localhost, not for 127.0.0.1");
    let rig = Rig::trusting(&Authority::new().pem);
    let error = rig.dial("localhost", port, SMTP, Timeouts::default()).await.err().unwrap();
    assert_eq!(
        error.message,
        "the certificate of localhost is self-signed and not trusted: add this very certificate to network.tls.ca"
    );
}

#[tokio::test]
async fn the_nearest_expiry_of_the_chain_counts() {
    let root = Authority::new();
    for (intermediate, leaf, expected) in [(2039, 2040, 2_180_304_000_000), (2040, 2039, 2_180_304_000_000)] {
        let between = root.intermediate_until(intermediate);
        let echo = Echo::tls(between.server(&between.leaf_until(&["localhost"], leaf), &[])).await;
        let rig = Rig::trusting(&root.pem);
        rig.dial("localhost", echo.address.port(), SMTP, Timeouts::default()).await.unwrap();
        assert_eq!(rig.records()[0].certificate_expires_ms, Some(expected), "2039-02-03");
    }
    let expired = root.intermediate_until(2024);
    let echo = Echo::tls(expired.server(&expired.leaf(&["localhost"]), &[])).await;
    let rig = Rig::trusting(&root.pem);
    let dialled = rig.dial("localhost", echo.address.port(), SMTP, Timeouts::default()).await;
    assert_eq!(
        dialled.err().unwrap().message,
        "an intermediate certificate of localhost, between its own and the authority's, expired on 2024-02-03: have \
         the host send the renewed one"
    );
}

#[tokio::test]
async fn http_without_tls_is_recognised() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut hello = [0; 64];
        tcp.read_exact(&mut hello).await.unwrap();
        let words = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut tcp, words).await.unwrap();
        tcp
    });
    let rig = Rig::trusting(&Authority::new().pem);
    let error = rig.dial("localhost", port, SMTP, Timeouts::default()).await.err().unwrap();
    assert_eq!(
        error.message,
        "localhost does not speak TLS on this port, but plain HTTP: use `http://`, or the port of its TLS"
    );
    talk.await.unwrap();
}
