//! Smoke guest in Rust that sends its request with `waki`.
#![cfg(target_arch = "wasm32")]

#[path = "../../wasi_http.rs"]
mod smoke;

#[allow(unsafe_code, unused_qualifications, clippy::all, clippy::pedantic, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({ path: "../../../wit", world: "journey" });
    export!(Smoke);
    use super::smoke::Smoke;
}

use waki::Client;

/// Returns the status and the body of a page.
fn get(url: &str) -> Result<(u16, Vec<u8>), String> {
    let response = Client::new().get(url).send().map_err(|error| format!("GET {url}: {error}"))?;
    let status = response.status_code();
    let body = response.body().map_err(|error| format!("body of {url}: {error}"))?;
    Ok((status, body))
}
