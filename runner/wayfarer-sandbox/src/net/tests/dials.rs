//! From a host and a port to a raw stream: the policy, names, addresses, and what each phase leaves on the tape.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use wayfarer_model::traffic::{Blame, Phase, TrafficErrorKind};
use wayfarer_model::units::Micros;

use super::name_server::{NameServer, book};
use super::rig::{Echo, Rig, exchange};
use crate::net::{NetworkSettings, Security, Timeouts};

const PLAINTEXT: Security<'_> = Security::Plaintext;

fn by_name(names: &NameServer, allowed: &[&str]) -> Rig {
    Rig::new(allowed, NetworkSettings { resolver: Some(names.address), ..NetworkSettings::default() })
}

#[tokio::test]
async fn bytes_travel_both_ways_and_the_stream_names_its_peer() {
    let (rig, echo) = (Rig::local(), Echo::plaintext().await);
    let port = echo.address.port();
    let mut stream = rig.dial("127.0.0.1", port, PLAINTEXT, Timeouts::default()).await.unwrap();
    assert_eq!(exchange(&mut stream, "EHLO runner").await, "EHLO runner");
    assert_eq!((&*stream.peer().address, stream.alpn()), (&*echo.address.to_string(), None));
    let record = &rig.records()[0];
    assert_eq!(record.remote_address, Some(echo.address.to_string()));
    assert!(record.phases.connect_us.0 > 0 && record.phases.dns_us == Micros(0), "{record:?}");
    assert_eq!((record.phases.tls_us, record.tls_version.as_deref()), (Micros(0), None));
    assert!(record.is_pending(), "only the protocol knows when its exchange is over");
}

#[tokio::test]
async fn a_host_that_is_not_allowed_is_not_even_looked_up() {
    let names = NameServer::start(|name| panic!("{name} was looked up")).await;
    let rig = by_name(&names, &["b.example"]);
    let error = rig.dial("a.example", 25, PLAINTEXT, Timeouts::default()).await.err().unwrap();
    assert_eq!((error.kind, error.blame), (TrafficErrorKind::Denied, Blame::Journey), "{error:?}");
    assert!(error.message.contains("network.allow"), "{}", error.message);
    assert_eq!(rig.records()[0].phases.dns_us, Micros(0));
}

#[tokio::test]
async fn an_allowed_name_that_leads_inside_is_denied_before_it_is_dialled() {
    let names = NameServer::start(book).await;
    let rig = by_name(&names, &["inside.example:*"]);
    let error = rig.dial("inside.example", 25, PLAINTEXT, Timeouts::default()).await.err().unwrap();
    assert_eq!((error.kind, error.blame), (TrafficErrorKind::Denied, Blame::Journey), "{error:?}");
    let record = &rig.records()[0];
    assert!(record.phases.dns_us.0 > 0, "{record:?}");
    assert_eq!((record.phases.connect_us, record.remote_address.as_ref()), (Micros(0), None));
}

#[tokio::test]
async fn a_name_is_looked_up_once_for_each_dialer() {
    let (names, echo) = (NameServer::start(book).await, Echo::plaintext().await);
    let rig = by_name(&names, &["127.0.0.0/8", "*:*"]);
    let port = echo.address.port();
    rig.dial("a.example", port, PLAINTEXT, Timeouts::default()).await.unwrap();
    drop(names);
    rig.dial("a.example", port, PLAINTEXT, Timeouts::default()).await.unwrap();
    let records = rig.records();
    assert!(records[0].phases.dns_us.0 > 0 && records[1].phases.dns_us == Micros(0), "{records:?}");
}

/// A listener on `[::1]`, and a socket that has the same port of `127.0.0.1` and refuses whoever dials it.
fn port_of_one_family() -> Option<(TcpListener, TcpSocket, u16)> {
    let (listening, silent) = (TcpSocket::new_v6().ok()?, TcpSocket::new_v4().ok()?);
    listening.bind((Ipv6Addr::LOCALHOST, 0).into()).ok()?;
    let port = listening.local_addr().ok()?.port();
    silent.bind((Ipv4Addr::LOCALHOST, port).into()).ok()?;
    Some((listening.listen(1).ok()?, silent, port))
}

#[tokio::test]
async fn a_second_address_is_dialled_if_the_first_refuses() {
    // `localhost` has two addresses, and nobody listens on the IPv4 one: another test's server may have its port, so this one
    // takes a port that it can hold on both.
    let Some((_listener, _silent, port)) = (0..100).find_map(|_| port_of_one_family()) else { return };
    let rig = Rig::new(&["127.0.0.0/8", "::1", "localhost:*"], NetworkSettings::default());
    let stream = rig.dial("localhost", port, PLAINTEXT, Timeouts::default()).await.unwrap();
    assert_eq!(&*stream.peer().address, &format!("[::1]:{port}"));
}

#[tokio::test]
async fn a_refused_dial_is_the_targets_fault() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let rig = Rig::local();
    let error = rig.dial("127.0.0.1", address.port(), PLAINTEXT, Timeouts::default()).await.err().unwrap();
    assert_eq!((error.kind, error.blame), (TrafficErrorKind::Connect, Blame::Target));
    assert_eq!(error.message, format!("connection refused: {address}"));
    let record = &rig.records()[0];
    assert_eq!((record.error.as_ref(), record.remote_address.as_ref()), (Some(&error), None));
}

#[tokio::test]
async fn the_shortest_limit_ends_a_dial_and_names_its_phase() {
    let names = NameServer::start(book).await;
    let rig = by_name(&names, &["127.0.0.0/8", "*:*"]);
    let short = Some(Duration::from_millis(50));
    for (timeouts, phase) in [
        (Timeouts { dns: short, ..Timeouts::default() }, Phase::Dns),
        (Timeouts { total: short, ..Timeouts::default() }, Phase::Total),
    ] {
        let error = rig.dial("slow.example", 25, PLAINTEXT, timeouts).await.err().unwrap();
        assert_eq!((error.kind, error.phase), (TrafficErrorKind::Timeout, Some(phase)), "{error:?}");
    }
    assert!(rig.records().iter().all(|record| record.phases.dns_us.0 >= 40_000));
}

#[tokio::test]
async fn silence_about_one_family_costs_next_to_nothing() {
    let (names, echo) = (NameServer::start(book).await, Echo::plaintext().await);
    let rig = by_name(&names, &["127.0.0.0/8", "*:*"]);
    let port = echo.address.port();
    rig.dial("one-family.example", port, PLAINTEXT, Timeouts::default()).await.unwrap();
    let took = rig.records()[0].phases.dns_us;
    assert!((50_000..1_000_000).contains(&took.0), "50 ms are for the other family: {took}");
}

#[tokio::test]
async fn a_name_may_have_underscores() {
    let (names, echo) = (NameServer::start(book).await, Echo::plaintext().await);
    let rig = by_name(&names, &["127.0.0.0/8", "*:*"]);
    rig.dial("my_app.example", echo.address.port(), PLAINTEXT, Timeouts::default()).await.unwrap();
}

#[tokio::test]
async fn one_family_that_has_no_address_does_not_hide_why_the_other_has_none() {
    let names = NameServer::start(book).await;
    let rig = by_name(&names, &["*:*"]);
    let dialled = rig.dial("half-failing.example", 25, PLAINTEXT, Timeouts::default()).await;
    let error = dialled.err().unwrap();
    assert_eq!((error.kind, error.blame), (TrafficErrorKind::Dns, Blame::Target), "{error:?}");
    assert!(error.message.contains("the name server says Server Failure"), "{}", error.message);
}

#[tokio::test]
async fn dials_at_the_same_time_share_one_lookup() {
    let names = NameServer::start(book).await;
    let rig = by_name(&names, &["127.0.0.0/8", "*:*"]);
    let dial = || rig.dial("rotating.example", 1, PLAINTEXT, Timeouts::default());
    let (one, other, third) = tokio::join!(dial(), dial(), dial());
    for error in [one, other, third].map(|dialled| dialled.err().unwrap()) {
        assert_eq!(error.message, "connection refused: 127.0.1.1:1");
    }
    assert_eq!(names.asked.load(std::sync::atomic::Ordering::SeqCst), 1);
}
