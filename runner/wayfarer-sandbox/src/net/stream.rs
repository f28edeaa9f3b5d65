//! A dialled byte stream, with or without TLS, that knows who is at the other end. A protocol reads and writes it
//! through tokio's traits.
//!
//! A peer may end a TLS 1.3 session after the handshake, for instance for want of a client certificate, and a protocol's
//! library may report that as a text. The stream itself therefore remembers the error as a [`TlsFault`].

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;
use wayfarer_model::traffic::TrafficError;

use super::identity::Introduction;
use super::tls_fault;
use super::wire::Wire;
use crate::timeslice;

/// Who is at the other end. Shown with every exchange that the connection serves.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// Address and port, as text: written once, shown often.
    pub(crate) address: Arc<str>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub(crate) tls_version: Option<&'static str>,
    /// The nearest expiry of the server's certificate chain, in unix milliseconds.
    pub(crate) certificate_expires_ms: Option<i64>,
}

impl Peer {
    /// A peer about whom only the address is known.
    pub(super) fn at(address: SocketAddr) -> Self {
        let address = address.to_string().into();
        Self { address, tls_version: None, certificate_expires_ms: None }
    }
}

/// The TLS error that ended a stream, if one did. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct TlsFault {
    error: Arc<OnceLock<rustls::Error>>,
    introduction: Arc<Introduction>,
}

impl TlsFault {
    /// The error in words.
    pub(crate) fn explain(&self, host: &str) -> Option<TrafficError> {
        self.error.get().map(|error| tls_fault::error_of(error, host, &self.introduction))
    }

    fn note<T>(&self, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &outcome
            && let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>())
        {
            self.error.get_or_init(|| error.clone());
        }
        outcome
    }
}

/// See the module.
pub(crate) struct Stream {
    peer: Peer,
    bytes: Bytes,
}

enum Bytes {
    Plaintext(Wire),
    /// Boxed, for it is a hundred times the size.
    Tls(Box<TlsStream<Wire>>, TlsFault),
}

impl Stream {
    pub(super) fn plaintext(wire: Wire, peer: Peer) -> Self {
        Self { peer, bytes: Bytes::Plaintext(wire) }
    }

    /// After a handshake, which says more about the peer. The expiry is the nearest one of its chain.
    pub(super) fn tls(
        stream: TlsStream<Wire>,
        peer: Peer,
        certificate_expires_ms: Option<i64>,
        introduction: Arc<Introduction>,
    ) -> Self {
        let (_, session) = stream.get_ref();
        let tls_version = session.protocol_version().and_then(|version| match version {
            rustls::ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
            rustls::ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
            _ => None,
        });
        let peer = Peer { tls_version, certificate_expires_ms, ..peer };
        let fault = TlsFault { error: Arc::default(), introduction };
        Self { peer, bytes: Bytes::Tls(Box::new(stream), fault) }
    }

    pub(crate) fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The socket below, of a stream without TLS.
    pub(super) fn into_wire(self) -> Option<(Wire, Peer)> {
        match self.bytes {
            Bytes::Plaintext(wire) => Some((wire, self.peer)),
            Bytes::Tls(..) => None,
        }
    }

    /// The application protocol that the peer chose among those offered.
    pub(crate) fn alpn(&self) -> Option<&[u8]> {
        match &self.bytes {
            Bytes::Plaintext(_) => None,
            Bytes::Tls(stream, _) => stream.get_ref().1.alpn_protocol(),
        }
    }

    /// With TLS, where its error will be found.
    pub(crate) fn tls_fault(&self) -> Option<TlsFault> {
        match &self.bytes {
            Bytes::Plaintext(_) => None,
            Bytes::Tls(_, fault) => Some(fault.clone()),
        }
    }
}

macro_rules! either {
    ($self:ident, $stream:ident => $call:expr) => {
        match &mut $self.get_mut().bytes {
            Bytes::Plaintext($stream) => $call,
            Bytes::Tls($stream, fault) => fault.note($call),
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // Here too, because what TLS has taken from the wire and deciphered already is many reads.
        ready!(timeslice::poll(cx));
        either!(self, stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.bytes {
            Bytes::Plaintext(stream) => stream.is_write_vectored(),
            Bytes::Tls(stream, _) => stream.is_write_vectored(),
        }
    }
}
