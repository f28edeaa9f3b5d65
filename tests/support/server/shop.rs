//! The demo shop, in this process.

use std::future::pending;

use wayfarer_shop::{Options, Shop, serve};

use super::Served;

/// A shop of its own.
pub fn shop() -> Served {
    Served::start("http", |listener| serve(listener, Shop::new(Options::default()), pending()))
}
