//! The dispatcher: gives each slot, manual run and confirmation run a permit to run, or its row.
//!
//! - [`task`]: the loop over the roles below, with [`arrivals`]. [`settings`]: what it is made of. [`message`]: its inbox, and the handle to it.
//! - [`gate`]: the facts that the model's `admit` decides on, with [`suspensions`] and [`quotas`].
//! - [`queue`]: what waits, in which order, with [`mod@line`], [`groups`] and [`turns`](super::turns) (the permits). No task, no clock.
//! - [`in_flight`]: runs that have a permit. [`one_run`]: one of them, from its permit to its commit, by whatever
//!   [`Execute`]s it ([`order`]).
//! - [`rewind`]: what happens when the clock goes back.
//! - [`progress`]: how far all slots are settled ([`watermark`]), and the reports of it. [`backlog`]: missed slots.
//! - [`pending`]: a run before its start. [`identity`]: run ids. [`trigger`]: what a person who triggers a run gets.

mod arrivals;
mod backlog;
#[cfg(test)]
mod fixture;
mod gate;
mod groups;
mod identity;
mod in_flight;
mod line;
mod message;
mod one_run;
mod order;
mod pending;
mod progress;
mod queue;
mod quotas;
mod rewind;
mod settings;
mod suspensions;
mod task;
#[cfg(test)]
mod tests;
mod trigger;
mod watermark;

pub(crate) use message::DispatcherHandle;
#[cfg(test)]
pub(crate) use message::TestInbox;
pub(crate) use order::{Execute, RunOrder, RunReport};
pub(crate) use quotas::DailyRuns;
pub(crate) use settings::{DispatcherSettings, TenantLimits};
pub(crate) use suspensions::Suspensions;
pub(crate) use task::Dispatcher;
pub(crate) use trigger::{TriggerError, TriggerOutcome, Triggered};
