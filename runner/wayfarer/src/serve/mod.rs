//! What `wayfarer serve` is made of.
//!
//! - [`Control`]: what the API may ask of the running server, and nothing else of it.

mod control;

pub(crate) use crate::dispatcher::{Ended, TriggerError, Triggered};
pub(crate) use control::{Ask, Control, DeployError, DeployOrder, Unready, UploadError, Uploaded};
