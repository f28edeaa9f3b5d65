//! The two kinds of byte stream that a connection runs on, as one type.
//!
//! A peer may end a TLS 1.3 session after the handshake, for want of a client certificate for instance, and
//! HTTP/2 reports that as a text. So the stream itself remembers the error, for whoever has to explain it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// The TLS error that ended a stream, if one did.
pub(super) type TlsFault = Arc<OnceLock<rustls::Error>>;

/// A dialled stream.
pub(super) enum Stream {
    /// In the clear.
    Plain(TcpStream),
    /// Boxed, for it is a hundred times the size.
    Tls(Box<TlsStream<TcpStream>>, TlsFault),
}

impl Stream {
    /// With TLS, where its error will be found.
    pub(super) fn tls_fault(&self) -> Option<TlsFault> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(_, fault) => Some(Arc::clone(fault)),
        }
    }
}

macro_rules! either {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Plain($stream) => $call,
            Stream::Tls($stream, fault) => noted(fault, $call),
        }
    };
}

fn noted<T>(fault: &TlsFault, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
    if let Poll::Ready(Err(error)) = &outcome
        && let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        fault.get_or_init(|| error.clone());
    }
    outcome
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
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
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream, _) => stream.is_write_vectored(),
        }
    }
}
