//! Modules of the product that no library exports: they are compiled here once more, by their path.
#![allow(dead_code, unused_imports, unreachable_pub, reason = "the product uses all of it, a target a part")]

#[path = "../../../runner/wayfarer/src/channels/mod.rs"]
pub(crate) mod channels;
#[path = "../../../runner/wayfarer/src/config/mod.rs"]
pub(crate) mod config;
#[path = "../../../runner/wayfarer-store/src/pack/mod.rs"]
pub(crate) mod pack;
#[path = "../../../runner/wayfarer/src/protocol/mod.rs"]
pub(crate) mod protocol;
#[path = "../../../runner/wayfarer-store/src/stored/mod.rs"]
pub(crate) mod stored;
