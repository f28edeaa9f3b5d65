//! The network as a journey sees it: a client with defaults, a request built step by step, and a
//! response that is asked what it holds.
//!
//! The way of one request: [`Client`] gives a [`Request`] its defaults; `exchange` turns it into the
//! interface's record, sends it, keeps cookies and follows redirects; the answer becomes a
//! [`Response`]. Blocking throughout: the runner waits, not we.

mod base64;
mod body;
mod client;
mod cookies;
mod date;
mod encoding;
mod error;
mod exchange;
mod expect;
#[cfg(feature = "gzip")]
mod gzip;
mod json_path;
mod multipart;
mod options;
mod request;
mod response;

pub use client::Client;
pub use error::{Error, ErrorKind, Phase};
pub use expect::StatusPattern;
pub use multipart::Multipart;
pub use options::{Redirects, Timeouts};
pub use request::Request;
pub use response::{Phases, Response};
