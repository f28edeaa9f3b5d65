//! The command line. `commands` has one file a subcommand; what several of them share stands here.
//!
//! A flag beats the environment, which beats the project's file, which beats the user's file. Data goes to standard
//! output, everything else to standard error.

mod catalogue;
mod commands;
mod controls;
mod error;
mod global;
mod list;
mod output;
mod remote;
mod runs_meant;
mod source;
mod table;
mod values;
mod walk;

pub(crate) use commands::{Cli, dispatch};
pub(crate) use error::CliError;
