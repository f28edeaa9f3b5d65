//! Drawings in SVG, made by pure functions of rows. They need no script, and say without colour what they say with it.
//!
//! - [`strip()`](strip::strip): the last slots of a journey, side by side. [`legend()`](strip::legend): what its forms mean.
//! - [`bar()`](bar::bar): a line of a waterfall.
//! - [`latency`]: how long a journey took over a range of time.
//! - [`series()`](series::series): a figure that a journey recorded, over a range of time.
//! - [`sparkline()`](sparkline::sparkline): how a figure went, in the size of a word.

mod bar;
mod latency;
mod series;
mod sparkline;
mod strip;

pub(super) use bar::bar;
pub(super) use latency::{Band, Chart, Dot, Event, Range, bands, dots};
pub(super) use series::{bounds, series};
pub(super) use sparkline::sparkline;
pub(super) use strip::{Links, Mark, legend, strip};
