//! HTTP: a client with default settings, a request builder, and a response.
//!
//! A [`Client`] gives a [`Request`] its default settings. `exchange` sends it. The runner stores cookies, follows redirects,
//! decodes, and keeps the [`Response`], which hands over what the journey asks for. All calls block.

mod base64;
mod body;
mod client;
mod error;
mod exchange;
mod expect;
mod multipart;
mod options;
mod path;
mod request;
mod response;

pub use client::Client;
pub use error::{Error, ErrorKind, Phase};
pub use expect::StatusPattern;
pub use multipart::Multipart;
pub use options::{Redirects, Timeouts};
pub use request::Request;
pub use response::{Phases, Response};
