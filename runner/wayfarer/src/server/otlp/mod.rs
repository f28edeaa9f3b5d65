//! Traces of runs, by OTLP over HTTP (JSON): a run is a trace, its attempts, steps and requests are spans.
//!
//! - [`wire`]: the protocol's JSON. [`spans`], [`request`]: a run in its words. [`batch`](mod@batch): a request's body.
//! - [`settings`]: the receiver, as the configuration has it. [`send`](mod@send): one request, and what the receiver said.
//!
//! The background task `trace-export` reads runs from the store and sends them; nothing here waits or remembers. Texts of runs come from
//! the store, so they hold placeholders in place of secrets.

mod batch;
mod request;
mod send;
mod settings;
mod spans;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use batch::{Batch, batch};
pub(crate) use send::{Answer, send};
pub(crate) use settings::{OtlpError, OtlpHandle, OtlpSettings};
