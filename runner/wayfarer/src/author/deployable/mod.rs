//! From a project and what its component says to versions of journeys: those that `wayfarer deploy` sends are those that
//! `wayfarer test` runs.
//!
//! A version holds what a run depends on and nothing of the author's machine: no value of a secret, no file, no
//! certificate, no name server. Those are the tenant's. For a deployed journey they stand in the runner's configuration;
//! on a laptop the session derives them from the project.

mod journey;
mod spec;
mod specs;
#[cfg(test)]
mod tests;

pub(crate) use journey::{Given, JourneyIn};
pub(crate) use spec::spec;
pub(crate) use specs::{Candidate, Deployable, deployable};
