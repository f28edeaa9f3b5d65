//! What `wayfarer import` reads: the files of other tools, as a draft of a file of checks.
//!
//! One file an importer, behind one match in [`mod@format`]. An importer takes the keys that it carries from [`Fields`](fields::Fields);
//! whatever nobody took is listed by its name, so that nothing is lost in silence. It states texts and requests as its tool does;
//! [`check_file`](crate::author::check_file) takes the secrets out.
//!
//! Nothing here is unbounded: the input's size, and what YAML may make of it ([`document`]); the draft bounds what is made of that.

mod blackbox;
mod blackbox_module;
mod blackbox_targets;
#[cfg(test)]
mod carried_tests;
mod curl;
mod curl_command;
mod curl_options;
mod curl_words;
mod document;
mod durations;
mod error;
mod fields;
mod format;
mod gatus;
mod gatus_conditions;
mod gatus_variables;
mod har;
mod har_entries;
mod har_values;
mod oauth;
mod open_api;
mod open_api_document;
mod open_api_operation;
mod open_api_security;
mod patterns;
#[cfg(test)]
mod secrets_tests;
mod statuses;
#[cfg(test)]
mod tests;
mod uptime_kuma;

pub(crate) use document::LARGEST;
pub(crate) use error::ImportError;
pub(crate) use format::{Extras, Format, import};
