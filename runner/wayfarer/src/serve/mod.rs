//! What `wayfarer serve` is made of.
//!
//! - [`server`]: a server from its start to its end.
//! - [`Control`]: what the API may ask of it; [`answers`]: its end of that.
//! - [`recovery`]: the plan of a start, and what was due before it.
//! - [`confirmations`]: the lane `confirm`, while a journey fails.
//! - [`store_watch`]: whether results get into the store, and whether there is room for more.
//! - [`journeys`]: what is deployed, between store and planner. [`runs`]: runs, made in the sandbox.

mod answers;
mod control;
mod journeys;
mod recovery;
mod runs;
mod confirmations;
mod server;
mod store_watch;

pub(crate) use crate::dispatcher::{TriggerError, Triggered};
pub(crate) use control::{Ask, Control, DeployError, DeployOrder, Unready, UploadError, Uploaded};
pub(crate) use runs::Runs;
pub(crate) use server::{ServeError, ServeSettings, run};
