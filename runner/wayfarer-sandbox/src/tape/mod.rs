//! The tape of an attempt: what its host calls recorded, whatever became of the guest.
//!
//! - [`recorder`]: the tape itself, its budgets, checks, metrics, logs and artifacts.
//! - [`steps`]: steps and annotations.
//! - [`traffic`]: exchanges, and the numbers of requests.
//! - [`handling`]: what went wrong that the guest has not handled yet.

mod exchanges;
mod handling;
mod recorder;
mod steps;
mod traffic;

pub(crate) use crate::stop::Stop;
pub(crate) use recorder::{FinishedTape, Tape};
pub use recorder::{Progress, Watcher};
pub(crate) use traffic::{TrafficOwner, TrafficTicket};
