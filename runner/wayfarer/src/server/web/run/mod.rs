//! One run: what happened in which order, what failed and why, and what was different when it last worked.
//!
//! - [`show`](mod@show): the page. [`flow`]: an attempt as lines below each other. [`exchange`]: a request's heads and bodies.
//!   [`outcome`]: the run's own lines. [`beside`]: the last good run beside it. [`files`]: what can be downloaded of it.

mod beside;
mod exchange;
mod files;
mod flow;
mod outcome;
mod show;

pub(super) use files::{archive, artifact, json, picture};
pub(super) use show::show;
