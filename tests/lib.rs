//! What the whole-product scenarios share: the builds of the guests they run, and the harness around the real
//! binary.

pub mod support;
pub mod toolchain;
