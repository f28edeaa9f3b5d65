//! `[http-check.NAME]` and `[http-check-defaults]`: journeys without code.
//!
//! - [`table`]: the keys as they are written; [`texts`], [`names`], [`url_text`] and [`rules`] are the values.
//! - [`defaults`]: from the tables of a file to complete ones.
//! - [`check`]: to the sandbox's type, with the rules that concern several keys. [`scope`], [`sites`] and [`mod@needs`]: what its placeholders
//!   name.
//! - [`stored`]: the form of a deployed check. [`journey_keys`]: the check as a journey.
//!
//! `wayfarer http-check`, `wayfarer import` and `wayfarer new --from-check` use the same types.

mod check;
mod defaults;
mod journey_keys;
mod names;
mod needs;
mod rules;
mod scope;
mod sites;
mod stored;
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod url_text;

pub(crate) use check::MOST_REQUESTS;
pub(crate) use defaults::completed;
pub(crate) use names::{MethodName, SentHeader, StatusRule};
pub(crate) use needs::{SecretSites, needs};
pub(crate) use sites::json_segment;
pub(crate) use stored::StoredCheck;
#[cfg(test)]
pub(crate) use table::RequestTable;
pub(crate) use table::{BasicTable, HttpCheckTable};
pub(crate) use texts::{OneOrMany, Texts};
pub(crate) use url_text::UrlText;
