//! Pure types and transitions: what a journey is, what an attempt saw, and what that means.
//!
//! # Layout
//!
//! - [`ids`], [`units`]: newtypes for names, digests, instants and durations.
//! - [`descriptor`], [`parameter`]: what a component says of its journeys, and the rules for it.
//! - [`egress`]: which hosts and addresses a journey may call. Empty means deny.
//! - [`access`]: who may do what.
//! - [`limits`], [`context`]: what one attempt may use, and which run it is.
//! - [`report`], [`traffic`], [`failure`]: what an attempt recorded.
//! - [`verdict`], [`judge`], [`retry`]: what that amounts to.
//! - [`schedule`], [`deployment`]: when a journey is due, and all else that a deployed version of it says.
//! - [`maintenance`]: when it is due and not to be counted on. [`admission`]: whether a slot runs, waits or ends.
//! - [`run`]: the dispatch that a write belongs to. [`rollup`], [`sketch`]: what many runs amount to.
//! - [`ledger`]: the door through which an attempt reaches the store.
//!
//! Nothing here reads a clock, a file or the network, and nothing here is asynchronous: time and
//! randomness are arguments. Sandbox, store and binary depend on this crate and meet in its types.

pub mod access;
pub mod admission;
pub mod context;
pub mod deployment;
pub mod descriptor;
pub mod egress;
pub mod failure;
pub mod ids;
mod instant;
pub mod judge;
pub mod ledger;
pub mod limits;
pub mod maintenance;
pub mod nearest;
pub mod parameter;
pub mod report;
pub mod retry;
pub mod rollup;
pub mod run;
pub mod schedule;
pub mod sketch;
pub mod traffic;
pub mod units;
pub mod verdict;

pub use instant::InstantError;
