//! The command line: one file a subcommand.
//!
//! Flag beats environment beats project file beats user file. Data goes to standard output, everything else to
//! standard error.

mod args;
mod build;
mod catalogue;
mod check;
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
