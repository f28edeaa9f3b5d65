//! Requests by name.

use std::time::Duration;

use wayfarer_model::traffic::{Blame, TrafficErrorKind};

use super::rig::{Setup, get, text};
use super::servers::{Server, hello};
use crate::http::HttpRequest;
use crate::net::Timeouts;
use crate::net::tests::name_server::{NameServer, Word, book};

fn setup(names: &NameServer) -> Setup {
    let mut setup = Setup::new().allow(&["127.0.0.0/8", "*:*"]);
    setup.settings.resolver = Some(names.address);
    setup
}

#[tokio::test]
async fn a_name_is_looked_up_once_in_an_attempt() {
    let (names, server) = (NameServer::start(book).await, Server::plain(hello).await);
    let rig = setup(&names).start();
    let url = format!("http://A.example:{}/", server.address.port());
    assert_eq!(text(&rig.get(&url).await.unwrap()), "hello");
    drop(names);
    assert_eq!(text(&rig.get(&url).await.unwrap()), "hello");
    let seen = server.seen.lock()[0].clone();
    assert_eq!(seen.header("host"), format!("a.example:{}", server.address.port()));
    let records = rig.records();
    assert!(records[0].phases.dns_us.0 > 0 && records[1].phases.dns_us.0 == 0);
}

#[tokio::test]
async fn a_name_without_an_address_is_the_targets_fault() {
    let names = NameServer::start(book).await;
    for (host, words) in [
        ("missing.example", "host `missing.example` does not exist"),
        ("empty.example", "host `empty.example` exists but has no address"),
        (
            "failing.example",
            "host `failing.example` could not be resolved: the name server says Server Failure",
        ),
    ] {
        let (kind, blame, message) = setup(&names).start().fails(get(&format!("http://{host}/"))).await;
        assert_eq!((kind, blame), (TrafficErrorKind::Dns, Blame::Target), "{message}");
        assert_eq!(message, words);
    }
}

#[tokio::test]
async fn a_name_server_that_is_silent_about_one_name_works_otherwise() {
    let names = NameServer::start(book).await;
    let timeouts = Timeouts { dns: Some(Duration::from_millis(50)), ..Timeouts::default() };
    let request = HttpRequest { timeouts, ..get("http://slow.example/") };
    let (kind, blame, message) = setup(&names).start().fails(request).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Timeout, Blame::Target), "{message}");
}

#[tokio::test]
async fn a_name_server_that_works_for_nobody_is_the_runners_fault() {
    let timeouts = Timeouts { dns: Some(Duration::from_millis(100)), ..Timeouts::default() };
    let silent = NameServer::start(|_| Word::Silence).await;
    let failing = NameServer::start(|_| Word::Failure).await;
    for names in [&silent, &failing] {
        let request = HttpRequest { timeouts, ..get("http://a.example/") };
        let (kind, blame, message) = setup(names).start().fails(request).await;
        assert_eq!((kind, blame), (TrafficErrorKind::Dns, Blame::Runner), "{message}");
    }
    // A port that was free a moment ago.
    let gone = NameServer::start(book).await;
    let rig = setup(&gone).start();
    drop(gone);
    let (kind, blame, message) = rig.fails(HttpRequest { timeouts, ..get("http://a.example/") }).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Dns, Blame::Runner), "{message}");
    assert!(message.contains("the runner has no working name server"), "{message}");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_denied() {
    let names = NameServer::start(book).await;
    let mut setup = setup(&names).allow(&["inside.example"]);
    setup.settings.resolver = Some(names.address);
    let rig = setup.start();
    let (kind, blame, message) = rig.fails(get("http://inside.example/")).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Denied, Blame::Journey));
    assert!(message.contains("add \"10.0.0.1\" to network.allow"), "{message}");
    let record = &rig.records()[0];
    assert_eq!(
        (record.remote_address.as_ref(), record.error.as_ref().unwrap().kind),
        (None, TrafficErrorKind::Denied)
    );
}
