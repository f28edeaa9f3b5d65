//! The whole way over the real binary: deployed, scheduled, run, stored, queried; stopped and killed.
#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

mod access;
mod deploying;
mod full_disk;
mod groups_and_looks;
mod kills;
mod power;
mod refusals;
mod retention;
mod suspensions;
mod whole_way;
