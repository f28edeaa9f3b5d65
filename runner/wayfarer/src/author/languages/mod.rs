//! From a project's source to one `.wasm` file: by cargo, or by the project's own command.
//!
//! A compiler's output goes to standard error unchanged. Errors add what the compiler cannot know.

mod artefact;
mod cargo;
mod command;
mod error;
mod language;

pub(crate) use artefact::{Artefact, build, built, source_folders};
pub(crate) use error::BuildError;
