//! Doors for `tests/fuzz` to what reads a component's bytes; those of HTTP are in [`http::fuzz`](crate::http::fuzz). Only the
//! feature `fuzz` compiles them, which no build of the product switches on.

use crate::compile::LargestFunction;
use crate::imports::{self, ImportError};

/// The names that a component imports and exports, if it may be compiled.
///
/// # Errors
/// What the file is instead.
pub fn names(wasm: &[u8]) -> Result<(Vec<String>, Vec<String>), ImportError> {
    imports::check(wasm).map(|names| (names.imports, names.exports))
}

/// The largest function of a component.
pub fn largest_function(wasm: &[u8]) -> Option<LargestFunction> {
    LargestFunction::of(wasm)
}
