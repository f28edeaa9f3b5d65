//! Two journeys with the same name.
#![cfg(target_arch = "wasm32")]

use wayfarer_guest_raw::guest::{Cleaned, Cleanup, Descriptor, Failure};
use wayfarer_guest_raw::{Guest, journey, no_cleanup};

struct Twice;

impl Guest for Twice {
    fn describe() -> Vec<Descriptor> {
        vec![journey("checkout"), journey("search"), journey("checkout")]
    }

    fn run(_: String) -> Result<(), Failure> {
        Ok(())
    }

    fn clean(cleanup: Cleanup) -> Result<Cleaned, Failure> {
        Err(no_cleanup(&cleanup))
    }
}

wayfarer_guest_raw::bindings::export!(Twice);
