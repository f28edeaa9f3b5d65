//! TLS of the server's own listener, so that nobody has to send a token in clear.
//!
//! - [`pair`]: the certificate and its key, read and checked. [`Tls`]: the pair in use, which SIGHUP replaces without a connection being lost.
//! - [`handshake`]: from a stream to an encrypted one, in a bounded time.
//! - [`clear_text`]: what is said of a listener without it. [`expiry`]: warns of a certificate that expires.

mod clear_text;
mod expiry;
mod handshake;
mod in_use;
mod pair;

pub(crate) use clear_text::warn_of_clear_text;
pub(crate) use expiry::warn_of_expiry;
pub(crate) use handshake::{Handshake, shake};
pub(crate) use in_use::Tls;
pub(crate) use pair::{PairError, PairFiles};
