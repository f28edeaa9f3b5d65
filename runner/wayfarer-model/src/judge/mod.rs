//! Whose fault an attempt was: the verdict, from how the guest's call ended and from what the host recorded.
//!
//! - [`evidence`]: everything that the verdict depends on.
//! - [`about`]: which request a failure is about. [`blame`]: whose fault that request, or a check, is.
//! - [`stalls`]: times in which the runner did not run, and what they excuse.
//! - [`rules`]: the table itself, an ending at a time.

mod about;
mod blame;
mod evidence;
mod rules;
mod stalls;

pub use evidence::{Ending, Evidence, LimitKind, Refusal};
pub use rules::{Judgement, judge};
pub use stalls::{Stall, stalled};
