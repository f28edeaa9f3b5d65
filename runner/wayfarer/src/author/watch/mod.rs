//! What `wayfarer test --watch` waits for: a change of a source file, or a key.

mod changes;
mod keys;

pub(crate) use changes::Changes;
pub(crate) use keys::{Key, Keys};
