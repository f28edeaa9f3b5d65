//! Retention: removes results that are older than they are kept for.
//!
//! Every minute it computes, from the configuration and the clock alone, up to when each kind of result should be gone,
//! and removes the difference a step at a time. `wayfarer db prune` takes the same path without a server.
//!
//! - [`Periods`]: what is kept for how long, and what is due at an instant.
//! - [`work_off`]: removes what is due in steps, with pauses in which results are written.
//! - [`trim_audit_trail`]: the same for the audit trail, which is one for all tenants.
//! - [`Retention`]: the background task.

mod periods;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use periods::Periods;
pub(in crate::server) use task::Retention;
pub(crate) use task::{Haste, trim_audit_trail, work_off};
