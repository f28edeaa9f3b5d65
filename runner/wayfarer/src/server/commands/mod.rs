//! What the API may ask of the running server, and who executes it.

mod control;
mod handler;

pub(crate) use control::{Command, Control, DeployError, DeployOrder, TriggerOrder, Unready};
pub(crate) use handler::CommandHandler;
