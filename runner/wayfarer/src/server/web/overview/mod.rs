//! The first screen: every journey at a glance, what is failing first.
//!
//! - [`show`](mod@show): the page. [`query`]: what its URL asks for. [`summary`]: its headline and the states to choose from.
//! - [`parts`]: the parts that stay fresh. [`kept`]: them, made once for all who look.
//! - [`rows`]: a journey as a row. [`groups`]: rows in order, by tag if that is asked for. [`welcome`]: what a fresh server says.

mod groups;
mod kept;
mod parts;
mod query;
mod rows;
mod show;
mod summary;
mod welcome;

pub(super) use kept::Kept;
pub(super) use show::show;
