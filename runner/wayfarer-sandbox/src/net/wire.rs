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

/// How many bytes are kept of the beginning: enough for `HTTP/1.1`.
const FIRST: usize = 8;

/// See the module.
pub(crate) struct Wire {
    tcp: TcpStream,
    tape: Tape,
    /// The first bytes that the peer sent, for telling what it speaks.
    first: [u8; FIRST],
    seen: usize,
}

impl Wire {
    pub(super) fn new(tcp: TcpStream, tape: Tape) -> Self {
        Self { tcp, tape, first: [0; FIRST], seen: 0 }
    }

    /// The first bytes that the peer sent, a few at most.
    pub(super) fn first_bytes(&self) -> &[u8] {
        self.first.get(..self.seen).unwrap_or_default()
    }

    fn note(&mut self, read: &[u8]) {
        let room = self.first.iter_mut().skip(self.seen);
        self.seen += room.zip(read).map(|(place, byte)| *place = *byte).count();
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(timeslice::poll(cx));
        let before = buf.filled().len();
        let own = self.get_mut();
        ready!(Pin::new(&mut own.tcp).poll_read(cx, buf))?;
        let read = buf.filled().get(before..).unwrap_or_default();
        let received = read.len();
        if own.seen < FIRST {
            own.note(read);
        }
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
