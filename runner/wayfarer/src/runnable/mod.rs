//! A journey that can run: one way there for `wayfarer test` and for the server.
//!
//! [`JourneySpec`](wayfarer_model::deployment::JourneySpec) + [`TenantSettings`] → [`RunnableJourney`] → [`attempts()`].
//! What differs between a laptop and a server is where the settings are written down: [`Origin`].

mod attempts;
mod ceiling;
mod check_hosts;
mod code;
mod controls;
mod error;
mod guessable;
mod journey;
mod origin;
mod resolve;
mod said_once;
mod settings;

pub(crate) use attempts::attempts;
pub(crate) use ceiling::{Ceiling, Excess, default_ceiling};
pub(crate) use check_hosts::CheckHosts;
pub(crate) use code::JourneyCode;
pub(crate) use controls::{made_of, runner_controls};
pub(crate) use error::{ResolveError, ResolveErrors};
pub(crate) use journey::RunnableJourney;
pub(crate) use origin::Origin;
pub(crate) use resolve::{params, patterns};
pub(crate) use said_once::said_once;
pub(crate) use settings::{TenantSecret, TenantSettings};
