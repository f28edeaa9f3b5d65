//! Uploads on their way to the store: how many there may be, and where their bytes are meanwhile.
//!
//! An upload is admitted to the [`queue`] before its body is read. The body goes to a file without a name ([`body`]), so a
//! body that waits costs no memory. When the tenant's turn comes, the component is read, compiled, asked what it holds, and
//! stored. Whoever hangs up drops the future: that frees the place and kills the compile child.

mod body;
mod queue;

pub(crate) use body::{ReceiveError, receive};
pub(crate) use queue::{QueueFull, UploadQueue};
