//! What `wayfarer new` writes: a project that builds and passes as it is.
//!
//! The SDK comes from the binary itself ([`vendor`]), so that no registry has to know it.

mod manifest;
mod project;
mod vendor;

pub(crate) use project::{ScaffoldError, Sdk, create};
