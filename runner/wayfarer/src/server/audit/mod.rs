//! The audit trail of a running server: what becomes an event, and how many.
//!
//! - [`AuditTrail`]: writes events, at once where something was carried out.
//! - [`refusals`]: what was not carried out is counted, so that a flood writes a few rows a minute.
//!
//! The API's layer ([`api`](super::api)) makes an event of each request. `reload` and the start of a server make their own.

mod refusals;
mod trail;

pub(crate) use trail::AuditTrail;
