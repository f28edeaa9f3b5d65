//! What goes wrong on the wire, and whose fault it is.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use wayfarer_model::traffic::{Blame, Phase, TrafficErrorKind};

use super::rig::{Setup, get, http};
use super::servers::{Server, read_head, says, says_and_closes};
use crate::http::{AtLimit, HttpRequest};
use crate::net::Timeouts;

const SHORT: Option<Duration> = Some(Duration::from_millis(50));

fn within(url: &str, timeouts: Timeouts) -> HttpRequest {
    HttpRequest { timeouts, ..get(url) }
}

#[tokio::test]
async fn silence_is_a_timeout_of_the_phase_it_is_in() {
    let nothing = says("").await;
    let half = says("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    let timeouts = |change: fn(&mut Timeouts)| {
        let mut timeouts = Timeouts::default();
        change(&mut timeouts);
        timeouts
    };
    for (server, timeouts, phase, status) in [
        (&nothing, timeouts(|t| t.wait = SHORT), Phase::Wait, None),
        (&half, timeouts(|t| t.receive = SHORT), Phase::Receive, Some(200)),
        (&nothing, timeouts(|t| t.total = SHORT), Phase::Total, None),
        (&half, timeouts(|t| t.total = SHORT), Phase::Total, Some(200)),
    ] {
        let rig = Setup::new().start();
        let error = rig.send(within(&server.url("/"), timeouts)).await.unwrap_err();
        assert_eq!(
            (error.kind, error.phase, error.blame),
            (TrafficErrorKind::Timeout, Some(phase), Blame::Target)
        );
        assert!(error.message.ends_with(" within 50ms"), "{}", error.message);
        let record = &rig.records()[0];
        assert_eq!((http(record).status, record.error.as_ref()), (status, Some(&error)));
        assert!(record.phases.total_us.0 >= 50_000);
        let measured = if status.is_some() { record.phases.receive_us } else { record.phases.wait_us };
        assert!(measured.0 > 40_000, "{phase:?} is measured though it failed: {measured}");
    }
}

#[tokio::test]
async fn no_wait_outlasts_the_attempt() {
    let server = says("").await;
    let rig = Setup::new().limit(|limits| limits.wall = Duration::from_millis(50)).start();
    let error = rig.send(get(&server.url("/"))).await.unwrap_err();
    assert_eq!((error.kind, error.phase), (TrafficErrorKind::Timeout, Some(Phase::Wait)));
}

#[tokio::test]
async fn an_attempt_that_is_cut_off_leaves_a_pending_request() {
    let server = says("").await;
    let rig = Setup::new().start();
    let mut sending = Box::pin(rig.session.send(get(&server.url("/"))));
    assert!(tokio::time::timeout(Duration::from_millis(50), &mut sending).await.is_err());
    rig.tape.end_call();
    drop(sending);
    let record = &rig.records()[0];
    assert!(record.is_pending() && record.remote_address.is_some(), "it shows how far it came");
}

#[tokio::test]
async fn a_request_that_the_guest_lets_go_of_is_recorded_at_that_instant() {
    let nothing = says("").await;
    let half = says("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    for (server, doing) in [(nothing, "waiting for the response"), (half, "receiving the response")] {
        let rig = Setup::new().start();
        let mut sending = Box::pin(rig.session.send(get(&server.url("/"))));
        assert!(tokio::time::timeout(Duration::from_millis(50), &mut sending).await.is_err());
        drop(sending);
        let record = &rig.records()[0];
        let error = record.error.as_ref().unwrap();
        assert_eq!((error.kind, error.blame), (TrafficErrorKind::Cancelled, Blame::Target), "{error:?}");
        assert!(error.message.starts_with("the journey let go of the request after"), "{}", error.message);
        assert!(error.message.ends_with(doing), "{}", error.message);
        assert!(record.is_sign_of_target() && record.phases.total_us.0 >= 50_000, "{record:?}");
        assert!((record.phases.wait_us.max(record.phases.receive_us)).0 > 40_000, "{record:?}");
    }
}

#[tokio::test]
async fn a_limit_between_bytes_is_none_on_the_whole_body() {
    let drops = Server::scripted(|_, mut tcp| async move {
        read_head(&mut tcp).await;
        tcp.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n").await.unwrap();
        for _ in 0..6 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            tcp.write_all(b"x").await.unwrap();
        }
        std::future::pending::<()>().await;
    })
    .await;
    let between = |limit| Timeouts { between: Some(Duration::from_millis(limit)), ..Timeouts::default() };
    let response = Setup::new().start().send(within(&drops.url("/"), between(450))).await.unwrap();
    assert_eq!(&response.body[..], b"xxxxxx");
    let half = says("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    let error = Setup::new().start().send(within(&half.url("/"), between(50))).await.unwrap_err();
    assert_eq!((error.kind, error.phase), (TrafficErrorKind::Timeout, Some(Phase::Receive)));
    assert_eq!(error.message, "nothing came from 127.0.0.1 for 50ms in the middle of its response");
}

#[tokio::test]
async fn a_body_that_may_not_be_cut_is_too_large() {
    let long = says("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789").await;
    let rig = Setup::new().limit(|limits| limits.response_body = 4).start();
    let request = HttpRequest { at_limit: AtLimit::Refuse, ..get(&long.url("/")) };
    let (kind, blame, message) = rig.fails(request).await;
    assert_eq!((kind, blame), (TrafficErrorKind::TooLarge, Blame::Target), "{message}");
    assert!(message.contains("is larger than the limit of 4 B: raise `limits.response_body`"), "{message}");
    assert_eq!(rig.records()[0].error.as_ref().unwrap().kind, TrafficErrorKind::TooLarge);
}

#[tokio::test]
async fn nobody_there_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (kind, blame, message) = Setup::new().start().fails(get(&format!("http://{address}/"))).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Connect, Blame::Target));
    assert_eq!(message, format!("connection refused: {address}"));
}

#[tokio::test]
async fn a_place_that_cannot_be_reached_from_here_is_the_runners_fault() {
    // The network's own broadcast address: the system refuses to dial it.
    let rig = Setup::new().allow(&["255.255.255.255:*"]).start();
    let (kind, blame, message) = rig.fails(get("http://255.255.255.255:9/")).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Connect, Blame::Runner), "{message}");
}

#[tokio::test]
async fn an_answer_that_stops_in_the_middle_says_where() {
    let short = says_and_closes("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    let (kind, blame, message) = Setup::new().start().fails(get(&short.url("/"))).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Protocol, Blame::Target));
    assert_eq!(message, "127.0.0.1 closed the connection after 4 of 10 bytes of the body");

    let chunked = says_and_closes("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n").await;
    let (kind, _, message) = Setup::new().start().fails(get(&chunked.url("/"))).await;
    assert_eq!(kind, TrafficErrorKind::Protocol);
    assert!(message.contains("after 4 bytes of the body, before its end"), "{message}");

    let silent = says_and_closes("").await;
    let (kind, _, message) = Setup::new().start().fails(get(&silent.url("/"))).await;
    assert_eq!(
        (kind, message.as_str()),
        (TrafficErrorKind::Protocol, "127.0.0.1 closed the connection before it answered")
    );

    let reset = Server::scripted(|_, mut tcp| async move {
        read_head(&mut tcp).await;
        tcp.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n").await.unwrap();
        tcp.set_zero_linger().unwrap();
    })
    .await;
    let (kind, _, message) = Setup::new().start().fails(get(&reset.url("/"))).await;
    assert_eq!(kind, TrafficErrorKind::Protocol);
    assert!(message.starts_with("connection reset by 127.0.0.1"), "{message}");
}

#[tokio::test]
async fn what_is_no_http_is_said() {
    let other = says_and_closes("SSH-2.0-OpenSSH_9.6\r\n").await;
    let (kind, blame, message) = Setup::new().start().fails(get(&other.url("/"))).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Protocol, Blame::Target));
    assert!(message.contains("does not speak HTTP as it should"), "{message}");
    assert!(message.contains("its first line is `SSH-2.0-OpenSSH_9.6`"), "{message}");
}

#[tokio::test]
async fn a_head_has_its_limits() {
    let wordy = Server::scripted(|_, mut tcp| async move {
        read_head(&mut tcp).await;
        let long = format!("HTTP/1.1 200 OK\r\nx-long: {}\r\n\r\n", "x".repeat(70_000));
        let _ = tcp.write_all(long.as_bytes()).await;
        std::future::pending::<()>().await;
    })
    .await;
    let many = Server::scripted(|_, mut tcp| async move {
        read_head(&mut tcp).await;
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(1_001));
        let _ = tcp.write_all(many.as_bytes()).await;
        std::future::pending::<()>().await;
    })
    .await;
    for server in [wordy, many] {
        let (kind, blame, message) = Setup::new().start().fails(get(&server.url("/"))).await;
        assert_eq!((kind, blame), (TrafficErrorKind::TooLarge, Blame::Target), "{message}");
    }
}
