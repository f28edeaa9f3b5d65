//! HTTP: a client with default settings, a request builder, and a response.
//!
//! A [`Client`] gives a [`Request`] its default settings. `exchange` converts the request to the interface's
//! record, sends it, stores cookies and follows redirects. The result is a [`Response`]. All calls block.

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
