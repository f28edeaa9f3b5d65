//! The fake: what a test sets, and how it runs a journey.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::report::Report;
use super::rules::{Rule, Rules};
use super::state::State;
use crate::entry::{Needs, Walk};
use crate::failure::{Failure, FailureKind, Outcome};
use crate::journey::Journey;
use crate::{duration, host, panics, recorder};

/// A runner for native tests, with scripted answers, parameters, secrets and its own clock.
///
/// See the [module](super) for an example.
#[derive(Clone)]
#[must_use]
pub struct Fake {
    rules: Rules,
    parameters: Vec<(String, String)>,
    secrets: Vec<(String, String)>,
    deadline: Duration,
    attempt: u32,
    has_store: bool,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fake").field("parameters", &self.parameters).finish_non_exhaustive()
    }
}

impl Default for Fake {
    fn default() -> Self {
        Self::new()
    }
}

impl Fake {
    /// Creates a runner that answers no request. Its attempt may take 30 seconds on its clock.
    pub fn new() -> Self {
        Self {
            rules: Rules::default(),
            parameters: Vec::new(),
            secrets: Vec::new(),
            deadline: Duration::from_secs(30),
            attempt: 1,
            has_store: false,
        }
    }

    /// Sets a parameter. A parameter that is not set has its preset.
    #[expect(clippy::needless_pass_by_value, reason = "a number is written as it is")]
    pub fn param(mut self, name: &str, value: impl ToString) -> Self {
        self.parameters.push((name.to_owned(), value.to_string()));
        self
    }

    /// Sets a secret. The journey gets a placeholder; [`Sent`](super::Sent) shows the value.
    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.secrets.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets how long the attempt may take; 30 s by default.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the attempt's number; 1 by default.
    pub fn attempt(mut self, number: u32) -> Self {
        self.attempt = number;
        self
    }

    /// Attaches a store, so that the journey can arm cleanups. The report lists them.
    pub fn store(mut self) -> Self {
        self.has_store = true;
        self
    }

    /// Adds a rule for requests with this method and path.
    ///
    /// In a path such as `/orders/*`, each `*` matches one segment. A path with a query matches only that query.
    /// A whole URL is possible too. If several rules match, the fake uses the last one.
    pub fn on(&self, method: &str, path: &str) -> Rule {
        self.rules.add(method, path)
    }

    /// Runs a journey and reports what it did. Each run starts with the first answer of every rule.
    #[allow(clippy::needless_pass_by_value, reason = "a function item is its own value")]
    pub fn run<Marker, W: Walk<Marker>>(&self, journey: W) -> Report {
        self.rules.rewind();
        let state = match self.state(W::needs()) {
            Ok(state) => Rc::new(RefCell::new(state)),
            Err(failure) => return Report::of_failure(failure),
        };
        let before = host::replace(Rc::clone(&state));
        recorder::reset();
        let outcome = self.walk(|| journey.walk(&Journey::new()));
        recorder::reset();
        host::replace(before);
        let mut state = state.borrow_mut();
        let elapsed = Duration::from_micros(state.elapsed_us);
        std::mem::take(&mut state.seen).finished(outcome, elapsed)
    }

    fn walk(&self, walk: impl FnOnce() -> Outcome) -> Outcome {
        panics::caught(walk).unwrap_or_else(|panic| {
            let failure = panic.unwrap_or_else(|| {
                let message = format!("the attempt's deadline of {} passed", duration::shown(self.deadline));
                Failure::at(FailureKind::Error, message, None)
            });
            recorder::abandon(&failure);
            Err(failure)
        })
    }

    fn state(&self, needs: Needs) -> Result<State, Failure> {
        let mut state = State::default();
        state.attempt.number = self.attempt;
        state.deadline_us = u64::try_from(self.deadline.as_micros()).unwrap_or(u64::MAX);
        state.rules = self.rules.clone();
        state.has_store = self.has_store;
        for (name, value) in &self.parameters {
            if !needs.parameters.iter().any(|known| known.name == *name) {
                return Err(unknown("parameter", name));
            }
            state.parameters.push((name.clone(), value.clone()));
        }
        for (name, value) in &self.secrets {
            if !needs.secrets.iter().any(|known| known.name == *name) {
                return Err(unknown("secret", name));
            }
            state.secrets.push((name.clone(), value.clone()));
        }
        for parameter in needs.parameters {
            if let (None, Some(preset)) = (state.parameter(&parameter.name), parameter.preset) {
                state.parameters.push((parameter.name, preset));
            }
        }
        Ok(state)
    }
}

fn unknown(what: &str, name: &str) -> Failure {
    let message = format!("the fake sets the {what} `{name}`, which the journey does not have");
    Failure::at(FailureKind::Error, message, None)
}
