//! Which connection serves what, and that none outlives its session.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Barrier;
use wayfarer_model::traffic::{Blame, TrafficErrorKind};

use super::rig::{Setup, get, post, text};
use super::servers::{Server, hello, read_head};
use crate::http::{HttpRequest, SendError};
use crate::net::Timeouts;
use crate::net::tests::authority::Authority;
use crate::tape::Stop;

#[tokio::test]
async fn a_connection_is_kept_inside_a_session_and_only_there() {
    let server = Server::plain(hello).await;
    let rig = Setup::new().start();
    for _ in 0..3 {
        assert_eq!(text(&rig.get(&server.url("/")).await.unwrap()), "hello");
    }
    let records = rig.records();
    assert_eq!(records.iter().map(|record| record.reused).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!((server.accepted(), records[1].phases.connect_us.0), (1, 0));
    drop(rig);
    server.ended.notified().await;
    Setup::new().start().get(&server.url("/")).await.unwrap();
    assert_eq!(server.accepted(), 2, "always cold");
}

#[tokio::test]
async fn http2_is_negotiated_and_shared() {
    let authority = Authority::new();
    let config = authority.server(&authority.leaf(&["localhost"]), &[b"h2", b"http/1.1"]);
    let server = Server::tls(config, hello).await;
    let rig = Setup::new().trust(&authority.pem).start();
    let requests = (0..5).map(|_| get(&server.https("localhost", "/"))).collect();
    for answer in rig.send_all(requests).await.unwrap() {
        let answer = answer.unwrap();
        assert_eq!(
            (answer.protocol, answer.tls_version, text(&answer)),
            ("HTTP/2", Some("TLSv1.3"), "hello")
        );
    }
    assert_eq!(server.accepted(), 1, "the others waited for the first handshake");
    assert_eq!(rig.send(post(&server.https("localhost", "/"), "text/plain", "x")).await.unwrap().status, 200);
    let seen = server.seen.lock().last().unwrap().clone();
    assert_eq!((seen.header("host"), seen.header("content-length")), ("", "1"));
    let records = rig.records();
    assert_eq!(records.iter().filter(|record| !record.reused).count(), 1);
    drop(rig);
    server.ended.notified().await;
}

#[tokio::test]
async fn without_http2_each_exchange_has_its_connection() {
    let authority = Authority::new();
    let together = Arc::new(Barrier::new(3));
    let config = authority.server(&authority.leaf(&["localhost"]), &[b"http/1.1"]);
    let server = Server::tls(config, move |seen| {
        let together = Arc::clone(&together);
        async move {
            if seen.path != "/first" {
                together.wait().await;
            }
            Response::new(Bytes::from(seen.path))
        }
    })
    .await;
    let rig = Setup::new().trust(&authority.pem).start();
    rig.get(&server.https("localhost", "/first")).await.unwrap();
    let requests = (0..3).map(|n| get(&server.https("localhost", &format!("/{n}")))).collect();
    let answers = rig.send_all(requests).await.unwrap();
    let paths: Vec<_> = answers.iter().map(|answer| text(answer.as_ref().unwrap()).to_owned()).collect();
    assert_eq!(paths, ["/0", "/1", "/2"]);
    assert_eq!(server.accepted(), 3);
}

#[tokio::test]
async fn a_first_handshake_that_fails_does_not_line_the_others_up() {
    let both = Arc::new(Barrier::new(2));
    let server = Server::scripted(move |nth, tcp| {
        let both = Arc::clone(&both);
        async move {
            if nth == 0 {
                std::future::pending::<()>().await;
            }
            both.wait().await;
            drop(tcp);
        }
    })
    .await;
    let rig = Setup::new().trust(&Authority::new().pem).start();
    let timeouts = Timeouts { tls: Some(Duration::from_millis(500)), ..Timeouts::default() };
    let requests = (0..3).map(|_| HttpRequest { timeouts, ..get(&server.https("localhost", "/")) }).collect();
    let answers = rig.send_all(requests).await.unwrap();
    let kinds: Vec<_> = answers.into_iter().map(|answer| answer.unwrap_err().kind).collect();
    assert_eq!(kinds, [TrafficErrorKind::Timeout, TrafficErrorKind::Tls, TrafficErrorKind::Tls]);
}

#[tokio::test]
async fn several_go_at_once_up_to_the_limit_and_come_back_in_order() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (pairs, peak) = (Arc::new(Barrier::new(2)), Arc::clone(&most));
    let server = Server::plain(move |seen| {
        let (now, most, pairs) = (Arc::clone(&now), Arc::clone(&most), Arc::clone(&pairs));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Nobody gets on alone, so two are proven to be under way together.
            pairs.wait().await;
            now.fetch_sub(1, Ordering::SeqCst);
            Response::new(Bytes::from(seen.path))
        }
    })
    .await;
    let rig = Setup::new().limit(|limits| limits.concurrent_requests = 2).start();
    let requests = (0..10).map(|n| get(&server.url(&format!("/{n}")))).collect();
    let answers = rig.send_all(requests).await.unwrap();
    let paths: Vec<_> = answers.iter().map(|answer| text(answer.as_ref().unwrap()).to_owned()).collect();
    assert_eq!(paths, (0..10).map(|n| format!("/{n}")).collect::<Vec<_>>());
    assert_eq!(peak.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn one_that_fails_does_not_disturb_the_others() {
    let server = Server::plain(hello).await;
    let rig = Setup::new().start();
    let requests = vec![get(&server.url("/")), get("http://b.example/"), get(&server.url("/"))];
    let answers = rig.send_all(requests).await.unwrap();
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert_eq!(answers[1].as_ref().unwrap_err().kind, TrafficErrorKind::Denied);
}

/// Answers once, reads a second request and hangs up; later connections are honest.
async fn forgetful() -> Server {
    Server::scripted(|nth, mut tcp| async move {
        loop {
            if read_head(&mut tcp).await.is_empty() {
                return;
            }
            tcp.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            if nth == 0 {
                // Into the second request.
                let _ = tcp.read(&mut [0; 3]).await;
                return;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_stale_connection_is_replaced_where_that_is_safe() {
    let server = forgetful().await;
    let rig = Setup::new().start();
    rig.get(&server.url("/")).await.unwrap();
    assert_eq!(text(&rig.get(&server.url("/")).await.unwrap()), "ok");
    assert_eq!(server.accepted(), 2);
    let records = rig.records();
    assert_eq!((records.len(), records[1].reused, records[1].error.clone()), (2, false, None));
}

#[tokio::test]
async fn what_may_have_been_acted_upon_is_not_sent_twice() {
    let server = forgetful().await;
    let rig = Setup::new().start();
    rig.get(&server.url("/")).await.unwrap();
    let (kind, blame, message) = rig.fails(post(&server.url("/"), "text/plain", "x")).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Protocol, Blame::Target), "{message}");
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_connection_that_was_closed_in_between_is_noticed() {
    let server = Server::scripted(|_, mut tcp| async move {
        read_head(&mut tcp).await;
        tcp.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
    })
    .await;
    let rig = Setup::new().start();
    for _ in 0..5 {
        let response = rig.send(HttpRequest::new("POST", server.url("/"))).await;
        // Either seen at once, or nothing of the request could be sent: both are no fault of anybody's.
        if let Err(error) = response {
            assert_eq!(error.kind, TrafficErrorKind::Protocol, "{}", error.message);
        }
        server.ended.notified().await;
    }
}

#[tokio::test]
async fn requests_and_traffic_are_limited() {
    let server = Server::plain(|_| async { Response::new(Bytes::from(vec![b'x'; 100_000])) }).await;
    let rig = Setup::new().limit(|limits| limits.requests = 2).start();
    rig.get(&server.url("/")).await.unwrap();
    let requests = vec![get(&server.url("/")), get(&server.url("/"))];
    let stop = rig.send_all(requests).await.unwrap_err();
    assert!(matches!(&stop, Stop::Exhausted(_, why) if why.contains("more than 2 requests")), "{stop}");

    let rig = Setup::new().limit(|limits| limits.traffic = 50_000).start();
    let Err(SendError::Stop(stop)) = rig.session.send(get(&server.url("/"))).await else { panic!("no stop") };
    assert!(stop.to_string().contains("raise `limits.traffic`"), "{stop}");
    let record = &rig.records()[0];
    assert_eq!(record.error.as_ref().unwrap().kind, TrafficErrorKind::Cancelled);
}
