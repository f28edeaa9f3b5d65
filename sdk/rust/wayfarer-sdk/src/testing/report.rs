//! What a journey did under the fake.

use std::fmt;
use std::time::Duration;

use super::answer::Sent;
use crate::bindings::wayfarer::journey::checks::Check;
use crate::bindings::wayfarer::journey::failures as wit;
use crate::bindings::wayfarer::journey::logs::Level;
use crate::failure::{Failure, Outcome};
use crate::host::Strength;

/// What a journey did under the fake.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What the journey returned; a panic and a deadline that passed are errors.
    pub outcome: Outcome,
    /// Its steps, in the order they began.
    pub steps: Vec<StepSeen>,
    /// Its checks, those that held too.
    pub checks: Vec<CheckSeen>,
    /// Its requests, in the order sent.
    pub requests: Vec<Sent>,
    /// Its figures.
    pub metrics: Vec<MetricSeen>,
    /// Its log lines, as `info: message`.
    pub logs: Vec<String>,
    /// The names of the files it attached, with their content.
    pub artifacts: Vec<(String, Vec<u8>)>,
    /// The cleanups it armed.
    pub cleanups: Vec<CleanupSeen>,
    /// How long it took by the fake's clock.
    pub elapsed: Duration,
}

/// One step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StepSeen {
    /// Its name.
    pub name: String,
    /// How many steps it is inside of.
    pub depth: usize,
    /// Whether it was closed.
    pub ended: bool,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// One check.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckSeen {
    /// What was expected, in words.
    pub name: String,
    /// Whether it held.
    pub is_passed: bool,
    /// Whether the run fails where it does not hold.
    pub hard: bool,
    /// The actual value, where two values were compared.
    pub actual: Option<String>,
    /// What was expected, where two values were compared.
    pub expected: Option<String>,
}

/// One figure.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MetricSeen {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Its unit.
    pub unit: String,
}

/// One armed cleanup.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CleanupSeen {
    /// Its kind.
    pub kind: String,
    /// Its payload, as last amended.
    pub payload: String,
    /// Whether the journey took it back.
    pub disarmed: bool,
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

impl Report {
    pub(super) fn new() -> Self {
        Self {
            outcome: Ok(()),
            steps: Vec::new(),
            checks: Vec::new(),
            requests: Vec::new(),
            metrics: Vec::new(),
            logs: Vec::new(),
            artifacts: Vec::new(),
            cleanups: Vec::new(),
            elapsed: Duration::ZERO,
        }
    }

    pub(super) fn of_failure(failure: Failure) -> Self {
        Self { outcome: Err(failure), ..Self::new() }
    }

    pub(super) fn finished(self, outcome: Outcome, elapsed: Duration) -> Self {
        Self { outcome, elapsed, ..self }
    }

    /// Whether the runner would call it passed: it ended well, every check held, and it has steps.
    pub fn passed(&self) -> bool {
        self.ran_to_the_end() && self.checks.iter().all(|check| check.is_passed)
    }

    /// Whether the runner would call it degraded: as passed, but for a soft check.
    pub fn degraded(&self) -> bool {
        self.ran_to_the_end() && self.checks.iter().any(|check| !check.is_passed)
    }

    fn ran_to_the_end(&self) -> bool {
        self.outcome.is_ok()
            && !self.steps.is_empty()
            && self.steps.iter().all(|step| step.ended)
            && self.checks.iter().all(|check| check.is_passed || !check.hard)
    }

    /// Why it did not succeed.
    pub fn failure(&self) -> Option<&Failure> {
        self.outcome.as_ref().err()
    }

    /// The names of its steps, in the order they began.
    pub fn step_names(&self) -> Vec<&str> {
        self.steps.iter().map(|step| step.name.as_str()).collect()
    }

    /// The first step of that name.
    pub fn step(&self, name: &str) -> Option<&StepSeen> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// The names of the checks that did not hold.
    pub fn failed_checks(&self) -> Vec<&str> {
        self.checks.iter().filter(|check| !check.is_passed).map(|check| check.name.as_str()).collect()
    }

    pub(crate) fn begin_step(&mut self, name: &str) -> u32 {
        let depth = self.steps.iter().filter(|step| !step.ended).count();
        self.steps.push(StepSeen { name: name.to_owned(), depth, ended: false, failure: None });
        u32::try_from(self.steps.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn end_step(&mut self, step: u32, failure: Option<&wit::Failure>) {
        if let Some(step) = self.steps.get_mut(step as usize) {
            step.ended = true;
            step.failure = failure.map(|failure| failure.message.clone());
        }
    }

    pub(crate) fn check(&mut self, strength: Strength, check: &Check) {
        self.checks.push(CheckSeen {
            name: check.name.clone(),
            is_passed: check.is_passed,
            hard: strength == Strength::Hard,
            actual: check.actual.clone(),
            expected: check.expected.clone(),
        });
    }

    pub(crate) fn observe(&mut self, name: &str, value: f64, unit: &str) {
        self.metrics.push(MetricSeen { name: name.to_owned(), value, unit: unit.to_owned() });
    }

    pub(crate) fn attach(&mut self, name: &str, _media_type: &str, content: &[u8]) {
        self.artifacts.push((name.to_owned(), content.to_vec()));
    }

    pub(crate) fn log(&mut self, level: &Level, message: &str) {
        let word = match level {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
            Level::Other(word) => word,
        };
        self.logs.push(format!("{word}: {message}"));
    }
}

/// Steps, checks that did not hold, requests and the failure: what to print where a test fails.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            let mark = if !step.ended {
                "left open"
            } else if step.failure.is_some() {
                "failed"
            } else {
                "ok"
            };
            writeln!(f, "{:indent$}{} ({mark})", "", step.name, indent = step.depth * 2)?;
        }
        if self.steps.is_empty() {
            writeln!(f, "no step")?;
        }
        for request in &self.requests {
            writeln!(f, "{} {}", request.method, request.url)?;
        }
        for check in self.checks.iter().filter(|check| !check.is_passed) {
            let strength = if check.hard { "check" } else { "soft check" };
            writeln!(
                f,
                "{strength} failed: {} (actual {:?}, expected {:?})",
                check.name, check.actual, check.expected
            )?;
        }
        match &self.outcome {
            Ok(()) => write!(f, "returned ok after {:?}", self.elapsed),
            Err(failure) => write!(f, "{failure}"),
        }
    }
}
