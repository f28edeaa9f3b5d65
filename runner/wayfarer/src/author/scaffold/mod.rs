//! What `wayfarer new` writes: a project that builds and passes without changes.
//!
//! The SDK is part of this binary ([`vendor`]), so a new project needs no registry for it.

mod from_check;
mod manifest;
mod project;
mod vendor;

pub(crate) use project::{ScaffoldError, Sdk, create, create_from_check};
