//! A file of checks (`checks.toml`) that a command writes: `wayfarer import`, and `wayfarer http-check --save`.
//!
//! - [`draft`]: the file before it is text, and [`draft_check`] each check. They know the keys of the file and nothing of the types that
//!   read it.
//! - [`raw_request`]: a request as another tool states it, with its [`address`]; [`sealing`] takes its secrets out and makes it a draft,
//!   [`sealing_body`] for bodies.
//! - [`secret_signs`]: which values look like secrets; [`secret_texts`]: secrets within longer texts. [`vault`]: the secrets themselves.
//! - [`names`]: names of checks, from whatever other tools call them.
//! - [`texts`]: placeholders in texts.
//! - [`written`]: the draft as TOML.
//! - [`mod@readable`]: no text is written that the project's own parser refuses.

mod address;
mod draft;
mod draft_check;
mod names;
mod raw_request;
mod readable;
mod sealing;
mod sealing_body;
mod secret_signs;
mod secret_texts;
mod texts;
mod vault;
mod written;

pub(crate) use draft::DraftFile;
pub(crate) use draft_check::{DraftCheck, DraftRequest};
pub(crate) use names::{Names, words};
pub(crate) use raw_request::{RawBody, RawRequest};
#[cfg(test)]
pub(crate) use readable::Readable;
pub(crate) use readable::readable;
pub(crate) use sealing::{sealed, source};
pub(crate) use secret_signs::is_secret_value;
pub(crate) use texts::{DraftText, is_name, literal, variable};
pub(crate) use vault::{Source, host_of};
pub(crate) use written::appended_text;
