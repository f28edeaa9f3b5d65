//! The HTTP engine behind both capabilities: our blocking `http` interface and `wasi:http`. It builds on
//! [`net`](crate::net).
//!
//! # How a request is made
//!
//! 1. `session` takes a permit, begins a record on the tape for each hop, and decides on redirects.
//! 2. `prepare` checks what the guest asks for and makes a request of it: `target`, headers, body, secrets.
//! 3. `pool` leases a kept connection, or has `net` dial one.
//! 4. `connection` sends and awaits the head, `receive` the body. `net`'s budget bounds every wait.
//! 5. `content` says how much of the body is kept, has `decode` undo the encodings and `seal` take the secrets out of what
//!    goes back to the guest. `cookies` stores what the answer sets. `redirect` says whether there is a next hop.
//!
//! # Lifetimes
//!
//! [`HttpSession`] belongs to one attempt: its connections end with it, so every attempt starts cold.
//!
//! # Blame
//!
//! What [`net`](crate::net) says of connections, and beside it:
//!
//! | error | blame |
//! |---|---|
//! | malformed request, request body too large, a secret toward a host that may not have it | journey |
//! | protocol, response too large | target |

mod connection;
mod content;
mod cookies;
mod credentials;
mod decode;
mod evidence;
mod exchange;
mod fault;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod head;
mod headers;
mod pool;
mod prepare;
mod receive;
mod redirect;
mod seal;
mod session;
mod target;
mod trace;

pub(crate) use cookies::CookieFacts;
pub(crate) use credentials::withhold_parameters;
pub use exchange::{AtLimit, HttpRequest, HttpResponse, RedirectPolicy};
pub use headers::is_runners_own;
pub use seal::{SealedSecrets, Secret, SecretGrants, SecretPlaces};
pub use session::{HttpSession, SendError};

#[cfg(test)]
pub(crate) mod tests;
