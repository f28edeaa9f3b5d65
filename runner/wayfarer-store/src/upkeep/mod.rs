//! What operators do with a data directory, beside a server or without one. Everything here only reads and takes no lock, except
//! [`migrate()`] and [`rebuild()`], which write and need the directory for themselves.

mod audit;
mod audit_trail;
mod backup;
mod check;
mod export;
mod files;
mod fold;
mod incident_rows;
mod metadata;
mod migrate;
mod rebuild;

pub use audit::{AuditReport, AuditSlot, audit};
pub use audit_trail::{AuditTrailReport, BrokenEvent, verify_audit_trail};
pub use backup::backup;
pub use check::{CheckReport, check};
pub use export::export;
pub(crate) use fold::{Floors, Fold, floors, fold_again, used};
pub use incident_rows::{NamedRow, incident_rows};
pub use metadata::metadata;
pub use migrate::migrate;
pub use rebuild::{RebuildReport, rebuild};
