//! Smoke guest in Rust that sends its request with `wstd`.
#![cfg(target_arch = "wasm32")]

#[path = "../../wasi_http.rs"]
mod smoke;

#[allow(unsafe_code, unused_qualifications, clippy::all, clippy::pedantic, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({ path: "../../../wit", world: "journey" });
    export!(Smoke);
    use super::smoke::Smoke;
}

use wstd::future::FutureExt as _;
use wstd::http::{Body, Client, Error, Request};
use wstd::runtime::block_on;
use wstd::time::Duration;

/// Whoever takes more seconds to answer is let go.
const PATIENCE_S: u64 = 3;

/// Returns the status and the body of a page.
fn get(url: &str) -> Result<(u16, Vec<u8>), String> {
    block_on(async {
        let request = Request::get(url).body(Body::empty())?;
        let response = Client::new().send(request).timeout(Duration::from_secs(PATIENCE_S)).await??;
        let status = response.status().as_u16();
        let mut body = response.into_body();
        Ok((status, body.contents().await?.to_vec()))
    })
    .map_err(|error: Error| format!("GET {url}: {error}"))
}
