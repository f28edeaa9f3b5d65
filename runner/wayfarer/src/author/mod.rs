//! What a laptop and a CI job need: from a project's source to runs here and now, and to versions that a server takes.
//!
//! - [`languages`]: from a project's source to one `.wasm` file.
//! - [`mod@revision`]: which state of the source is deployed.
//! - [`scaffold`]: what `wayfarer new` writes.
//! - [`session`]: what `wayfarer test` does: select, prepare, run, retry, and the exit code.
//! - [`check_file`]: a file of checks that a command writes.
//! - [`import`]: what `wayfarer import` reads.
//! - [`watch`]: what `wayfarer test --watch` waits for.
//! - [`report`]: one file a reporter, over one stream of events.
//! - [`deployable`]: from a project to versions of journeys, for the API to take.
//! - [`doctor`]: whether a machine is fit for the work.

pub(crate) mod check_file;
pub(crate) mod deployable;
pub(crate) mod doctor;
pub(crate) mod import;
pub(crate) mod languages;
pub(crate) mod report;
pub(crate) mod revision;
pub(crate) mod scaffold;
pub(crate) mod session;
pub(crate) mod watch;
