//! Egress: the hosts and addresses that a journey may call.

mod address;
mod pattern;
mod policy;
mod reserved;

pub use address::is_public;
pub use pattern::{HostPattern, PatternError};
pub use policy::{Denial, EgressPolicy};
