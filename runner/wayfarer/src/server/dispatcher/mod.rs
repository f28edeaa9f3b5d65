//! The dispatcher: gives what is due, and what people ask for, a place to run.
//!
//! - [`queue`]: what waits, in which order; [`turns`]: fair turns among tenants; [`watermark`], [`quotas`]: what
//!   is done, and what is used up. All without task or clock. [`suspensions`]: what is not to be run on purpose.
//! - [`task`]: the task that drives them. [`one_run`]: a run from its place to its commit, by whatever
//!   [`Execute`]s it. [`backlog`]: slots that are not going to run.
//! - [`identity`]: which run something is. [`trigger`]: runs that people ask for.

mod backlog;
mod identity;
mod one_run;
mod order;
mod queue;
mod quotas;
mod suspensions;
mod task;
#[cfg(test)]
mod tests;
mod trigger;
mod turns;
mod watermark;

pub(crate) use order::{Execute, RunOrder, RunReport};
pub(crate) use suspensions::Suspensions;
pub(crate) use task::{Dispatcher, DispatcherSettings, Message, TenantShare};
pub(crate) use trigger::{Ended, TriggerError, Triggered};
