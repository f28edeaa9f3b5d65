//! Whether this machine and its server are fit for the work: what is there, and what to do about what is not.
//!
//! One file an area; each makes [`Finding`]s, which `cli/doctor.rs` shows. Nothing is changed.

mod finding;
mod folders;
mod machine;
mod server;
mod toolchain;

pub(crate) use finding::{Finding, State};
pub(crate) use folders::folders;
pub(crate) use machine::machine;
pub(crate) use server::server;
pub(crate) use toolchain::toolchain;
