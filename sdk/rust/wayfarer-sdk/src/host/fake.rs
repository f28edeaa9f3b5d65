//! The runner in a native test. Every call goes to the [`Fake`](crate::testing::Fake) that runs the journey on
//! this thread, or to an empty one if a test calls the code without a journey.

use std::cell::RefCell;
use std::rc::Rc;

use super::Strength;
use crate::bindings::wayfarer::journey::checks::Check;
use crate::bindings::wayfarer::journey::cleanups::CleanupError;
use crate::bindings::wayfarer::journey::context::Attempt;
use crate::bindings::wayfarer::journey::failures::Failure;
use crate::bindings::wayfarer::journey::http::{Error, Request, Response};
use crate::bindings::wayfarer::journey::logs::Level;
use crate::bindings::wayfarer::journey::secrets::SecretError;
use crate::testing::State;

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

pub(crate) fn begin_step(name: &str) -> u32 {
    with(|state| state.seen.begin_step(name))
}

pub(crate) fn end_step(step: u32, failure: Option<&Failure>) {
    with(|state| state.seen.end_step(step, failure));
}

pub(crate) fn check(strength: Strength, check: &Check) {
    with(|state| state.seen.check(strength, check));
}

pub(crate) fn observe(name: &str, value: f64, unit: &str) {
    with(|state| state.seen.observe(name, value, unit));
}

pub(crate) fn attach(name: &str, media_type: &str, content: &[u8]) -> bool {
    with(|state| state.seen.attach(name, media_type, content));
    true
}

pub(crate) fn log(level: &Level, message: &str, _fields: &[(String, String)]) {
    with(|state| state.seen.log(level, message));
}

pub(crate) fn sleep_us(duration: u64) {
    let overdue = with(|state| state.pass_us(duration));
    if overdue {
        State::end_the_attempt();
    }
}

pub(crate) fn elapsed_us() -> u64 {
    with(|state| state.elapsed_us)
}

pub(crate) fn remaining_us() -> u64 {
    with(|state| state.deadline_us.saturating_sub(state.elapsed_us))
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

pub(crate) fn send(request: &Request) -> Result<Response, Error> {
    // Outside the borrow, because the answer may be the author's own function.
    let (answer, seen) = with(|state| state.receive(request));
    let answer = answer(&seen);
    let sent = with(|state| state.answer(request, answer));
    if with(|state| state.is_overdue()) {
        State::end_the_attempt();
    }
    sent
}

pub(crate) fn send_all(requests: &[Request]) -> Vec<Result<Response, Error>> {
    let began = elapsed_us();
    let mut longest = began;
    let answers = requests.iter().map(|request| {
        // All requests begin at the same time. The clock ends with the slowest.
        with(|state| state.elapsed_us = began);
        let answer = send(request);
        longest = longest.max(elapsed_us());
        answer
    });
    let answers = answers.collect();
    with(|state| state.elapsed_us = longest);
    answers
}
