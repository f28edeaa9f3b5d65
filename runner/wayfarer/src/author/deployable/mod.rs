//! Deploying, the author's side: from a project and what its component says to versions of journeys.
//!
//! What travels is what a run depends on and nothing of the author's machine: no value of a secret, no file, no
//! certificate, no name server. Those are the tenant's, and stand in the runner's own configuration.

mod specs;
#[cfg(test)]
mod tests;

pub(crate) use specs::{Candidate, Deployable, deployable};
