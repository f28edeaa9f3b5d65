//! Checks of this machine and its server: what is wrong, and how to fix it.
//!
//! One file per area. Each returns [`Finding`]s, which `cli/doctor.rs` shows. Nothing is changed.

mod connection;
mod controls;
mod finding;
mod folders;
mod machine;
mod toolchain;

pub(crate) use connection::connection;
pub(crate) use controls::controls;
pub(crate) use finding::{Finding, Rating};
pub(crate) use folders::folders;
pub(crate) use machine::machine;
pub(crate) use toolchain::toolchain;
