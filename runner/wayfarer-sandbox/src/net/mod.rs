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
//! 5. Where a failure does not say whose it is, `review` asks the kernel (`route`), the name server (`name_controls`) and the
//!    operator's beacons (`controls`), while the attempt's clock stands still.
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
//! | no name server answers, or it denies or does not reach the control names either | runner |
//! | refused, reset, TLS | target; runner if a gateway leads there and all beacons are silent |
//! | host unreachable, timeouts, nothing when the attempt's time is up | target; runner if it has no way there: route, link, gateway, all beacons silent |
//! | network unreachable, no local address or port, no file descriptors, local firewall | runner |
//! | a certificate's dates, by a clock that is not to be believed | runner |
//! | a host does not accept the client certificate, or the lack of one | journey (the configuration) |
//! | the runner trusts no certificate authority at all | runner |
//! | the egress proxy cannot be reached, or refuses | runner |
//! | the egress proxy cannot reach the host | target |

mod beacon;
mod budget;
mod controls;
mod dialer;
pub(crate) mod fault;
mod host_options;
mod identity;
mod name_controls;
mod names;
#[cfg(target_os = "linux")]
mod netlink;
mod network;
mod outbound;
mod proxy;
mod race;
mod review;
mod route;
mod said_date;
mod stream;
mod tls;
mod tls_fault;
mod trace;
mod trust;
mod unanswered;
mod wall_clock;
mod wire;

pub use beacon::{Beacon, Sign};
pub(crate) use budget::Budget;
pub use budget::Timeouts;
pub use controls::{ControlName, ControlSettings, Controls, Signs};
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
