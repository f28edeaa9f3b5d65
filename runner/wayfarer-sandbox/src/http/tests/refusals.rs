//! Requests that a server over HTTP/2 says it has not acted on (RFC 9113, 8.7).

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use wayfarer_model::traffic::{Blame, TrafficErrorKind};

use super::rig::{Setup, post, text};
use super::servers::Server;
use crate::net::tests::authority::Authority;

const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

/// How a request is refused, given the number of its stream.
type Refusal = fn(u8) -> Vec<u8>;

/// `RST_STREAM` with `REFUSED_STREAM`.
fn refused(stream: u8) -> Vec<u8> {
    vec![0, 0, 4, 3, 0, 0, 0, 0, stream, 0, 0, 0, 7]
}

/// `GOAWAY` that serves no stream, with `NO_ERROR`.
fn gone(_: u8) -> Vec<u8> {
    vec![0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// The number of the stream of the first request.
async fn request(tls: &mut (impl AsyncRead + Unpin)) -> u8 {
    tls.read_exact(&mut [0; 24]).await.unwrap();
    loop {
        let mut head = [0; 9];
        tls.read_exact(&mut head).await.unwrap();
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        tls.read_exact(&mut vec![0; length]).await.unwrap();
        if head[3] == 1 {
            return head[8];
        }
    }
}

/// Refuses the requests of the first connections and answers those of later ones.
async fn server(authority: &Authority, refusals: usize, refusal: Refusal) -> Server {
    let acceptor = TlsAcceptor::from(Arc::new(authority.server(&authority.leaf(&["localhost"]), &[b"h2"])));
    Server::scripted(move |nth, tcp| {
        let acceptor = acceptor.clone();
        async move {
            let mut tls = acceptor.accept(tcp).await.unwrap();
            if nth >= refusals {
                let hello = service_fn(|_: http::Request<Incoming>| async {
                    Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from_static(b"hello"))))
                });
                let _ =
                    auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(tls), hello).await;
                return;
            }
            tls.write_all(SETTINGS).await.unwrap();
            let stream = request(&mut tls).await;
            tls.write_all(&refusal(stream)).await.unwrap();
            tls.flush().await.unwrap();
            std::future::pending::<()>().await;
        }
    })
    .await
}

#[tokio::test]
async fn a_request_of_any_method_is_sent_again_and_the_log_says_so() {
    let authority = Authority::new();
    for (refusal, word) in [(refused as Refusal, "REFUSED_STREAM"), (gone as Refusal, "GOAWAY")] {
        let server = server(&authority, 2, refusal).await;
        let rig = Setup::new().trust(&authority.pem).start();
        let response = rig.send(post(&server.https("localhost", "/"), "text/plain", "x")).await.unwrap();
        assert_eq!((text(&response), response.protocol, server.accepted()), ("hello", "HTTP/2", 3));
        let recording = rig.tape.finish().recording;
        assert_eq!((recording.traffic.len(), recording.traffic[0].error.as_ref()), (1, None));
        let [line] = &recording.logs[..] else { panic!("one line: {:?}", recording.logs) };
        let start = format!("POST localhost:{} was sent again: the server refused it", server.address.port());
        assert!(line.message.starts_with(&start) && line.message.contains(word), "{}", line.message);
    }
}

#[tokio::test]
async fn who_always_refuses_is_asked_four_times() {
    let authority = Authority::new();
    let server = server(&authority, usize::MAX, refused).await;
    let rig = Setup::new().trust(&authority.pem).start();
    let (kind, blame, message) = rig.fails(post(&server.https("localhost", "/"), "text/plain", "x")).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Protocol, Blame::Target), "{message}");
    assert_eq!(message, "localhost refused the request each time, before it acted on it: REFUSED_STREAM");
    assert_eq!(server.accepted(), 4);
}
