//! What is particular about some hosts: their addresses, families, names, and certificates that nobody checks.

use std::net::{IpAddr, Ipv4Addr};

use wayfarer_model::traffic::{Blame, TrafficErrorKind};

use super::authority::Authority;
use super::name_server::{NameServer, book};
use super::rig::{Echo, Rig, exchange};
use crate::net::{Families, HostOptions, NetworkSettings, RootStore, Security, Timeouts};

const PLAINTEXT: Security<'_> = Security::Plaintext;
const TLS: Security<'_> = Security::Tls { alpn: &[] };

fn rig(options: HostOptions, settings: NetworkSettings) -> Rig {
    let hosts = vec![HostOptions { hosts: vec!["*:*".parse().unwrap()], ..options }];
    Rig::new(&["127.0.0.0/8", "*:*"], NetworkSettings { hosts, ..settings })
}

#[tokio::test]
async fn one_family_alone_is_asked_for_and_dialled() {
    let (names, echo) = (NameServer::start(book).await, Echo::plaintext().await);
    let port = echo.address.port();
    let settings = || NetworkSettings { resolver: Some(names.address), ..NetworkSettings::default() };
    let only = |families| rig(HostOptions { families, ..HostOptions::default() }, settings());
    let ipv4 = only(Families::Ipv4);
    ipv4.dial("one-family.example", port, PLAINTEXT, Timeouts::default()).await.unwrap();
    assert!(ipv4.records()[0].phases.dns_us.0 < 50_000, "nothing else was waited for");
    for host in ["a.example", "127.0.0.1"] {
        let dialled = only(Families::Ipv6).dial(host, port, PLAINTEXT, Timeouts::default()).await;
        let error = dialled.err().unwrap();
        assert_eq!((error.kind, error.blame), (TrafficErrorKind::Dns, Blame::Target), "{error:?}");
        assert!(error.message.contains("has no IPv6 address"), "{}", error.message);
    }
}

#[tokio::test]
async fn a_hosts_own_addresses_are_dialled_and_checked_as_any_other() {
    let names = NameServer::start(|name| panic!("{name} was looked up")).await;
    let echo = Echo::plaintext().await;
    let settings = || NetworkSettings { resolver: Some(names.address), ..NetworkSettings::default() };
    let at = |address: [u8; 4]| {
        let addresses = vec![IpAddr::V4(Ipv4Addr::from(address))];
        rig(HostOptions { addresses, ..HostOptions::default() }, settings())
    };
    let (rig, port) = (at([127, 0, 0, 1]), echo.address.port());
    let mut stream = rig.dial("new.example", port, PLAINTEXT, Timeouts::default()).await.unwrap();
    assert_eq!(exchange(&mut stream, "EHLO").await, "EHLO");
    let dialled = at([10, 0, 0, 1]).dial("new.example", 25, PLAINTEXT, Timeouts::default()).await;
    assert_eq!(dialled.err().unwrap().kind, TrafficErrorKind::Denied);
}

#[tokio::test]
async fn tls_may_ask_for_another_name() {
    let authority = Authority::new();
    let echo = Echo::tls(authority.server(&authority.leaf(&["shop.example"]), &[])).await;
    let roots = RootStore::Only(vec![authority.pem.clone().into_bytes()]);
    let server_name = Some("shop.example".to_owned());
    let settings = NetworkSettings { roots, ..NetworkSettings::default() };
    let rig = rig(HostOptions { server_name, ..HostOptions::default() }, settings);
    rig.dial("127.0.0.1", echo.address.port(), TLS, Timeouts::default()).await.unwrap();
}

#[tokio::test]
async fn an_insecure_host_is_accepted_and_the_log_says_what_is_wrong_with_it() {
    let (authority, stranger) = (Authority::new(), Authority::named("somebody else"));
    let roots = || RootStore::Only(vec![authority.pem.clone().into_bytes()]);
    let insecure = || HostOptions { insecure: true, ..HostOptions::default() };
    let echo = Echo::tls(stranger.server(&stranger.leaf(&["localhost"]), &[])).await;
    let port = echo.address.port();
    let rig_of = || rig(insecure(), NetworkSettings { roots: roots(), ..NetworkSettings::default() });
    let unchecked = rig_of();
    let mut stream = unchecked.dial("127.0.0.1", port, TLS, Timeouts::default()).await.unwrap();
    assert_eq!(exchange(&mut stream, "EHLO").await, "EHLO");
    let recording = unchecked.tape.finish().recording;
    assert_eq!(recording.traffic[0].certificate_expires_ms, Some(2_211_840_000_000), "the leaf's");
    let [line] = &recording.logs[..] else { panic!("one line: {:?}", recording.logs) };
    assert_eq!(line.level, "warn");
    let start =
        format!("the certificate of 127.0.0.1:{port} was not checked, because the configuration says");
    assert!(line.message.starts_with(&start), "{}", line.message);
    assert!(line.message.contains("authority that is not trusted"), "{}", line.message);

    let good = Echo::tls(authority.server(&authority.leaf(&["127.0.0.1"]), &[])).await;
    let checked = rig_of();
    checked.dial("127.0.0.1", good.address.port(), TLS, Timeouts::default()).await.unwrap();
    assert!(checked.tape.finish().recording.logs.is_empty(), "nothing is wrong with this one");
}
