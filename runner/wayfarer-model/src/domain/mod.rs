//! Domains: which registry knows when one expires, and what it answered.
//!
//! Read from JSON by whoever asked (`server/domains/` of the binary); tickets follow by `incident/expiry.rs`.

mod registration;
mod registries;

pub use registration::{Registration, RegistrationError};
pub use registries::Registries;
