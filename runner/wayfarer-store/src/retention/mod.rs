//! Retention: removes results when their period is over, a little at a time.
//!
//! # Layout
//!
//! - [`Due`]: what to remove, of which tenants, before which instant. [`Removal`]: does it, one bounded step at a time.
//! - [`scan`]: the walk over runs. [`details`]: bodies, logs and artifacts; [`expired_runs`], [`rollups`]: rows. [`over`]: incidents and
//!   deliveries.
//! - [`kept`]: how far each kind was removed.
//!
//! # Invariants
//!
//! - Connections that read find what to remove; the removal alone holds the writer. That is sound because rows are written once:
//!   only retention changes one, and one removal runs at a time. Incidents change, so they are looked at twice.
//! - A run that is its journey's last failure stays, with everything that belongs to it. No older run becomes the last failure
//!   later: a last failure gives way only to a new run.
//! - The transaction that removes a tenant's first run or roll-up records in `kept` from which instant on all of them are there.
//!   So audit, check and rebuild are right after each step, and after a kill.
//! - A removal of runs or roll-ups begins with the oldest each time, so it finds rows that came late.
//! - Nothing beyond the location's watermark is removed: the next start would settle its slot again.

mod details;
mod expired_runs;
mod kept;
mod kind;
mod over;
mod removal;
mod rollups;
mod scan;

pub use kind::RetentionKind;
pub use removal::{Due, Removal, Removed};
