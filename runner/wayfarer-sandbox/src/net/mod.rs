//! The network below every protocol: from a host and a port to a checked, timed byte stream.
//!
//! # How a connection is made
//!
//! 1. A protocol names an [`Endpoint`] and the [`Security`] that it wants, and begins a [`Trace`] on the tape.
//! 2. `dialer` checks the host by the policy, looks the name up (`names`), checks *every* address, and dials (`race`); or
//!    it has the operator's `proxy` dial.
//! 3. If asked for, `tls` makes the handshake, with the `trust` and the client certificates of the [`Network`].
//! 4. The [`Stream`] says who answered. [`Budget`] bounds each wait, and the trace holds how long each phase took.
//!
//! Nothing here knows a protocol. Webhooks, TCP, DNS or SMTP call [`Dialer::dial`] as [`http`](crate::http) does.
//!
//! The runner's own connections, to channels of alerts, take the same way by [`Outbound`].
//!
//! # Lifetimes
//!
//! [`Network`] outlives attempts and holds configuration only: policy, trust, resolver. [`Dialer`] belongs to one
//! attempt: the names that it looked up end with it, so every attempt starts cold.
//!
//! # Blame
//!
//! | error | blame |
//! |---|---|
//! | the policy denies host or address; malformed host | journey |
//! | no such name; the name server reports a failure for this name | target |
//! | no name server answers, or it fails for the root too | runner |
//! | refused, reset, host unreachable, TLS, timeouts | target |
//! | network unreachable, no local address or port, no file descriptors, local firewall | runner |
//! | the runner trusts no certificate authority at all | runner |
//! | the egress proxy cannot be reached, or refuses | runner |
//! | the egress proxy cannot reach the host | target |

mod budget;
mod dialer;
pub(crate) mod fault;
mod host_options;
mod names;
mod network;
mod outbound;
mod proxy;
mod race;
mod stream;
mod tls;
mod tls_fault;
mod trace;
mod trust;
mod wire;

pub(crate) use budget::Budget;
pub use budget::Timeouts;
pub(crate) use dialer::{Dialer, Endpoint, Security};
pub use host_options::HostOptions;
pub use names::Families;
pub use network::{ClientCertificate, Network, NetworkError, NetworkSettings, RootStore};
pub use outbound::{Outbound, OutboundStream};
pub use proxy::EgressProxy;
pub(crate) use stream::{Peer, Stream, TlsFault};
pub(crate) use trace::Trace;

#[cfg(test)]
pub(crate) mod tests;
