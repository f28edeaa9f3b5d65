//! A component whose `describe` never returns.
#![cfg(target_arch = "wasm32")]

use std::hint::black_box;

use wayfarer_guest_raw::guest::{Cleaned, Cleanup, Descriptor, Failure};
use wayfarer_guest_raw::{Guest, no_cleanup};

struct Busy;

impl Guest for Busy {
    fn describe() -> Vec<Descriptor> {
        while black_box(true) {}
        vec![]
    }

    fn run(_: String) -> Result<(), Failure> {
        Ok(())
    }

    fn clean(cleanup: Cleanup) -> Result<Cleaned, Failure> {
        Err(no_cleanup(&cleanup))
    }
}

wayfarer_guest_raw::bindings::export!(Busy);
