//! Every result of every run, in one SQLite file: domain verbs in, rows out. The only user of sqlx.
//!
//! # Layout
//!
//! - [`store`]: the door. [`place`], [`schema`], [`recover`]: how it is opened. [`locked`]: when others write.
//! - [`records`], [`keys`]: what is handed over, in the store's own small integers.
//! - [`writer`]: the one writer: from messages to a transaction, roll-ups included. [`pack`]: an attempt's detail.
//! - [`tenants`], [`components`], [`deployments`], [`tokens`]: what runs depend on. [`pauses`], [`maintenance`],
//!   [`kill_switches`]: what keeps them from being made.
//! - [`configuration`]: which of these rows were written last.
//! - [`read`]: what people and the API read.
//! - [`room`]: what is held back of the disk.
//! - [`retention`]: what is older than it is kept for goes.
//! - [`upkeep`]: audit, check, backup and export, with or without a server; rebuild, without.
//! - [`error`]: what can go wrong.
//!
//! The file's public face is its views: see `SCHEMA.md`.

mod components;
mod configuration;
mod deployments;
mod error;
mod keys;
mod kill_switches;
mod locked;
mod maintenance;
mod pack;
mod pauses;
mod place;
mod read;
mod records;
mod recover;
mod retention;
mod room;
mod schema;
mod store;
mod tenants;
mod tokens;
mod upkeep;
mod words;
mod writer;

pub use components::NewComponent;
pub use configuration::Configuration;
pub use deployments::{Deployment, Version};
pub use error::StoreError;
pub use keys::{JourneyKey, LocationKey, MaintenanceKey, PolicyKey, TenantKey, TokenKey, VersionKey};
pub use kill_switches::KillSwitch;
pub use maintenance::{Maintenance, NewMaintenance};
pub use pauses::{Pause, PauseChange};
pub use read::{DayFigures, JourneyStatus, RunDetail, RunFilter, RunRow, RunningRow};
pub use records::{Finished, Identity, Settled, Started, Unrun};
pub use retention::{Due, Removal, Removed, RetentionKind};
pub use room::Room;
pub use store::{Opened, Store, StoreSettings};
pub use tenants::{TenantRow, TenantSetting};
pub use tokens::{NewToken, TokenRow};
pub use upkeep::{AuditReport, AuditSlot, CheckReport, RebuildReport, audit, backup, check, export, rebuild};
pub use writer::{COMMIT_BOUNDS_US, RunCursor, WriterHealth};
