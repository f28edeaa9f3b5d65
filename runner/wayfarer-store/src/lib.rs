//! Every result of every run, in one SQLite file: domain verbs in, rows out. The only user of sqlx.
//!
//! # Layout
//!
//! - [`keys`], [`records`]: what is handed over, in the store's own small integers.

mod keys;
mod records;

pub use keys::{JourneyKey, LocationKey, PolicyKey, TenantKey, TokenKey, VersionKey};
pub use records::{Finished, Identity, Settled, Started, Unrun};
