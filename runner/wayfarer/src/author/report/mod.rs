//! What is told of a session, and to whom. One file a reporter, one match arm each in [`sink::Reporter`].
//!
//! Data goes to standard output or a file, what only matters while it runs ([`live`]) to standard error.

mod attempt;
mod choice;
mod excerpt;
mod json;
mod junit;
mod list;
mod live;
#[cfg(test)]
pub(crate) mod samples;
mod show;
mod sink;
mod steps;
mod style;
#[cfg(test)]
mod tests;
mod waterfall;

pub(crate) use choice::{Choice, ChoiceError, choices};
pub(crate) use json::SCHEMA;
pub(crate) use live::Live;
pub(crate) use show::{Shown, show};
pub(crate) use sink::{ReportError, Reporters};
pub(crate) use style::{Detail, Style};
