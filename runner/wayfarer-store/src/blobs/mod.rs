//! Contents of artifacts and bodies, each kept once a tenant by the digest of its bytes: `blob`.
//!
//! # Layout
//!
//! - [`packed`]: a content on its way to the file: its digest, compressed. [`contents`]: all of one attempt's.
//! - [`rows`]: writes them with the runs that refer to them. [`mod@release`]: removes what nothing refers to any more.
//! - [`files`]: the files beside the database, for what is large. [`take_in`]: a copy takes them in.
//! - [`read`]: a content, read back. [`mod@verify`]: whether each is there and is what its digest says.
//!
//! # Invariants
//!
//! - A content of a tenant has one row, whoever refers to it. No row belongs to two tenants: neither time nor size tells a tenant what
//!   another one has stored.
//! - A file is durable before the transaction that names it begins, and has a name that no other row ever gets. It is removed after
//!   the transaction that removed its row, and those of a run that was refused after the one that refused it. What a kill leaves in between is removed at the next start.
//! - A row counts as stored bytes once, on the day (UTC) of the slot that brought it.

mod contents;
mod files;
mod packed;
mod read;
mod release;
mod rows;
mod take_in;
mod verify;

pub(crate) use contents::AttemptContents;
pub(crate) use files::{remove as remove_files, remove_orphans};
pub(crate) use packed::PackedBlob;
pub(crate) use read::{BlobRow, content};
pub(crate) use release::{Referring, Released, release, weights};
pub(crate) use rows::{BlobRows, BlobValues, NewBlobs};
pub(crate) use take_in::take_files_in;
pub(crate) use verify::verify;
