//! An attempt's detail, packed: JSON without names, so that a run takes about a kilobyte, and any SQLite since 3.38 can take
//! it apart. [`layout`] says which value stands where; the views in `views/` are the public face of it (SCHEMA.md).
//!
//! Times are microseconds from the attempt's start. Contents of artifacts and bodies are elsewhere (`blobs/`). The writer leaves out empty keys and trailing empty values. What
//! retention takes out (log lines, excerpts, heads) leaves no trace. What is left of a recording that did not fit ([`reduce`]) says so.

mod failure;
mod layout;
mod read;
mod reduce;
mod row;
mod strip;
mod write;

pub(crate) use read::unpack;
pub(crate) use reduce::reduced;
pub(crate) use strip::{Part, strip};
pub(crate) use write::pack;

#[cfg(test)]
mod tests;
