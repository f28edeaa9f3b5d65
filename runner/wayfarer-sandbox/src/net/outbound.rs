//! Connections of the runner itself, such as those to channels of alerts, under a tenant's policy.
//!
//! They are made as a guest's are: the policy checks the host and the very address that is dialled, and the network's trust,
//! name server, client certificates and proxy hold. What a guest has and these have not is an attempt: nothing is recorded.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wayfarer_model::limits::Limits;
use wayfarer_model::traffic::{HttpFacts, TrafficError, TrafficErrorKind, TrafficKind};

use super::budget::{Budget, Timeouts};
use super::dialer::{Dialer, Endpoint, Security};
use super::fault::runners;
use super::network::Network;
use super::stream::Stream;
use super::trace::Trace;
use crate::tape::{Tape, TrafficOwner};

/// The most bytes that a peer may send on one exchange's connections.
const TRAFFIC: u64 = 1 << 20;

/// Dials for one exchange.
pub struct Outbound {
    dialer: Dialer,
    tape: Tape,
}

/// A byte stream to a peer that the policy allows.
pub struct OutboundStream(Stream);

impl Outbound {
    /// For an exchange that may take that long.
    pub fn new(network: Arc<Network>, within: Duration) -> Self {
        let limits = Limits { wall: within, traffic: TRAFFIC, ..Limits::default() };
        Self { dialer: Dialer::new(network), tape: Tape::live(limits, [0; 32], None) }
    }

    /// Connects to a host (in lower case; an IPv6 address without brackets), with TLS if asked for.
    ///
    /// # Errors
    /// What a guest would be told; nothing is left open.
    pub async fn connect(&self, host: &str, port: u16, tls: bool) -> Result<OutboundStream, TrafficError> {
        let endpoint = Endpoint { host, port };
        let security = if tls { Security::Tls { alpn: &[] } } else { Security::Plaintext };
        let kind = TrafficKind::Http(HttpFacts::request("CONNECT", endpoint.to_string()));
        let stopped = |_| runners(TrafficErrorKind::Other, "too many connections for one exchange");
        let mut trace = Trace::begin(&self.tape, kind, TrafficOwner::default()).map_err(stopped)?;
        let budget = Budget::begin(&self.tape, Timeouts::default());
        self.dialer.dial(endpoint, security, &budget, &mut trace).await.map(OutboundStream)
    }

    /// Makes the TLS handshake on a connection that began in clear, as `STARTTLS` wants it.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); also for a stream that has TLS already.
    pub async fn secure(
        &self,
        stream: OutboundStream,
        host: &str,
        port: u16,
    ) -> Result<OutboundStream, TrafficError> {
        let budget = Budget::begin(&self.tape, Timeouts::default());
        self.dialer.secure_late(stream.0, Endpoint { host, port }, &budget).await.map(OutboundStream)
    }
}

impl fmt::Debug for OutboundStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutboundStream({})", self.0.peer().address)
    }
}

impl OutboundStream {
    /// Address and port of the peer, or of the proxy before it.
    pub fn peer(&self) -> &str {
        &self.0.peer().address
    }
}

impl AsyncRead for OutboundStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(cx, buf)
    }
}

impl AsyncWrite for OutboundStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}
