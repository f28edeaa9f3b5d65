//! JUnit XML for CI systems: a run is a suite, an outermost step is a case.
//!
//! The file keeps to the schema of Jenkins' xUnit plugin, the strictest of its readers, and to what GitLab documents. Other
//! attributes than that schema's make Jenkins skip the whole file. So the place of a failure stands in its text and in
//! the suite's `file`; a case has a `file` of its own on GitLab alone, which links it to the source.
//!
//! - [`cases`]: what an attempt becomes. [`suite`]: the same for a run with all its attempts.
//! - [`xml`]: how it is written. [`reporter`]: the file of a session.

mod cases;
mod reporter;
mod suite;
mod xml;

pub(super) use reporter::Junit;
