//! The audit trail of a running server: what becomes an event, and how many.
//!
//! - [`AuditTrail`]: writes events, at once where something was carried out.
//! - [`round`]: what may come often is counted, so that a flood writes a few rows a minute.
//! - [`disclosures`]: the events of runs.
//!
//! The API's layer ([`api`](super::api)) makes an event of each request. `reload` and the start of a server make their own.

mod disclosures;
mod round;
mod trail;

pub(crate) use trail::AuditTrail;
