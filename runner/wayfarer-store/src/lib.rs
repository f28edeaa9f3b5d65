//! Every result of every run, in one SQLite file: domain verbs in, rows out. The only user of sqlx.
//!
//! # Layout
//!
//! - [`store`]: the door. [`place`], [`schema`], [`recover`]: how it is opened.
//! - [`records`], [`keys`]: what is handed over, in the store's own small integers.
//! - [`writer`]: the one writer: from messages to a transaction, roll-ups included. [`pack`]: an attempt's detail.
//! - [`error`]: what can go wrong.
//!
//! The file's public face is its views: see `SCHEMA.md`.

mod error;
mod keys;
mod pack;
mod place;
mod records;
mod recover;
mod schema;
mod store;
mod words;
mod writer;

pub use error::StoreError;
pub use keys::{JourneyKey, LocationKey, PolicyKey, TenantKey, TokenKey, VersionKey};
pub use records::{Finished, Identity, Settled, Started, Unrun};
pub use store::{Opened, Store, StoreSettings};
pub use writer::{COMMIT_BOUNDS_US, RunCursor, WriterHealth};
