//! A tenant's status page, for everybody: without sign-in, cookies or anything of the server's inside.
//!
//! - [`show`](mod@show): page, badge and feed as answers. [`kept`]: them as they were rendered last, so that visitors cost next to nothing.
//! - [`page`]: what the page shows. [`feed`](mod@feed): the same as an Atom feed. [`badge`](mod@badge): the state as a small picture. [`days`]: 90 days as one.

mod badge;
mod days;
mod feed;
mod kept;
mod page;
mod show;

pub(super) use kept::StatusPages;
pub(super) use show::{badge, feed, show};
