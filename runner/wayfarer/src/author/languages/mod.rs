//! From a project's source to one `.wasm` file. One file a way of building.
//!
//! A compiler's own words go to standard error as they are; what is added is what it cannot know.

mod artefact;
mod cargo;
mod command;
mod error;
mod language;

pub(crate) use artefact::{Artefact, build, built};
pub(crate) use error::BuildError;
