//! Every result of every run, in one SQLite file: domain verbs in, rows out. The only user of sqlx.
//!
//! # Layout
//!
//! - [`store`]: the type that callers hold. [`data_dir`], [`schema`], [`recover`]: how it opens the file. [`at_rest`]: how
//!   commands do that change a file without a server. [`locked`]: what it
//!   does while another process holds the write lock.
//! - [`tables`]: the catalogue of tables, which export, check, rebuild and retention follow. [`stored`]: the types of JSON
//!   columns. `views/`: the public views.
//! - [`records`], [`keys`]: what callers hand over, under the store's own small integers.
//! - [`writer`]: the one writer, from a message to a transaction with all that is derived in it. [`pack`]: an attempt's detail.
//! - [`tenants`], [`components`], [`deployments`]: what runs depend on. [`tokens`], [`sessions`]: who may ask. [`pauses`], [`maintenance`],
//!   [`kill_switches`]: what keeps runs from starting.
//! - [`incidents`]: what the fold from runs to incidents has found, and what people did about it.
//! - [`trace_export`]: how far the export of traces has come.
//! - [`domains`]: when registries said that domains expire.
//! - [`audit_events`], [`audit_chain`]: who did what, and the chain that shows changes of that.
//! - [`outbox`], [`deliveries`], [`conversations`]: what people are to be told of incidents, and what each channel has taken.
//! - [`configuration`]: which of these rows were written last.
//! - [`read`]: what people and the API read.
//! - [`clock`]: what a process knew of the time. [`mod@unleap`]: takes out what a clock that was ahead has left.
//! - [`disk_space`]: the reserve on the disk.
//! - [`blobs`]: contents of artifacts and bodies, each kept once, in the database or in a file beside it.
//! - [`recordings`], [`storage_quota`], [`stored_bytes`]: what each tenant's recordings take, and may.
//! - [`retention`]: removes results when their period is over. [`voids`]: takes runs out of the rates. [`pace`]: how much one step of either does.
//! - [`upkeep`]: audit, check, backup and export, beside a server or without one; rebuild, without one.
//! - [`error`]: what can go wrong.
//!
//! `SCHEMA.md` documents the views.

#![warn(missing_docs)]

mod at_rest;
mod audit_chain;
mod audit_events;
mod blobs;
mod clock;
mod components;
mod configuration;
mod conversations;
mod data_dir;
mod deliveries;
mod dependencies;
mod deployments;
mod dictionary;
mod disk_space;
mod domains;
mod error;
mod incidents;
mod keys;
mod kill_switches;
mod last_failure;
mod locked;
mod maintenance;
mod numbers;
mod outbox;
mod pace;
mod pack;
mod pauses;
mod periods;
mod read;
mod recordings;
mod records;
mod recover;
mod retention;
mod schema;
mod sessions;
mod storage_quota;
mod store;
mod stored;
mod stored_bytes;
mod tables;
mod tenants;
mod tokens;
mod trace_export;
mod unleap;
mod unused_components;
mod upkeep;
mod voids;
mod writer;

pub use audit_events::{AuditEvent, AuditEventRow, AuditFilter};
pub use clock::{KeptClock, TimeLeft, time_left};
pub use components::NewComponent;
pub use configuration::Configuration;
pub use conversations::Told;
pub use deliveries::{Delivery, DeliveryFigures, DueChannel, Leased};
pub use deployments::{Deployment, Version};
pub use disk_space::DiskSpace;
pub use domains::DomainRow;
pub use error::StoreError;
pub use incidents::{
    FoldPosition, FoldState, IncidentChange, IncidentEventRow, IncidentFilter, IncidentKey, IncidentMoves,
    IncidentRow, JourneyRow, Matter, MoveOfJourney, Moves, PersonsWord, PlatformIncident, SeenHost,
};
pub use keys::{
    JourneyKey, LocationKey, MaintenanceKey, PolicyKey, SessionKey, TenantKey, TokenKey, VersionKey,
};
pub use kill_switches::KillSwitch;
pub use maintenance::{Maintenance, NewMaintenance};
pub use outbox::{AlertIncident, Begin, Conversation, NewDelivery, OutboxEvent, Routed};
pub use pauses::{Pause, PauseChange};
pub use read::{
    ArtifactContent, DayFigures, Flake, JourneyFigures, JourneyStatus, LastCounted, MetricPoint, Neighbours,
    PeriodFigures, PeriodLength, Rates, RecentSlot, RunDetail, RunFilter, RunMark, RunPage, RunRow,
    RunningRow, StepFigures, Usage,
};
pub use records::{Finished, Identity, Settled, SkippedSlot, Started};
pub use retention::{Due, Removal, Removed, RetentionKind};
pub use sessions::{NewSession, SessionFilter, SessionRow, SignedInWith};
pub use storage_quota::StoredFigures;
pub use store::{Opened, Store, StoreSettings};
pub use tenants::{TenantRow, TenantSetting};
pub use tokens::{NewToken, TokenRow};
pub use trace_export::{TraceBacklog, TraceCandidate};
pub use unleap::{Unleaped, unleap};
pub use upkeep::{
    AuditReport, AuditSlot, AuditTrailReport, BrokenEvent, CheckReport, NamedRow, RebuildReport, audit,
    backup, check, export, incident_rows, metadata, migrate, rebuild, verify_audit_trail,
};
pub use voids::{ChosenRuns, NewVoid, VoidFigures, VoidStopped};
pub use writer::{COMMIT_BOUNDS_US, RunCursor, WriterHealth};
