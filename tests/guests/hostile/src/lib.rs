//! Journeys that attack the server by host calls. Each goes on until a limit ends it, and none is meant to pass.
#![cfg(target_arch = "wasm32")]

use bindings::exports::wayfarer::journey::guest::{
    Cleaned, Cleanup, Descriptor, Failure, Guest, Parameter, ParameterKind, Secret,
};
use bindings::wayfarer::journey::failures::FailureKind;
use bindings::wayfarer::journey::http::{
    AtLimit, RedirectPolicy, Request, Timeouts, body, send, start, wait,
};
use bindings::wayfarer::journey::{artifacts, logs, params, steps};
use waki::bindings::wasi::http::types::{Fields, OutgoingRequest};
use waki::bindings::wasi::random::random::get_random_bytes;

#[allow(unsafe_code, unused_qualifications, clippy::all, clippy::pedantic, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({ path: "../../../wit", world: "journey" });
    export!(Hostile);
    use super::Hostile;
}

struct Hostile;

const JOURNEYS: [(&str, fn()); 7] = [
    ("draws-64-mebibytes", draws_64_mebibytes),
    ("draws-without-end", draws_without_end),
    ("has-first-letters-sealed", has_first_letters_sealed),
    ("attaches-what-is-refused", attaches_what_is_refused),
    ("fills-fields", fills_fields),
    ("sends-a-hundred-thousand", sends_a_hundred_thousand),
    ("begins-bodies", begins_bodies),
];

impl Guest for Hostile {
    fn describe() -> Vec<Descriptor> {
        JOURNEYS.iter().map(|(name, _)| journey(name)).collect()
    }

    fn run(journey: String) -> Result<(), Failure> {
        steps::open("attack", None);
        if let Some((_, attack)) = JOURNEYS.iter().find(|(name, _)| *name == journey) {
            attack();
        }
        Ok(())
    }

    fn clean(cleanup: Cleanup) -> Result<Cleaned, Failure> {
        let message = format!("no cleanup of kind {}", cleanup.kind);
        Err(Failure {
            message,
            kind: FailureKind::Error,
            request: None,
            eventually: false,
            source: None,
            actual: None,
            expected: None,
            extensions: vec![],
        })
    }
}

fn draws_64_mebibytes() {
    get_random_bytes(64 << 20);
}

/// In the largest calls that are allowed.
fn draws_without_end() {
    loop {
        get_random_bytes(256 << 10);
    }
}

/// The target answers with 16 MiB of the first letter of the value of the secret that it is for.
fn has_first_letters_sealed() {
    loop {
        let Ok(answer) = send(&request()) else { return };
        let letters = body(answer.id, 0, 16 << 20);
        logs::write(&logs::Level::Info, &String::from_utf8_lossy(&letters), &[]);
        artifacts::attach("letters", "text/plain", &letters, &[]);
    }
}

fn attaches_what_is_refused() {
    let large = vec![b'x'; 16 << 20];
    loop {
        artifacts::attach("large", "text/plain", &large, &[]);
    }
}

fn fills_fields() {
    let value = vec![b'x'; 115 << 10];
    let mut all = Vec::new();
    loop {
        let fields = Fields::new();
        let _ = fields.append(&"x".to_owned(), &value);
        all.push(fields);
    }
}

fn sends_a_hundred_thousand() {
    let request = request();
    let started: Vec<u32> = (0..100_000).map(|_| start(&request)).collect();
    wait(&started, None);
}

/// Each with as much in its buffers as they take, and none of them sent.
fn begins_bodies() {
    let chunk = vec![b'x'; 16 << 10];
    let mut all = Vec::new();
    loop {
        let request = OutgoingRequest::new(Fields::new());
        let Ok(body) = request.body() else { return };
        let Ok(stream) = body.write() else { return };
        while stream.check_write().is_ok_and(|room| room > 0) && stream.write(&chunk).is_ok() {}
        all.push((request, body, stream));
    }
}

fn request() -> Request {
    Request {
        method: "GET".into(),
        url: params::get("base_url").unwrap_or_default(),
        headers: vec![],
        body: vec![],
        timeouts: Timeouts {
            dns_ms: None,
            connect_ms: None,
            tls_ms: None,
            wait_ms: None,
            receive_ms: None,
            total_ms: None,
        },
        redirects: RedirectPolicy::Manual,
        jar: None,
        max_body: None,
        at_limit: AtLimit::Drain,
        extensions: vec![],
    }
}

fn journey(name: &str) -> Descriptor {
    let base_url = Parameter {
        name: "base_url".into(),
        title: String::new(),
        kind: ParameterKind::Url,
        required: true,
        preset: None,
    };
    Descriptor {
        name: name.into(),
        title: String::new(),
        owner: String::new(),
        runbook: String::new(),
        schedule: None,
        timezone: None,
        timeout_ms: None,
        retries: None,
        tags: vec![],
        steps: vec![],
        parameters: vec![base_url],
        secrets: vec![Secret { name: "password".into(), title: String::new(), required: true, place: None }],
        hosts: vec![],
        cleanups: vec![],
        extensions: vec![],
    }
}
