//! Alerts: from an event of an incident to channels that have taken a notice of it.
//!
//! The way of an event: the store's outbox; [`mod@plan`] decides by [`alerting`] (channels and [`route`]s of the file) who is told, and
//! [`mod@follow_ups`] who is told again, and the routing task writes deliveries; a delivery that is due is leased, composed from rows ([`mod@compose`]), made a request by its channel
//! ([`crate::channels`]), and sent ([`mod@send`]). What fails is tried again ([`backoff`], [`circuit`]). The tasks that do it are
//! `background/alert_routing.rs` and `background/alert_deliveries.rs`.
//!
//! Before that [`mod@hold`] keeps back what the runner itself may have caused, until that is clear.
//!
//! Promises: at least once, under the same id each time; in order within a conversation; a channel that is slow or down holds
//! up no other; recovery goes where the alarm went.

mod alerting;
mod backoff;
mod circuit;
mod compose;
mod follow_ups;
mod hold;
mod plan;
#[cfg(test)]
mod plan_fixture;
#[cfg(test)]
mod plan_tests;
mod route;
mod send;
mod test_notice;

pub(crate) use alerting::{AlertErrors, Alerting, AlertingHandle, ReadyChannel};
pub(crate) use backoff::retry_after;
pub(crate) use circuit::Circuit;
pub(crate) use compose::{compose, evidence_of};
pub(crate) use follow_ups::{Voices, follow_ups};
pub(crate) use hold::{Doubts, LONGEST, Suspicions, UNKNOWN_INTERVAL, hold};
pub(crate) use plan::{Arrival, plan};
pub(crate) use send::{Outcome, send};
pub(crate) use test_notice::test_notice;
