//! One journey over a range of time: how often it was good, how long it took, what failed, and what was changed.
//!
//! - [`show`](mod@show): the page. [`query`]: what its URL asks for. [`latency`]: the chart, with what else happened. [`days`]: a calendar.
//!   [`steps`]: its steps. [`versions`]: what changed between two of them. [`list`]: its runs. [`actions`]: its forms.

mod actions;
mod days;
mod latency;
mod list;
mod metrics;
mod query;
mod show;
mod steps;
mod versions;

pub(super) use actions::{pause, resume, run};
pub(super) use show::show;
