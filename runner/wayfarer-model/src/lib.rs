//! Pure types and transitions: what a journey is, what an attempt recorded, and which verdict follows.
//!
//! # Layout
//!
//! - [`ids`], [`units`]: newtypes for names, digests, instants and durations.
//! - [`descriptor`], [`parameter`]: how a component describes its journeys, and the rules for it.
//! - [`egress`]: which hosts and addresses a journey may call. An empty list denies every host.
//! - [`access`]: the roles of tokens. [`audit`]: the words of the audit trail.
//! - [`limits`], [`context`]: what one attempt may use, and the run that it belongs to.
//! - [`report`], [`traffic`], [`exchange`], [`failure`]: what an attempt recorded. [`fingerprint`]: which failures are the same.
//! - [`cancel`]: why an attempt ended early. [`verdict`], [`judge`], [`retry`]: the verdict of an attempt and of a run.
//! - [`schedule`], [`deployment`], [`provenance`]: when a journey is due, the rest of a deployed version, and where it comes from.
//! - [`admission`]: whether a slot runs, waits or ends without a run. [`maintenance`]: maintenance windows.
//! - [`clock`]: whether the wall clock stepped, and how far it is believed.
//! - [`incident`]: from the looks of a journey to its incidents.
//! - [`journey_watch`]: from the rows of a journey to its incidents. [`incident_fold`]: the same over all journeys.
//! - [`notice`]: what people are told of an incident.
//! - [`domain`]: what registries say of domains.
//! - [`run`]: the dispatch that a write belongs to. [`rollup`], [`sketch`]: figures over many runs.
//! - [`trace_context`]: the ids of a run's trace and its spans.
//! - [`ledger`]: how an attempt reaches the store. [`text`]: texts that somebody else wrote. [`secret_names`]: names of secrets.
//!
//! Nothing here is asynchronous or reads a clock, a file or the network. Time and randomness are arguments.
//! Sandbox, store and binary depend on this crate and share its types.

#![warn(missing_docs)]

pub mod access;
pub mod admission;
pub mod audit;
pub mod cancel;
pub mod clock;
pub mod context;
pub mod deployment;
pub mod descriptor;
pub mod domain;
pub mod egress;
pub mod exchange;
pub mod failure;
pub mod fingerprint;
pub mod ids;
pub mod incident;
pub mod incident_fold;
mod instant;
pub mod journey_watch;
pub mod judge;
pub mod ledger;
pub mod limits;
pub mod maintenance;
pub mod nearest;
pub mod notice;
pub mod parameter;
pub mod provenance;
pub mod report;
pub mod retry;
pub mod rollup;
pub mod run;
pub mod schedule;
pub mod secret_names;
pub mod sketch;
pub mod text;
pub mod trace_context;
pub mod traffic;
pub mod trap_words;
pub mod units;
pub mod userinfo;
pub mod verdict;

pub use instant::InstantError;
