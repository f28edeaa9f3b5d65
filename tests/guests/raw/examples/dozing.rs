//! A component whose `describe` waits: by the interface's own sleep, which it may not.
#![cfg(target_arch = "wasm32")]

use wayfarer_guest_raw::guest::{Cleaned, Cleanup, Descriptor, Failure};
use wayfarer_guest_raw::{Guest, journey, no_cleanup, timers};

struct Dozing;

impl Guest for Dozing {
    fn describe() -> Vec<Descriptor> {
        timers::sleep_ms(29_000);
        vec![journey("dozing")]
    }

    fn run(_: String) -> Result<(), Failure> {
        Ok(())
    }

    fn clean(cleanup: Cleanup) -> Result<Cleaned, Failure> {
        Err(no_cleanup(&cleanup))
    }
}

wayfarer_guest_raw::bindings::export!(Dozing);
