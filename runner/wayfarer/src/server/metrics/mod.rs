//! The server's health and the newest results, for `/metrics`.
//!
//! - [`Metrics`]: what is counted while runs go by, and everything rendered together.
//! - [`probe`]: per journey, by the names of the Prometheus blackbox exporter.
//! - [`histogram`], [`page`]: Prometheus' text format, version 0.0.4.

mod counts;
mod histogram;
mod page;
mod probe;

pub(crate) use counts::{Load, Metrics, Share};
