//! Reports of a session. One file per reporter, one match arm each in [`sink::Reporter`].
//! A reporter that writes a format of its own, as [`junit`] does, has a folder.
//!
//! Results go to standard output or a file, progress ([`live`]) to standard error. What is shown of an attempt is decided
//! in `view`; here it becomes text.

mod attempt;
mod choice;
mod excerpt;
mod github;
mod json;
mod junit;
mod kept_files;
mod list;
mod live;
mod reported;
mod request_lines;
#[cfg(test)]
mod samples;
mod show;
mod sink;
mod source_folders;
mod step_table;
mod style;
#[cfg(test)]
mod tests;
mod waterfall;
mod width;

pub(crate) use choice::{Choice, ChoiceError, check_folder, choices};
pub(crate) use json::SCHEMA;
pub(crate) use kept_files::KeptFiles;
pub(crate) use live::Live;
pub(crate) use reported::{Ci, Reported};
pub(crate) use show::{Shown, show};
pub(crate) use sink::{ReportError, Reporters};
pub(crate) use source_folders::SourceFolders;
pub(crate) use style::{Detail, Style};
pub(crate) use width::{padded, width};
