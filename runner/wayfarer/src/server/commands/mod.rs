//! What the API may ask of the running server, and who does it.

mod control;
mod handler;

pub(crate) use control::{Command, Control, DeployError, DeployOrder, Unready, UploadError, Uploaded};
pub(super) use handler::{CommandHandler, Names};
