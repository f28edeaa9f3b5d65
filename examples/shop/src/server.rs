//! The accept loop. It replaces Axum's own server, because that hides the socket from the `reset` fault.
//!
//! Invariants: the loop takes a permit before it accepts a connection. On shutdown, open requests have [`DRAIN`]
//! to finish; then the server drops their connections.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use crate::api;
use crate::shop::Shop;
use crate::wire::{ResetSwitch, Wire};

const MAX_CONNECTIONS: usize = 4_096;
const DRAIN: Duration = Duration::from_secs(2);
/// The pause after `accept` failed, most likely because the process has no free file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves the shop on `listener` (HTTP/1.1, and HTTP/2 with prior knowledge) until `shutdown` completes.
pub async fn serve(listener: TcpListener, shop: Shop, shutdown: impl Future<Output = ()>) {
    let router = api::router(shop);
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let (close, closing) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            (stream, place) = accept(&listener, &places) => {
                connections.spawn(connection(stream, place, router.clone(), closing.clone()));
            }
        }
    }
    drop(listener);
    close.send_replace(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        connections.shutdown().await;
    }
}

/// The next connection and its permit.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // Nothing closes the semaphore, so a permit becomes free eventually.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// Serves one connection until the client, a tripped reset switch or the shutdown ends it.
async fn connection(
    stream: TcpStream,
    place: Option<OwnedSemaphorePermit>,
    router: Router,
    mut closing: watch::Receiver<bool>,
) {
    let _place = place;
    // Without the option, the connection is only slower.
    let _ = stream.set_nodelay(true);
    let switch = ResetSwitch::default();
    let wire = TokioIo::new(Wire::new(stream, switch.clone()));
    let shop = TowerToHyperService::new(router);
    let tripper = switch.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(tripper.clone());
        shop.call(request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder.http2().timer(TokioTimer::new());
    let mut served = pin!(builder.serve_connection(wire, service));
    // An error means that the client closed the connection. The client has its own record of that.
    tokio::select! {
        _ = served.as_mut() => return,
        () = switch.tripped() => return,
        _ = closing.wait_for(|closing| *closing) => {}
    }
    served.as_mut().graceful_shutdown();
    tokio::select! {
        _ = served.as_mut() => {}
        () = switch.tripped() => {}
    }
}
