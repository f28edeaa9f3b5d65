//! The command line: one file a subcommand.
//!
//! Flag beats environment beats project file beats user file. Data goes to standard output, everything else to
//! standard error.

mod args;
mod build;
mod catalogue;
mod check;
mod completions;
mod doctor;
mod error;
mod global;
mod http_check;
mod list;
mod new;
mod remote;
mod schedule;
mod schema;
mod source;
mod test;
mod walk;

pub(crate) use args::{Cli, dispatch};
pub(crate) use error::CliError;
