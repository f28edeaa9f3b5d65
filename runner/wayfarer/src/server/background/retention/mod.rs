//! The janitor: removes what is older than it is kept for.
//!
//! # Why it takes no orders
//!
//! Nobody tells it what to remove. Every minute it works out anew, from the configuration and the time of day alone,
//! up to when each kind of result should be gone, and makes it so; what is gone already is found gone. So there is no
//! list of things to do that could be lost or done twice: a restart, an error in the middle, a clock that jumps and
//! the usual minute all take the same way, and so does `wayfarer db prune`.
//!
//! - [`Periods`]: what is kept for how long, and what is due of it at an instant.
//! - [`work_off`]: removes what is due, a step at a time, with pauses in which results are written.
//! - [`Janitor`]: the loop.

mod periods;
mod task;

pub(crate) use periods::Periods;
pub(crate) use task::{Haste, Janitor, work_off};
