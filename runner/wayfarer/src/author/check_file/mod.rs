//! A file of checks (`checks.toml`) that a command writes: `wayfarer import`, and `wayfarer http-check --save`.
//!
//! - [`draft`]: the file before it is text. It knows the keys of the file and nothing of the types that read it.
//! - [`raw_request`]: a request as another tool states it; [`sealing`] takes its secrets out and makes it a draft.
//! - [`secret_signs`]: which names and values look like secrets.
//! - [`names`]: names of checks, from whatever other tools call them.
//! - [`texts`]: placeholders in texts.
//! - [`written`]: the draft as TOML.
//! - [`mod@readable`]: no text is written that the project's own parser refuses.

mod draft;
mod names;
mod raw_request;
mod readable;
mod sealing;
mod secret_signs;
mod texts;
mod vault;
mod written;

pub(crate) use draft::{DraftCheck, DraftFile, DraftRequest};
pub(crate) use names::words;
pub(crate) use raw_request::{RawBody, RawRequest};
#[cfg(test)]
pub(crate) use readable::Readable;
pub(crate) use readable::readable;
pub(crate) use sealing::{sealed, segment, source};
pub(crate) use secret_signs::{is_secret_name, is_secret_value, masked};
pub(crate) use texts::{literal, variable};
pub(crate) use vault::{Source, host_of};
pub(crate) use written::appended_text;
