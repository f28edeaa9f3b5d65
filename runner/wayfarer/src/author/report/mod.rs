//! Reports of a session. One file per reporter, one match arm each in [`sink::Reporter`].
//!
//! Results go to standard output or a file, progress ([`live`]) to standard error. What is shown of an attempt is decided
//! in `view`; here it becomes text.

mod attempt;
mod choice;
mod excerpt;
mod json;
mod junit;
mod kept_files;
mod list;
mod live;
#[cfg(test)]
mod samples;
mod show;
mod sink;
mod style;
#[cfg(test)]
mod tests;
mod waterfall;
mod width;

pub(crate) use choice::{Choice, ChoiceError, choices};
pub(crate) use json::SCHEMA;
pub(crate) use kept_files::KeptFiles;
pub(crate) use live::Live;
pub(crate) use show::{Shown, show};
pub(crate) use sink::{ReportError, Reporters};
pub(crate) use style::{Detail, Style};
pub(crate) use width::{padded, width};
