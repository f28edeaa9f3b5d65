//! The API on its listener, until the server stops.
//!
//! With a certificate it speaks TLS, and HTTP/2 to whoever offers it. One service answers all connections: a connection has a reference to the router and no copy of it. A peer that does not
//! send the head of a request, or does not read an answer, is hung up on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::response::Response;
use axum::{Extension, middleware};
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::audited::audited;
use super::connections::{Connection, ConnectionLimits, Connections};
use super::for_browsers::for_browsers;
use super::in_force::in_force;
use super::known_queries::{KnownQueries, refuse_unknown};
use super::registered::{Change, Pages, Routes};
use super::request_log::logged;
use super::routes::{no_method, nothing, routes};
use super::slow_body::bounded;
use super::state::{ApiSettings, Shared};
use crate::server::access::{self, Peer, page_headers};
use crate::server::tls::{Handshake, Tls, shake};
use crate::shutdown::Cancellation;

/// The largest head of a request, in bytes.
const LARGEST_HEAD: usize = 64 << 10;
/// How long a peer may leave an answer unread.
const UNREAD: Duration = Duration::from_secs(30);
/// How long the listener waits where the process has no descriptor left.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(50);
/// Requests of one HTTP/2 connection that are answered at the same time.
const STREAMS: u32 = 64;
/// For half a year. Subdomains are nobody's here. A proxy that speaks TLS in place of this server says such a thing for its own host.
const TLS_ALONE: &str = "max-age=15552000";
/// How long a connection that gives way may still write its last answer.
const GIVING_WAY: Duration = Duration::from_secs(1);

/// Every route over one state, and the document that describes them.
pub(super) fn router(settings: ApiSettings) -> (axum::Router, utoipa::openapi::OpenApi) {
    let shared: Shared = Arc::new(settings);
    let Routes { router, document, changes } = routes();
    let known = Arc::new(KnownQueries::of(&document));
    let router = router
        .fallback(nothing)
        .method_not_allowed_fallback(no_method)
        .layer(Extension(Arc::new(document.clone())))
        .layer(middleware::from_fn_with_state(known, refuse_unknown))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), in_force))
        .layer(middleware::from_fn_with_state((Arc::clone(&shared), changes), audited))
        .layer(middleware::from_fn(bounded))
        .layer(middleware::from_fn(logged))
        .with_state(shared);
    (router, document)
}

/// The pages and the doors to them, which stand beside the API and answer browsers.
fn beside(settings: &ApiSettings, pages: Pages) -> axum::Router {
    let shared: Shared = Arc::new(settings.clone());
    let Pages { router, changes, .. } = pages;
    let changes: Arc<[Change]> = changes.into();
    let pages = router
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), in_force))
        .layer(middleware::from_fn_with_state((Arc::clone(&shared), changes), audited))
        .with_state(shared);
    access::routes(settings.access.clone())
        .merge(pages)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::map_response(page_headers))
        .layer(middleware::from_fn(bounded))
        .layer(middleware::from_fn(logged))
}

/// Answers until `stop` is set, and then what is in flight.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    settings: ApiSettings,
    pages: Pages,
    limits: ConnectionLimits,
    stop: Cancellation,
) {
    let refusal = pages.refusal;
    let pages = beside(&settings, pages);
    let (router, _) = router(settings);
    let mut router = router.merge(pages);
    if let Some(refusal) = refusal {
        router = router.layer(middleware::from_fn_with_state(refusal, for_browsers));
    }
    if tls.is_some() {
        router = router.layer(middleware::map_response(over_tls_alone));
    }
    answer(listener, tls, router, limits, stop).await;
}

/// Has a browser that was here once speak TLS with this host from now on, so that nobody on the way can show it a sign-in page in clear.
async fn over_tls_alone(mut response: Response) -> Response {
    response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TLS_ALONE));
    response
}

/// Answers everybody who connects by that router.
pub(super) async fn answer(
    listener: TcpListener,
    tls: Option<Tls>,
    router: axum::Router,
    limits: ConnectionLimits,
    stop: Cancellation,
) {
    let (service, connections) = (TowerToHyperService::new(router), Connections::new(limits));
    let mut tasks = JoinSet::new();
    loop {
        while tasks.try_join_next().is_some() {}
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(connection) = connections.admit(peer.ip()) else { continue };
                let (service, connection, stop) = (service.clone(), Arc::new(connection), stop.clone());
                let conversation = Conversation { service, connection, head: limits.head, peer, stop };
                tasks.spawn(converse(stream, tls.clone(), conversation));
            }
            Err(error) if is_the_peers(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "the API could not take a connection");
                sleep(OUT_OF_DESCRIPTORS).await;
            }
        }
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}

/// Whether the peer was gone before it was accepted.
fn is_the_peers(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// What answers one connection.
struct Conversation {
    service: TowerToHyperService<axum::Router>,
    connection: Arc<Connection>,
    head: Duration,
    peer: SocketAddr,
    stop: Cancellation,
}

/// Answers the requests of one connection.
async fn converse(stream: TcpStream, tls: Option<Tls>, conversation: Conversation) {
    // Without them the connection still works; the kernel's own timeouts are longer.
    let _ = stream.set_nodelay(true);
    let _ = set_tcp_user_timeout(&stream, UNREAD.as_millis() as u32);
    let Some(tls) = tls else { return conversation.over(stream, false, false).await };
    let shaken = tokio::select! {
        shaken = shake(stream, &tls) => shaken,
        () = conversation.connection.gives_way() => return,
        _ = conversation.stop.cancelled() => return,
    };
    if let Handshake::Done { stream, is_http2 } = shaken {
        conversation.over(stream, true, is_http2).await;
    }
}

impl Conversation {
    async fn over<S>(self, stream: S, is_tls: bool, is_http2: bool)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { service, connection, head, peer, stop } = self;
        let own = Arc::clone(&connection);
        let counted = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(Peer { address: peer, is_tls });
            let (answering, answer) = (own.answering(), service.call(request));
            async move {
                let answer = answer.await;
                drop(answering);
                answer
            }
        });
        let http = builder(head, is_http2);
        let mut talk = std::pin::pin!(http.serve_connection(TokioIo::new(stream), counted));
        // How a connection ends is its peer's affair.
        let last = tokio::select! {
            _ended = talk.as_mut() => return,
            () = connection.gives_way() => GIVING_WAY,
            // HTTP/1 has a time limit for each head.
            () = connection.idle(head), if is_http2 => UNREAD,
            _ = stop.cancelled() => Duration::MAX,
        };
        talk.as_mut().graceful_shutdown();
        let _ = timeout(last, talk).await;
    }
}

fn builder(head: Duration, is_http2: bool) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    if is_http2 {
        let mut http = builder.http2();
        http.timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(LARGEST_HEAD as u32)
            .keep_alive_interval(head)
            .keep_alive_timeout(head);
        return builder.http2_only();
    }
    let mut http = builder.http1();
    http.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(LARGEST_HEAD);
    builder.http1_only()
}
