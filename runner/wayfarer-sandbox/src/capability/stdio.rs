//! Standard output and standard error, which go to the run's log line by line.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use super::logs::LINE;
use crate::tape::Tape;

/// The most bytes taken in one write.
const CHUNK: usize = 64 << 10;

/// A stream's name, and its bytes since the last newline.
type PartialLine = (&'static str, Vec<u8>);

/// Both streams of one attempt.
#[derive(Clone)]
pub(crate) struct LineLog {
    tape: Tape,
    partial: Arc<Mutex<Vec<PartialLine>>>,
}

impl LineLog {
    pub(crate) fn new(tape: Tape) -> Self {
        Self { tape, partial: Arc::default() }
    }

    pub(crate) fn stream(&self, level: &'static str) -> LineStream {
        self.partial.lock().push((level, Vec::new()));
        LineStream { log: self.clone(), level }
    }

    fn write(&self, level: &'static str, bytes: &[u8]) {
        let mut partial = self.partial.lock();
        let Some((_, line)) = partial.iter_mut().find(|(name, _)| *name == level) else { return };
        for byte in bytes {
            if *byte == b'\n' || line.len() >= LINE {
                self.tape.log(level, &String::from_utf8_lossy(line), vec![]);
                line.clear();
            }
            if *byte != b'\n' {
                line.push(*byte);
            }
        }
    }

    /// Logs the last lines that had no newline. Called when the attempt is over.
    pub(crate) fn finish(&self) {
        for (level, line) in self.partial.lock().drain(..) {
            if !line.is_empty() {
                self.tape.log(level, &String::from_utf8_lossy(&line), vec![]);
            }
        }
    }
}

/// One of the streams.
#[derive(Clone)]
pub(crate) struct LineStream {
    log: LineLog,
    level: &'static str,
}

impl IsTerminal for LineStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LineStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LineStream {
    async fn ready(&mut self) {}
}

impl OutputStream for LineStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.log.write(self.level, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(CHUNK)
    }
}

impl AsyncWrite for LineStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.log.write(self.level, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
