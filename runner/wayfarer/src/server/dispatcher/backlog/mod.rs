//! The backlog: slots that have passed and are not going to run. Each gets its row while everything else goes on.
//!
//! [`handle`]: the dispatcher's end, which takes missed ranges. [`writer`]: the task that writes their rows.

mod handle;
mod writer;

pub(super) use handle::Backlog;
