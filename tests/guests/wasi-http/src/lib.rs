//! Guest in Rust over `wasi:http`, from the files in `wit/` alone. Beside the smoke journey it has one that posts.
#![cfg(target_arch = "wasm32")]

mod client;
#[path = "../../wasi_http.rs"]
mod smoke;

use bindings::exports::wayfarer::journey::guest::{
    Cleaned, Cleanup, Descriptor, Failure, Guest, Parameter, ParameterKind, Secret,
};
use bindings::wasi::http::types::Method;
use bindings::wayfarer::journey::failures::FailureKind;
use bindings::wayfarer::journey::{checks, logs, params, secrets};
use smoke::{Smoke, check, failure, step};

#[allow(unsafe_code, unused_qualifications, clippy::all, clippy::pedantic, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({ path: "../../../wit", world: "journey-wasi-http", generate_all });
    export!(Both);
    use super::Both;
}

struct Both;

impl Guest for Both {
    fn describe() -> Vec<Descriptor> {
        Smoke::describe().into_iter().flat_map(|smoke| [post(&smoke), smoke]).collect()
    }

    fn run(journey: String) -> Result<(), Failure> {
        match journey.as_str() {
            "post" => step("post", posts),
            _ => Smoke::run(journey),
        }
    }

    fn clean(cleanup: Cleanup) -> Result<Cleaned, Failure> {
        Smoke::clean(cleanup)
    }
}

fn post(smoke: &Descriptor) -> Descriptor {
    let size = Parameter {
        name: "size".into(),
        title: "Bytes of the body.".into(),
        kind: ParameterKind::Integer,
        required: false,
        preset: Some("0".into()),
    };
    let key = Secret { name: "key".into(), title: String::new(), required: false, place: None };
    Descriptor {
        name: "post".into(),
        title: "Posts a body with the secret in a header, and shows the whole answer.".into(),
        steps: vec!["post".into()],
        parameters: smoke.parameters.iter().cloned().chain([size]).collect(),
        secrets: vec![key],
        ..smoke.clone()
    }
}

fn posts() -> Result<(), Failure> {
    let url = params::get("base_url").unwrap_or_default();
    let size = params::get("size").and_then(|size| size.parse().ok()).unwrap_or_default();
    let placeholder = secrets::placeholder("key").unwrap_or_default();
    let headers = [("x-api-key".to_owned(), placeholder.clone().into_bytes())];
    let answer = client::send(&Method::Post, &url, &headers, &vec![b'x'; size])
        .map_err(|refused| failure(FailureKind::Error, format!("POST {url}: {refused}")))?;
    let mut is_echoed = false;
    for (name, value) in &answer.headers {
        logs::write(&logs::Level::Info, &format!("{name}: {}", String::from_utf8_lossy(value)), &[]);
        is_echoed |= name == "x-echo" && *value == placeholder.as_bytes();
    }
    logs::write(&logs::Level::Info, &String::from_utf8_lossy(&answer.body), &[]);
    checks::hard(&check("status is 200", answer.status.into(), 200));
    checks::soft(&check("the secret came back as its placeholder", is_echoed.into(), 1));
    Ok(())
}

/// Returns the status and the body of a page.
fn get(url: &str) -> Result<(u16, Vec<u8>), String> {
    let answer =
        client::send(&Method::Get, url, &[], &[]).map_err(|refused| format!("GET {url}: {refused}"))?;
    Ok((answer.status, answer.body))
}
