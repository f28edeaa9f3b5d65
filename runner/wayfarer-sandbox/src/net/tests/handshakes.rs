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
