//! Maintenance: windows of time in which slots are skipped, or run and do not count. Everybody sees those of the own tenant and of the whole
//! runner; authors plan and end them.
//!
//! - [`show`](mod@show): the page. [`plan`](mod@plan): the form that plans a window. [`end`](mod@end): the form that ends one.

mod end;
mod plan;
mod show;

pub(super) use end::end;
pub(super) use plan::plan;
pub(super) use show::show;
