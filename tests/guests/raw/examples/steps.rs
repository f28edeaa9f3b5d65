//! Steps that are opened and closed in a wrong order, and traps without a message.
#![cfg(target_arch = "wasm32")]

use wayfarer_guest_raw::guest::{Cleaned, Cleanup, Descriptor, Failure};
use wayfarer_guest_raw::{Guest, failure, http, journey, no_cleanup, params, steps};

struct Steps;

const JOURNEYS: [fn(); 5] = [left_open, left_open_inside, never_opened, traps_unasked, traps_after_an_answer];
const NAMES: [&str; 5] =
    ["left-open", "left-open-inside", "never-opened", "traps-unasked", "traps-after-an-answer"];

impl Guest for Steps {
    fn describe() -> Vec<Descriptor> {
        NAMES.into_iter().map(journey).collect()
    }

    fn run(journey: String) -> Result<(), Failure> {
        let walks = NAMES.into_iter().zip(JOURNEYS).find(|(name, _)| *name == journey);
        let (_, walk) = walks.ok_or_else(|| failure("no such journey"))?;
        walk();
        Ok(())
    }

    fn clean(cleanup: Cleanup) -> Result<Cleaned, Failure> {
        Err(no_cleanup(&cleanup))
    }
}

fn left_open() {
    steps::open("never to end", None);
}

fn left_open_inside() {
    let outer = steps::open("around it", None);
    steps::open("never to end", Some(outer));
    steps::close(outer, None);
}

fn never_opened() {
    let step = steps::open("ended twice", None);
    steps::close(step, None);
    steps::close(step, None);
}

fn traps_unasked() {
    steps::open("fall over", None);
    trap();
}

fn traps_after_an_answer() {
    let step = steps::open("ask", None);
    let url = params::get("base_url").unwrap_or_default();
    let answered = http::fetch("GET", &url, &[], &[]).is_ok();
    steps::close(step, None);
    if answered {
        trap();
    }
}

/// Traps without a panic and its message.
fn trap() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}

wayfarer_guest_raw::bindings::export!(Steps);
