//! Requests that their guest gives up by itself, and failures that name no request.
#![cfg(target_arch = "wasm32")]

use wayfarer_guest_raw::bindings::wayfarer::journey::http::{AtLimit, RedirectPolicy, Request, Timeouts};
use wayfarer_guest_raw::guest::{Cleaned, Cleanup, Descriptor, Failure};
use wayfarer_guest_raw::{Guest, failure, http, journey, no_cleanup, params, steps, timers};

struct Patience;

const NAMES: [&str; 4] = ["abandons", "leaves-pending", "refused-and-fails", "sleeps-on"];

impl Guest for Patience {
    fn describe() -> Vec<Descriptor> {
        NAMES.into_iter().map(journey).collect()
    }

    fn run(journey: String) -> Result<(), Failure> {
        let step = steps::open("ask", None);
        let url = params::get("base_url").unwrap_or_default();
        match journey.as_str() {
            "abandons" => {
                let number = begun(url);
                http::wait(&[number], Some(200));
                http::abandon(number);
            }
            "leaves-pending" => {
                http::wait(&[begun(url)], Some(200));
            }
            "sleeps-on" => {
                // A timer of WASI, not of the runner's interface.
                drop(http::fetch("GET", &url, &[], &[]));
                std::thread::sleep(std::time::Duration::from_secs(3_600));
            }
            _ => drop(http::fetch("GET", &url, &[], &[])),
        }
        let failed = failure("it took too long, or did not work");
        steps::close(step, Some(&failed));
        timers::sleep_ms(1);
        Err(failed)
    }

    fn clean(cleanup: Cleanup) -> Result<Cleaned, Failure> {
        Err(no_cleanup(&cleanup))
    }
}

fn begun(url: String) -> u32 {
    let timeouts = Timeouts {
        dns_ms: None,
        connect_ms: None,
        tls_ms: None,
        wait_ms: None,
        receive_ms: None,
        total_ms: None,
    };
    http::start(&Request {
        method: "GET".into(),
        url,
        headers: vec![],
        body: vec![],
        timeouts,
        redirects: RedirectPolicy::Manual,
        jar: None,
        max_body: None,
        at_limit: AtLimit::Drain,
        extensions: vec![],
    })
}

wayfarer_guest_raw::bindings::export!(Patience);
