//! Standard output and standard error, which go to the run's log line by line.
//!
//! A line goes to the tape whole, and is split into lines of the log's length after secrets were masked in it (`log_lines.rs`): a
//! value that stood across such a split would not be found. A line that is longer than [`MOST`] loses its rest and is marked as cut.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wayfarer_model::text::CUT;

use crate::memory::HeldMemory;
use crate::record_size::LINE;
use crate::tape::Tape;

/// The most bytes taken in one write.
const CHUNK: usize = 64 << 10;

/// The longest line that is kept, in bytes.
const MOST: usize = 8 * LINE;

/// What one stream has written since the last newline.
struct PartialLine {
    level: &'static str,
    bytes: Vec<u8>,
    /// Bytes beyond [`MOST`].
    dropped: u64,
    /// A long line's memory.
    held: Option<HeldMemory>,
}

impl PartialLine {
    /// Takes a part of the line, as much of it as fits.
    fn add(&mut self, part: &[u8], tape: &Tape) {
        if self.bytes.len() + part.len() > LINE && self.held.is_none() {
            // Without memory the attempt ends by itself.
            self.held = tape.hold(MOST as u64).ok();
        }
        let room = if self.held.is_some() { MOST } else { LINE } - self.bytes.len();
        let (kept, beyond) = part.split_at(part.len().min(room));
        self.bytes.extend_from_slice(kept);
        self.dropped += beyond.len() as u64;
    }

    /// Logs the line and begins another.
    fn end(&mut self, tape: &Tape) {
        let mut line = String::from_utf8_lossy(&self.bytes).into_owned();
        if self.dropped > 0 {
            line.push_str(CUT);
            tape.log_dropped(self.dropped);
        }
        tape.log(self.level, &line, vec![]);
        (self.bytes, self.dropped, self.held) = (Vec::new(), 0, None);
    }

    fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

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
        let line = PartialLine { level, bytes: Vec::new(), dropped: 0, held: None };
        self.partial.lock().push(line);
        LineStream { log: self.clone(), level }
    }

    fn write(&self, level: &'static str, bytes: &[u8]) {
        let mut partial = self.partial.lock();
        let Some(line) = partial.iter_mut().find(|line| line.level == level) else { return };
        for (number, part) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if number > 0 {
                line.end(&self.tape);
            }
            line.add(part, &self.tape);
        }
    }

    /// Logs the last lines that had no newline. Called when the attempt is over.
    pub(crate) fn finish(&self) {
        for mut line in self.partial.lock().drain(..) {
            if !line.is_empty() {
                line.end(&self.tape);
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

impl LineStream {
    pub(crate) fn print(&self, bytes: &[u8]) {
        self.log.write(self.level, bytes);
    }
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
        self.print(&bytes);
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
        self.print(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
