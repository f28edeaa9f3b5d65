//! What `wayfarer serve` is made of.
//!
//! - [`Control`]: what the API may ask of the running server, and nothing else of it.

mod control;

pub(crate) use control::{
    Ask, Control, DeployError, DeployOrder, Ended, TriggerError, Triggered, Unready, UploadError, Uploaded,
};
