//! The command line: one file a subcommand.
//!
//! A flag beats the environment, which beats the project's file, which beats the user's file. Data goes to standard
//! output, everything else to standard error.

mod args;
mod audit_log;
mod build;
mod catalogue;
mod check;
mod clock;
mod completions;
mod db;
mod deploy;
mod doctor;
mod error;
mod global;
mod http_check;
mod journeys;
mod list;
mod maintenance;
mod new;
mod pause;
mod prune;
mod remote;
mod runs;
mod schedule;
mod schema;
mod secrets;
mod serve;
mod show;
mod source;
mod table;
mod tenants;
mod test;
mod tokens;
mod trigger;
mod walk;

pub(crate) use args::{Cli, dispatch};
pub(crate) use error::CliError;
