//! The server's health and the newest results, for `/metrics`.
//!
//! - [`Metrics`]: what is counted while runs go by. [`Metrics::scrape`] adds what is read at that moment.
//! - [`load`], [`storage`], [`probe`]: the families that are read at that moment: runs, database and disk, journeys.
//! - [`background`]: how often background tasks run, how they end and how long they take.
//! - [`recent`]: the verdicts of the last runs, for readiness. [`outlook`]: whether the runner's own network works.
//! - [`unwell`]: which parts of the runner are unwell. [`retries`]: attempts beyond the schedule, and hosts that are dead.
//! - [`traces`]: the export of traces.
//! - [`Figures`]: what people look at of all this, as values. [`lateness`]: how late the last slots were.
//! - [`Scrape`]: all families together, in the format that the caller accepts.

mod alerts;
mod background;
mod counts;
mod figures;
mod gauges;
mod lateness;
mod load;
mod outlook;
mod probe;
mod recent;
mod retries;
mod scrape;
mod storage;
#[cfg(test)]
mod tests;
mod traces;
mod unwell;

pub(crate) use background::TaskResult;
pub(crate) use counts::Metrics;
pub(crate) use figures::{Figures, TaskFigures};
pub(crate) use lateness::Lateness;
pub(crate) use load::{Load, TenantLoad};
pub(crate) use outlook::Look;
pub(crate) use scrape::{Format, Scrape};
pub(crate) use traces::{SpanResult, TraceFigures};
pub(crate) use unwell::Part;
