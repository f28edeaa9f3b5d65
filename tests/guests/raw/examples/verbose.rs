//! A component that says megabytes of itself.
#![cfg(target_arch = "wasm32")]

use wayfarer_guest_raw::guest::{Cleaned, Cleanup, Descriptor, Failure};
use wayfarer_guest_raw::{Guest, journey, no_cleanup};

struct Verbose;

impl Guest for Verbose {
    fn describe() -> Vec<Descriptor> {
        vec![Descriptor { title: "all the best ".repeat(1_000_000), ..journey("verbose") }]
    }

    fn run(_: String) -> Result<(), Failure> {
        Ok(())
    }

    fn clean(cleanup: Cleanup) -> Result<Cleaned, Failure> {
        Err(no_cleanup(&cleanup))
    }
}

wayfarer_guest_raw::bindings::export!(Verbose);
