//! The HTTP engine behind both doors: our blocking `http` interface and `wasi:http`.
//!
//! # One request's way
//!
//! 1. `session` takes a place, begins a record on the tape for each hop and decides on redirects.
//! 2. `prepare` turns the guest's words into a request that is one: `target`, headers, body, secrets.
//! 3. `pool` lends a kept connection, or has the `dialer` make one: host checked, name resolved
//!    (`names`), *every* address checked, dialled, TLS (`tls`).
//! 4. `connection` sends and awaits the head, `receive` the body; `budget` bounds every wait.
//! 5. `redirect` says whether there is a next hop; `seal` takes the secrets out of what goes back.
//!
//! # Lifetimes
//!
//! [`Network`] outlives attempts and holds configuration only: policy, trust, resolver. [`HttpSession`] is one
//! attempt's: its connections and its looked-up names end with it, so every attempt starts cold.
//!
//! # Whose fault
//!
//! | error | blame |
//! |---|---|
//! | policy, malformed request, request body too large, secret at the wrong place | journey |
//! | no such name, name server reports a failure for this name | target |
//! | no name server answers, or it fails for the root too | runner |
//! | refused, reset, host unreachable, TLS, timeouts, protocol, response too large | target |
//! | network unreachable, no local address or port, no file descriptors, local firewall | runner |
//! | no trusted authority installed at all | runner |

mod budget;
mod connection;
mod dialer;
mod exchange;
mod fault;
mod headers;
mod names;
mod network;
mod pool;
mod prepare;
mod receive;
mod redirect;
mod seal;
mod session;
mod stream;
mod target;
mod tls;
mod trace;

pub use exchange::{HttpRequest, HttpResponse, RedirectPolicy, Timeouts};
pub(crate) use headers::is_runners_own;
pub use network::{ClientCertificate, Network, NetworkError, NetworkSettings, RootStore};
pub use seal::{SealedSecrets, Secret};
pub use session::{HttpSession, SendError};

#[cfg(test)]
pub(crate) mod tests;
