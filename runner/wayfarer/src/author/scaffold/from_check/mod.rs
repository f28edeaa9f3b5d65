//! `wayfarer new --from-check`: a check without code as a journey in Rust that does the same.
//!
//! - [`mod@source`]: the file `src/lib.rs`, from the requests and rules of the check.
//! - [`settings`]: the file `journey.toml`, from the tables of the check's file.

mod expressions;
mod identifiers;
mod requests;
mod rules;
mod settings;
mod source;
mod support;

pub(super) use settings::journey_toml;
pub(super) use source::source;
