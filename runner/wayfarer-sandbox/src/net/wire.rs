//! The socket of one attempt, below TLS and below every protocol.
//!
//! Every byte that a peer sends is charged here to the attempt's traffic, whatever a protocol makes of it: interim
//! answers, frames of control, padding and records of TLS too. A read also ends with the time slice of the poll that it
//! belongs to ([`timeslice`]), so no loop of a protocol's library over what a peer sends holds a thread.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::tape::Tape;
use crate::timeslice;

/// See the module.
pub(crate) struct Wire {
    tcp: TcpStream,
    tape: Tape,
}

impl Wire {
    pub(super) fn new(tcp: TcpStream, tape: Tape) -> Self {
        Self { tcp, tape }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(timeslice::poll(cx));
        let before = buf.filled().len();
        let own = self.get_mut();
        ready!(Pin::new(&mut own.tcp).poll_read(cx, buf))?;
        let received = buf.filled().len().saturating_sub(before);
        Poll::Ready(own.tape.charge_traffic(received as u64).map_err(io::Error::other))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(timeslice::poll(cx));
        Pin::new(&mut self.get_mut().tcp).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(timeslice::poll(cx));
        Pin::new(&mut self.get_mut().tcp).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }
}
