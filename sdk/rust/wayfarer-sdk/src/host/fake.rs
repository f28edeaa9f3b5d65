//! The runner in a native test. Every call goes to the [`Fake`](crate::testing::Fake) that runs the journey on
//! this thread, or to an empty one if a test calls the code without a journey.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::Strength;
use crate::bindings::wayfarer::journey::checks::Check;
use crate::bindings::wayfarer::journey::cleanups::CleanupError;
use crate::bindings::wayfarer::journey::context::Attempt;
use crate::bindings::wayfarer::journey::failures::Failure;
use crate::bindings::wayfarer::journey::http::{
    AtLimit, Error, JsonError, RedirectPolicy, Request, Response, ResponseDetails, Timeouts,
};
use crate::bindings::wayfarer::journey::logs::Level;
use crate::bindings::wayfarer::journey::secrets::SecretError;
use crate::testing::{Hop, Next, State};

type Shared = Rc<RefCell<State>>;

thread_local! {
    static CURRENT: RefCell<Shared> = RefCell::default();
}

/// Replaces this thread's runner and returns the previous one.
pub(crate) fn replace(state: Shared) -> Shared {
    CURRENT.with(|current| current.replace(state))
}

fn with<T>(call: impl FnOnce(&mut State) -> T) -> T {
    let state = CURRENT.with(|current| Rc::clone(&current.borrow()));
    let mut state = state.borrow_mut();
    call(&mut state)
}

pub(crate) fn attempt() -> Attempt {
    with(|state| state.attempt.clone())
}

pub(crate) fn parameter(name: &str) -> Option<String> {
    with(|state| state.parameter(name))
}

pub(crate) fn placeholder(name: &str) -> Result<String, SecretError> {
    with(|state| state.placeholder(name))
}

pub(crate) fn reveal(name: &str) -> Result<String, SecretError> {
    with(|state| state.reveal(name))
}

pub(crate) fn totp(name: &str) -> Result<String, SecretError> {
    // Fixed, so that a test can expect it.
    with(|state| state.placeholder(name)).map(|_| "123456".to_owned())
}

pub(crate) fn hmac(name: &str, _: &str, _: &[u8]) -> Result<Vec<u8>, SecretError> {
    // Fixed, so that a test can expect it.
    with(|state| state.placeholder(name)).map(|_| vec![0; 32])
}

pub(crate) fn open_step(name: &str, parent: Option<u32>) -> u32 {
    with(|state| state.seen.open_step(name, parent))
}

pub(crate) fn close_step(step: u32, failure: Option<&Failure>) {
    with(|state| state.seen.close_step(step, failure));
}

pub(crate) fn annotate(name: &str, value: &str) {
    with(|state| state.seen.annotations.push((name.to_owned(), value.to_owned())));
}

pub(crate) fn check(strength: Strength, check: &Check) {
    with(|state| state.seen.check(strength, check));
}

pub(crate) fn observe(name: &str, value: f64, unit: &str, _labels: &[(String, String)]) {
    with(|state| state.seen.observe(name, value, unit));
}

pub(crate) fn attach(name: &str, media_type: &str, content: &[u8]) -> bool {
    with(|state| state.seen.attach(name, media_type, content));
    true
}

pub(crate) fn log(level: &Level, message: &str, _fields: &[(String, String)]) {
    with(|state| state.seen.log(level, message));
}

pub(crate) fn sleep(duration: Duration) {
    // As in a component: whole milliseconds.
    let overdue = with(|state| state.pass_us(u64::from(super::whole_ms(duration)) * 1_000));
    if overdue {
        State::end_the_attempt();
    }
}

pub(crate) fn elapsed() -> Duration {
    with(|state| Duration::from_micros(state.elapsed_us))
}

pub(crate) fn remaining() -> Duration {
    with(|state| Duration::from_micros(state.deadline_us.saturating_sub(state.elapsed_us)))
}

pub(crate) fn arm(kind: &str, payload: &str) -> Result<String, CleanupError> {
    with(|state| state.arm(kind, payload))
}

pub(crate) fn amend(id: &str, payload: &str) -> Result<(), CleanupError> {
    with(|state| state.amend(id, payload))
}

pub(crate) fn disarm(id: &str) -> Result<(), CleanupError> {
    with(|state| state.disarm(id))
}

pub(crate) fn fetch(
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<Response, Error> {
    send(&Request {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: headers.to_vec(),
        body: body.to_vec(),
        timeouts: Timeouts {
            dns_ms: None,
            connect_ms: None,
            tls_ms: None,
            wait_ms: None,
            receive_ms: None,
            total_ms: None,
        },
        redirects: RedirectPolicy::Follow(10),
        jar: Some(0),
        max_body: None,
        at_limit: AtLimit::Drain,
        extensions: Vec::new(),
    })
}

pub(crate) fn send(request: &Request) -> Result<Response, Error> {
    take(start(request))
}

pub(crate) fn start(request: &Request) -> u32 {
    let (began, number) = with(|state| (state.elapsed_us, state.network.begin()));
    let mut hop = Hop::first(request);
    let answer = loop {
        // Outside the borrow, because the answer may be the author's own function.
        let (answer, seen) = with(|state| state.receive(&hop));
        let answer = answer(&seen);
        match with(|state| state.answer(&hop, answer)) {
            Next::Hop(next) => hop = *next,
            Next::Done(answer) => break answer,
        }
    };
    // Requests that are in flight together begin at the same time. Whoever takes one waits for it.
    with(|state| {
        let ends = std::mem::replace(&mut state.elapsed_us, began);
        state.network.finish(number, ends, answer);
    });
    number
}

pub(crate) fn take(number: u32) -> Result<Response, Error> {
    let taken = with(|state| {
        let (ends, answer) = state.network.take(number);
        state.elapsed_us = state.elapsed_us.max(ends);
        answer
    });
    if with(|state| state.is_overdue()) {
        State::end_the_attempt();
    }
    taken
}

pub(crate) fn last_request() -> Option<u32> {
    with(|state| state.network.last())
}

pub(crate) fn header(response: u32, name: &str) -> Option<String> {
    let named = |(known, _): &(String, String)| known.eq_ignore_ascii_case(name);
    headers(response).into_iter().find(named).map(|(_, value)| value)
}

pub(crate) fn headers(response: u32) -> Vec<(String, String)> {
    with(|state| state.network.response(response).map(|known| known.headers.clone()).unwrap_or_default())
}

pub(crate) fn details(response: u32) -> ResponseDetails {
    with(|state| state.network.details(response))
}

pub(crate) fn body(response: u32, offset: u32, length: u32) -> Vec<u8> {
    with(|state| {
        let body = state.network.response(response).map(|known| known.body.as_slice()).unwrap_or_default();
        let begin = (offset as usize).min(body.len());
        let end = begin.saturating_add(length as usize).min(body.len());
        body.get(begin..end).unwrap_or_default().to_vec()
    })
}

pub(crate) fn text(response: u32) -> String {
    String::from_utf8_lossy(&body(response, 0, u32::MAX)).trim_start_matches('\u{feff}').to_owned()
}

pub(crate) fn json(response: u32, path: &str) -> Result<Vec<String>, JsonError> {
    let document: serde_json::Value =
        serde_json::from_str(&text(response)).map_err(|error| JsonError::NotJson(error.to_string()))?;
    let wrong =
        |error: &dyn std::fmt::Display| JsonError::Path(format!("`{path}` is not a JSON path: {error}"));
    let query = serde_json_path::JsonPath::parse(path).map_err(|error| wrong(&error))?;
    Ok(query.query(&document).all().into_iter().map(ToString::to_string).collect())
}

pub(crate) fn release(response: u32) {
    // A response may outlive the attempt in a test.
    with(|state| state.network.release(response));
}

pub(crate) fn create_jar() -> u32 {
    with(|state| state.network.create_jar())
}

pub(crate) fn cookie(jar: u32, url: &str, name: &str) -> Option<String> {
    with(|state| state.network.cookie(jar, url, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fake;

    #[test]
    fn paths_follow_the_grammar_beside_the_interface() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../wit/vectors/json-path.json")).expect("JSON");
        let fake = Fake::new();
        fake.on("GET", "/").answer(crate::testing::json(200, &vectors["document"]));
        let report = fake.run(|j: &crate::Journey| {
            let r = j.http().get("http://shop.test/").send()?;
            for (path, expected) in vectors["selected"].as_object().expect("an object") {
                let selected = json(r.number(), path).expect("a path");
                assert_eq!(serde_json::json!(selected), *expected, "{path}");
            }
            for path in vectors["refused"].as_array().expect("a list") {
                assert!(json(r.number(), path.as_str().expect("a text")).is_err(), "{path}");
            }
            Ok(())
        });
        assert!(report.failure().is_none(), "{report}");
    }
}
