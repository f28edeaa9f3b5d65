//! A journey that can run: what its attempts need, and the attempts of one run.
//!
//! `wayfarer test` and the server both come here.

mod attempts;
mod journey;

pub(crate) use attempts::attempts;
pub(crate) use journey::{JourneyCode, Prepared, RunnableJourney};
