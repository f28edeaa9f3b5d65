//! Tasks that take no input but what the store and the disk say.

mod confirmations;
pub(crate) mod retention;
mod store_health;

pub(super) use confirmations::Confirmations;
pub(super) use store_health::StoreWatch;
