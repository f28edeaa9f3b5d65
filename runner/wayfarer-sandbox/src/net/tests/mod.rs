//! The network by itself: raw streams to peers on loopback, on ports that the system chose. No test waits for time to
//! pass.

pub(crate) mod authority;
mod blame;
mod descriptors;
mod dials;
mod handshakes;
mod hosts;
pub(crate) mod name_server;
mod namespaces;
mod proxies;
mod rig;
