//! A component whose `describe` waits by the clock of WASI, as a language's own sleep does.
#![cfg(target_arch = "wasm32")]

use std::time::Duration;

use wayfarer_guest_raw::guest::{Cleaned, Cleanup, Descriptor, Failure};
use wayfarer_guest_raw::{Guest, journey, no_cleanup};

struct Waiting;

impl Guest for Waiting {
    fn describe() -> Vec<Descriptor> {
        for _ in 0..290 {
            std::thread::sleep(Duration::from_millis(100));
        }
        vec![journey("waiting")]
    }

    fn run(_: String) -> Result<(), Failure> {
        Ok(())
    }

    fn clean(cleanup: Cleanup) -> Result<Cleaned, Failure> {
        Err(no_cleanup(&cleanup))
    }
}

wayfarer_guest_raw::bindings::export!(Waiting);
