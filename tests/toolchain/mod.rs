//! Builds the guests of `tests/guests`, one language a file.
//!
//! Tools come from the package registries, pinned, into a cache folder outside the checkout; components
//! go to `guests/<name>/smoke.wasm` under cargo's target folder and are rebuilt when their source, the
//! WIT, a tool's version or this module changed. Both may be done by several processes at once.
//! `tests/guests/README.md` has the commands.

mod built;
mod c;
mod error;
pub(crate) mod folder;
mod go;
mod inspect;
mod install;
mod program;
mod python;
mod quickjs;
mod rust;
mod wit;

pub use c::c;
pub use error::BuildError;
pub use go::{go, go_recovered};
pub use inspect::{Surface, surface};
pub use python::{datasette, python};
pub use quickjs::{quickjs, quickjs_async};
pub use rust::{waki, wstd};
