//! One connection, made: HTTP/1.1 for one exchange at a time, or HTTP/2 shared by many.
//!
//! An HTTP/1.1 connection has no task of its own. Whoever waits for an answer drives it ([`drive`]), so that
//! an exchange costs no hand-over between tasks, and dropping the connection, or a future that waits on it,
//! closes the socket. An HTTP/2 connection needs tasks; they belong to the [`Drivers`] of the attempt's pool
//! and end with it.

use std::pin::{Pin, pin};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use wayfarer_model::request::RequestError;

use super::fault;
use super::stream::{Stream, TlsFault};
use super::tls;

/// A head may have this much; beyond it the answer is too large. hyper's own limit of 100 headers holds too.
const HEAD_LIMIT: u32 = 64 << 10;

/// The most of HTTP/2's idle exchanges and of its buffers that one attempt should hold.
const H2_WINDOW: u32 = 1 << 20;

type Outgoing = Full<Bytes>;
type Answer = Response<Incoming>;

/// What is known of a connection and shown with every request that it serves.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Address and port, as text: written once, shown with every request.
    pub(super) remote: Arc<str>,
    pub(super) tls_version: Option<&'static str>,
    pub(super) certificate_expires_ms: Option<i64>,
}

/// A connection on loan from the pool.
pub(super) struct Connection {
    pub(super) line: Line,
    tls_fault: Option<TlsFault>,
    link: Link,
}

enum Link {
    One(One),
    Many(http2::SendRequest<Outgoing>),
}

struct One {
    sender: http1::SendRequest<Outgoing>,
    driver: Driver,
}

/// The half of an HTTP/1.1 connection that moves bytes; none once it is over, which wakes whoever waits.
struct Driver(Option<Box<http1::Connection<TokioIo<Stream>, Outgoing>>>);

impl Driver {
    fn poll(&mut self, cx: &mut Context<'_>) {
        if let Some(connection) = &mut self.0
            && Pin::new(connection).poll(cx).is_ready()
        {
            // Its error, if any, reaches the exchange under way through hyper's own channel.
            self.0 = None;
        }
    }
}

/// Awaits something that only proceeds while the connection is driven.
async fn drive<F: Future>(driver: &mut Driver, mut future: Pin<&mut F>) -> F::Output {
    std::future::poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(output);
        }
        driver.poll(cx);
        future.as_mut().poll(cx)
    })
    .await
}

impl Connection {
    /// Begins HTTP/1.1 on a stream.
    pub(super) async fn one(stream: Stream, line: Line) -> hyper::Result<Self> {
        let tls_fault = stream.tls_fault();
        let (sender, connection) = http1::Builder::new()
            .max_header_size(HEAD_LIMIT as usize)
            .handshake(TokioIo::new(stream))
            .await?;
        let one = One { sender, driver: Driver(Some(Box::new(connection))) };
        Ok(Self { line, tls_fault, link: Link::One(one) })
    }

    /// Begins HTTP/2 on a stream; its tasks belong to `drivers`.
    pub(super) async fn many(stream: Stream, line: Line, drivers: &Drivers) -> hyper::Result<Self> {
        let tls_fault = stream.tls_fault();
        let (sender, connection) = http2::Builder::new(drivers.spawner())
            .max_header_list_size(HEAD_LIMIT)
            .initial_stream_window_size(H2_WINDOW)
            .handshake(TokioIo::new(stream))
            .await?;
        // Its error reaches the exchanges under way through hyper's own channels.
        drivers.spawn(async move { drop(connection.await) });
        Ok(Self { line, tls_fault, link: Link::Many(sender) })
    }

    /// A further handle, where many exchanges may share the connection.
    pub(super) fn share(&self) -> Option<Self> {
        match &self.link {
            Link::One(_) => None,
            Link::Many(sender) => {
                let link = Link::Many(sender.clone());
                Some(Self { line: self.line.clone(), tls_fault: self.tls_fault.clone(), link })
            }
        }
    }

    /// Whether it speaks HTTP/2.
    pub(super) fn is_multiplexed(&self) -> bool {
        matches!(self.link, Link::Many(_))
    }

    /// Whether another exchange may begin on it, as far as this end knows.
    pub(super) async fn is_usable(&mut self) -> bool {
        match &mut self.link {
            Link::Many(sender) => !sender.is_closed(),
            Link::One(one) => {
                // One look at the socket: it finishes the last exchange and notices a peer that hung up.
                std::future::poll_fn(|cx| {
                    one.driver.poll(cx);
                    Poll::Ready(())
                })
                .await;
                one.driver.0.is_some() && one.sender.is_ready()
            }
        }
    }

    /// Sends a request and awaits the head of the answer.
    pub(super) async fn send(
        &mut self,
        request: Request<Outgoing>,
    ) -> Result<Answer, TrySendError<Request<Outgoing>>> {
        match &mut self.link {
            Link::One(one) => {
                let answer = pin!(one.sender.try_send_request(request));
                drive(&mut one.driver, answer).await
            }
            Link::Many(sender) => sender.try_send_request(request).await,
        }
    }

    /// What an error of an exchange on it means.
    pub(super) fn explain(&self, error: &hyper::Error, host: &str, stage: &str) -> RequestError {
        match self.tls_fault.as_ref().and_then(|fault| fault.get()) {
            Some(fault) => tls::error_of(fault, host),
            None => fault::exchange(error, host, stage),
        }
    }

    /// Awaits something of the answer's body.
    pub(super) async fn during<F: Future>(&mut self, future: F) -> F::Output {
        match &mut self.link {
            Link::One(one) => drive(&mut one.driver, pin!(future)).await,
            Link::Many(_) => future.await,
        }
    }
}

/// The tasks of one attempt's HTTP/2 connections. Dropping it ends them.
#[derive(Default)]
pub(super) struct Drivers(Arc<Mutex<JoinSet<()>>>);

impl Drivers {
    fn spawner(&self) -> Spawner {
        Spawner(Arc::downgrade(&self.0))
    }

    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(future);
    }
}

/// Spawns for hyper. Weak, for the tasks hold it themselves and must not keep each other alive.
#[derive(Clone)]
struct Spawner(Weak<Mutex<JoinSet<()>>>);

impl<F: Future + Send + 'static> hyper::rt::Executor<F> for Spawner {
    fn execute(&self, future: F) {
        if let Some(tasks) = self.0.upgrade() {
            Drivers(tasks).spawn(async move { drop(future.await) });
        }
    }
}
