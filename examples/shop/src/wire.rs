//! A TCP connection that a handler can reset.
//!
//! The handler trips the [`ResetSwitch`] in the request's extensions. The connection's task then drops the
//! connection. The dropped [`Wire`] closes its socket with a zero linger time, so that the kernel sends RST instead
//! of FIN.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

#[derive(Clone, Default)]
pub(crate) struct ResetSwitch(Arc<Switch>);

#[derive(Default)]
struct Switch {
    tripped: AtomicBool,
    wake: Notify,
}

impl ResetSwitch {
    pub(crate) fn trip(&self) {
        self.0.tripped.store(true, Ordering::Release);
        self.0.wake.notify_one();
    }

    /// Returns once the switch is tripped. Only one task may wait at a time.
    pub(crate) async fn tripped(&self) {
        while !self.0.tripped.load(Ordering::Acquire) {
            self.0.wake.notified().await;
        }
    }
}

/// The accepted stream and its switch.
pub(crate) struct Wire {
    stream: TcpStream,
    switch: ResetSwitch,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, switch: ResetSwitch) -> Self {
        Self { stream, switch }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.switch.0.tripped.load(Ordering::Acquire) {
            // A socket that refuses the option is closed already.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
