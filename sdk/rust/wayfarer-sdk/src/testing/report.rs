//! What a journey did in a test.

use std::fmt;
use std::time::Duration;

use super::answer::Sent;
use crate::bindings::wayfarer::journey::checks::Check;
use crate::bindings::wayfarer::journey::failures as wit;
use crate::bindings::wayfarer::journey::logs::Level;
use crate::failure::{Failure, Outcome};
use crate::host::Strength;

/// What a journey did in a test.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What the journey returned. A panic and a passed deadline are errors.
    pub outcome: Outcome,
    /// The steps, in the order of their start.
    pub steps: Vec<StepSeen>,
    /// The checks, also those that held.
    pub checks: Vec<CheckSeen>,
    /// The requests, in the order sent.
    pub requests: Vec<Sent>,
    /// The metrics, in the order recorded.
    pub metrics: Vec<MetricSeen>,
    /// Names and values that the journey noted.
    pub annotations: Vec<(String, String)>,
    /// The log lines, as `info: message`.
    pub logs: Vec<String>,
    /// Names and contents of the artifacts.
    pub artifacts: Vec<(String, Vec<u8>)>,
    /// The cleanups that the journey armed.
    pub cleanups: Vec<CleanupSeen>,
    /// How long the run took on the fake's clock.
    pub elapsed: Duration,
}

/// A recorded step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StepSeen {
    /// The name given to `step`.
    pub name: String,
    /// How many steps enclose it; 0 for a top-level step.
    pub depth: usize,
    /// Whether the step ended.
    pub ended: bool,
    /// The message of its failure, if it failed.
    pub failure: Option<String>,
}

/// A recorded check.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckSeen {
    /// The expectation in words.
    pub name: String,
    /// Whether it held.
    pub is_passed: bool,
    /// Whether the run fails if it does not hold.
    pub hard: bool,
    /// The actual value, if the journey compared two values.
    pub actual: Option<String>,
    /// The expected value, if the journey compared two values.
    pub expected: Option<String>,
}

/// A recorded metric.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MetricSeen {
    /// The name given to `metric`.
    pub name: String,
    /// The value, in `unit`.
    pub value: f64,
    /// Free text such as `EUR`; empty for a bare number.
    pub unit: String,
}

/// A cleanup that the journey armed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CleanupSeen {
    /// The kind given to `arm`.
    pub kind: String,
    /// The payload given to `arm`, or the last one given to `amend`.
    pub payload: String,
    /// Whether the journey cancelled it.
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
            annotations: Vec::new(),
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

    /// Whether the verdict would be `passed`: the journey returned `Ok`, every check held, and it has steps, all
    /// ended.
    pub fn passed(&self) -> bool {
        self.ran_to_the_end() && self.checks.iter().all(|check| check.is_passed)
    }

    /// Whether the verdict would be `degraded`: as `passed`, except that a soft check did not hold.
    pub fn degraded(&self) -> bool {
        self.ran_to_the_end() && self.checks.iter().any(|check| !check.is_passed)
    }

    fn ran_to_the_end(&self) -> bool {
        self.outcome.is_ok()
            && !self.steps.is_empty()
            && self.steps.iter().all(|step| step.ended)
            && self.checks.iter().all(|check| check.is_passed || !check.hard)
    }

    /// Why the journey failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        self.outcome.as_ref().err()
    }

    /// The names of the steps, in the order of their start.
    pub fn step_names(&self) -> Vec<&str> {
        self.steps.iter().map(|step| step.name.as_str()).collect()
    }

    /// The first step with that name.
    pub fn step(&self, name: &str) -> Option<&StepSeen> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// The names of the checks that did not hold.
    pub fn failed_checks(&self) -> Vec<&str> {
        self.checks.iter().filter(|check| !check.is_passed).map(|check| check.name.as_str()).collect()
    }

    pub(crate) fn open_step(&mut self, name: &str, parent: Option<u32>) -> u32 {
        let depth =
            parent.and_then(|parent| self.steps.get(parent as usize)).map_or(0, |step| step.depth + 1);
        self.steps.push(StepSeen { name: name.to_owned(), depth, ended: false, failure: None });
        u32::try_from(self.steps.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn close_step(&mut self, step: u32, failure: Option<&wit::Failure>) {
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

/// Writes the steps, the requests, the checks that did not hold and the failure, for the message of a failed
/// assertion.
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
