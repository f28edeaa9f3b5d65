//! The target: five fixed answers, over HTTP and HTTPS, in a process of its own.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio_rustls::TlsAcceptor;

/// Where runs meet: so many wait for each other before anybody gets an answer to the first request.
type Meetings = Arc<Mutex<HashMap<usize, Arc<Barrier>>>>;

/// The path without `/held/N`, and where that is asked to wait.
fn meeting<'a>(path: &'a str, meetings: &Meetings) -> (&'a str, Option<Arc<Barrier>>) {
    let Some((runs, rest)) = path.strip_prefix("/held/").and_then(|rest| rest.split_once('/')) else {
        return (path, None);
    };
    let path = path.get(path.len() - rest.len() - 1..).unwrap_or_default();
    let Ok(runs) = runs.parse() else { return (path, None) };
    let mut meetings = meetings.lock().unwrap_or_else(PoisonError::into_inner);
    let barrier = meetings.entry(runs).or_insert_with(|| Arc::new(Barrier::new(runs)));
    (path, (rest == "page").then(|| Arc::clone(barrier)))
}

async fn answer(request: Request<Incoming>, meetings: Meetings) -> Result<Response<Full<Bytes>>, Infallible> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    // The body is read, as a shop would.
    let _ = request.into_body().collect().await;
    let (path, barrier) = meeting(&path, &meetings);
    if let Some(barrier) = barrier {
        barrier.wait().await;
    }
    let (status, body) = match (&method, path) {
        (&Method::GET, "/page") => (200, r#"{"ok":true}"#),
        (&Method::POST, "/session") => (200, r#"{"token":"t"}"#),
        (&Method::POST, "/items") => (201, r#"{"id":7}"#),
        (&Method::GET, "/items/7") => (200, r#"{"id":7}"#),
        (&Method::DELETE, "/items/7") => (200, r#"{"deleted":true}"#),
        _ => (404, "{}"),
    };
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    Ok(response)
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, meetings: Meetings) {
    let service = service_fn(move |request| answer(request, Arc::clone(&meetings)));
    // A client that goes away is the end of the conversation, not an error.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Serves until killed. Prints both addresses and the certificate, then an empty line.
pub(crate) async fn serve() -> anyhow::Result<()> {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (plain, secure) = (TcpListener::bind("127.0.0.1:0").await?, TcpListener::bind("127.0.0.1:0").await?);
    println!("{}\n{}\n{}", plain.local_addr()?, secure.local_addr()?, made.cert.pem());
    let meetings = Meetings::default();
    loop {
        tokio::select! {
            Ok((stream, _)) = plain.accept() => {
                stream.set_nodelay(true)?;
                tokio::spawn(converse(stream, Arc::clone(&meetings)));
            }
            Ok((stream, _)) = secure.accept() => {
                stream.set_nodelay(true)?;
                let (acceptor, meetings) = (acceptor.clone(), Arc::clone(&meetings));
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        converse(stream, meetings).await;
                    }
                });
            }
        }
    }
}
