//! The store over a real file: every test has a data directory of its own.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests a panic is the report")]

mod audit_trail;
mod blobs;
mod clocks;
mod contended;
mod data_dirs;
mod deliveries;
mod disk_space;
mod domains;
mod finished;
mod fixture;
mod incident_retention;
mod incidents;
mod large;
mod migrating;
mod overview;
mod rebuilding;
mod recovery;
mod retention;
mod rollups;
mod schema;
mod stored_bytes;
mod trace_export;
mod upgrades;
mod upkeep;
mod versions;
mod voids;
