//! One connection that speaks HTTP: HTTP/1.1 for one exchange at a time, or HTTP/2 shared by many.
//!
//! An HTTP/1.1 connection has no task of its own. The future that waits for an answer drives it ([`drive`]), which saves
//! a hand-over between tasks for each exchange. Dropping the connection, or a future that waits on it, closes the
//! socket. An HTTP/2 connection needs tasks; they belong to the [`Drivers`] of the attempt's pool, are charged to the attempt
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
use wayfarer_model::traffic::{Phase, TrafficError, TrafficErrorKind};

use super::fault;
use super::head::Quoting;
use super::receive::FRAME;
use crate::memory::HeldMemory;
use crate::net::fault::runners;
use crate::net::{Budget, Endpoint, Peer, Stream, TlsFault};
use crate::tape::Tape;

/// Bytes of a head; a larger one is refused.
const HEAD_LIMIT: u32 = 64 << 10;

/// Headers of one answer; more are refused.
pub(super) const MAX_HEADERS: usize = 1_000;

/// Bytes of an HTTP/1.1 connection that are read at once and not looked at yet: what one poll may find there is bounded.
const READ_AHEAD: usize = 2 * HEAD_LIMIT as usize;

/// Bytes of an HTTP/2 connection, and of each exchange on it, that may wait in the attempt's memory.
const H2_WINDOW: u32 = 1 << 20;

/// What the buffers of a connection take beside what it has read: of TLS, of what is to be written, of tables of
/// [`MAX_HEADERS`] headers.
const BUFFERS: u64 = 192 << 10;

type Outgoing = Full<Bytes>;
type Answer = Response<Incoming>;

pub(super) struct Connection {
    pub(super) peer: Peer,
    /// What its buffers may take. Handles of one connection share it.
    memory: Arc<HeldMemory>,
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

/// The half of an HTTP/1.1 connection that moves bytes.
struct Driver {
    /// None once what it had read was taken out of it.
    connection: Option<Box<http1::Connection<TokioIo<Stream>, Outgoing>>>,
    /// Whether it moves no more.
    is_over: bool,
}

impl Driver {
    fn poll(&mut self, cx: &mut Context<'_>) {
        let Some(connection) = self.connection.as_mut().filter(|_| !self.is_over) else { return };
        if Pin::new(connection).poll(cx).is_ready() {
            // Its error, if any, reaches the exchange in flight through hyper's own channel.
            self.is_over = true;
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
    /// Begins the protocol that the handshake agreed on; without TLS that is HTTP/1.1.
    pub(super) async fn begin(
        stream: Stream,
        endpoint: Endpoint<'_>,
        budget: &Budget<'_>,
        drivers: &Drivers,
    ) -> Result<Self, TrafficError> {
        let is_h2 = stream.alpn() == Some(b"h2");
        let read = if is_h2 { u64::from(H2_WINDOW) } else { READ_AHEAD as u64 };
        // What the attempt is told is why it ends; here the exchange does.
        let memory = drivers.tape.hold(read + BUFFERS);
        let memory = Arc::new(memory.map_err(|stop| runners(TrafficErrorKind::Cancelled, stop.to_string()))?);
        let begun = if is_h2 {
            let whom = endpoint.to_string();
            budget.within(Phase::Tls, &whom, Self::many(stream, drivers, memory)).await?
        } else {
            Self::one(stream, memory).await
        };
        begun.map_err(|error| {
            fault::exchange(&error, (&[], Quoting::Withheld), endpoint.host, "at its beginning")
        })
    }

    /// Begins HTTP/1.1 on a stream.
    async fn one(stream: Stream, memory: Arc<HeldMemory>) -> hyper::Result<Self> {
        let (peer, tls_fault) = (stream.peer().clone(), stream.tls_fault());
        let (sender, connection) = http1::Builder::new()
            .max_header_size(HEAD_LIMIT as usize)
            .max_headers(MAX_HEADERS)
            .max_buf_size(READ_AHEAD)
            // What real servers send and browsers take: folded lines (RFC 9112, 5.2), a space before the colon, and among
            // good lines one that is none, which is left out.
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(TokioIo::new(stream))
            .await?;
        let one = One { sender, driver: Driver { connection: Some(Box::new(connection)), is_over: false } };
        Ok(Self { peer, memory, tls_fault, link: Link::One(one) })
    }

    /// Begins HTTP/2 on a stream; its tasks belong to `drivers`.
    async fn many(stream: Stream, drivers: &Drivers, memory: Arc<HeldMemory>) -> hyper::Result<Self> {
        let (peer, tls_fault) = (stream.peer().clone(), stream.tls_fault());
        let (sender, connection) = http2::Builder::new(drivers.spawner())
            .max_header_list_size(HEAD_LIMIT)
            .initial_stream_window_size(H2_WINDOW)
            .initial_connection_window_size(H2_WINDOW)
            .handshake(TokioIo::new(stream))
            .await?;
        // Its error reaches the exchanges in flight through hyper's own channels.
        drivers.spawn(async move { drop(connection.await) });
        Ok(Self { peer, memory, tls_fault, link: Link::Many(sender) })
    }

    /// A further handle, if many exchanges may share the connection.
    pub(super) fn share(&self) -> Option<Self> {
        match &self.link {
            Link::One(_) => None,
            Link::Many(sender) => {
                let link = Link::Many(sender.clone());
                let (peer, tls_fault) = (self.peer.clone(), self.tls_fault.clone());
                Some(Self { peer, memory: Arc::clone(&self.memory), tls_fault, link })
            }
        }
    }

    pub(super) fn is_multiplexed(&self) -> bool {
        matches!(self.link, Link::Many(_))
    }

    /// Whether another exchange may begin on it, as far as this end knows.
    pub(super) async fn is_usable(&mut self) -> bool {
        match &mut self.link {
            Link::Many(sender) => !sender.is_closed(),
            Link::One(one) => {
                // One poll finishes the last exchange and notices a peer that closed the connection.
                std::future::poll_fn(|cx| {
                    one.driver.poll(cx);
                    Poll::Ready(())
                })
                .await;
                !one.driver.is_over && one.sender.is_ready()
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

    /// What an error of an exchange on it means. Nothing more is sent on it.
    pub(super) fn explain(
        &mut self,
        error: &hyper::Error,
        host: &str,
        (stage, quoting): (&str, Quoting),
    ) -> TrafficError {
        if let Some(fault) = self.tls_fault.as_ref().and_then(|fault| fault.explain(host)) {
            return fault;
        }
        let unread = if error.is_parse() { self.unread() } else { Bytes::new() };
        fault::exchange(error, (&unread, quoting), host, stage)
    }

    /// What the peer sent over HTTP/1.1 and nobody has read. Ends the connection.
    pub(super) fn unread(&mut self) -> Bytes {
        match &mut self.link {
            Link::One(One { driver, .. }) => {
                driver.is_over = true;
                driver
                    .connection
                    .take()
                    .map_or_else(Bytes::new, |connection| connection.into_parts().read_buf)
            }
            Link::Many(_) => Bytes::new(),
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

/// The tasks of one attempt's HTTP/2 connections, charged to that attempt. Dropping it ends them.
pub(super) struct Drivers {
    tasks: Arc<Mutex<JoinSet<()>>>,
    tape: Tape,
}

impl Drivers {
    pub(super) fn new(tape: Tape) -> Self {
        Self { tasks: Arc::default(), tape }
    }

    fn spawner(&self) -> Spawner {
        Spawner { tasks: Arc::downgrade(&self.tasks), tape: self.tape.clone() }
    }

    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock();
        while tasks.try_join_next().is_some() {}
        let metered = self.tape.clone().metered(future);
        tasks.spawn(async move {
            metered.await;
        });
    }
}

/// Spawns for hyper. Weak, because the tasks hold it themselves and must not keep each other alive.
#[derive(Clone)]
struct Spawner {
    tasks: Weak<Mutex<JoinSet<()>>>,
    tape: Tape,
}

impl<F: Future + Send + 'static> hyper::rt::Executor<F> for Spawner {
    fn execute(&self, future: F) {
        if let Some(tasks) = self.tasks.upgrade() {
            Drivers { tasks, tape: self.tape.clone() }.spawn(async move { drop(future.await) });
        }
    }
}

/// Has each interim answer of HTTP/1.1 charged, as a frame of a body is.
pub(super) fn charge_interim_answers<B>(request: &mut Request<B>, tape: &Tape) {
    let tape = tape.clone();
    // Beyond the limit the attempt ends by itself.
    hyper::ext::on_informational(request, move |_| drop(tape.charge_traffic(FRAME)));
}
