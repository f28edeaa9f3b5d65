//! Decides the verdict from how the guest's call ended and from what the host recorded.
//!
//! The rule of thumb: a failure without any sign from the target is the journey's own. A failure with one is the
//! target's, unless a limit, the policy or a parameter stood in the way. What the guest says is one input of several.

use crate::cancel::CancelCause;
use crate::failure::{Failure, FailureKind};
use crate::report::{CheckRecord, Recording, StepOutcome};
use crate::traffic::{Blame, TrafficError, TrafficErrorKind, TrafficRecord};
use crate::trap_words::{TrapWords, trap_words};
use crate::units::Micros;
use crate::verdict::{Reason, Verdict};

/// A budget that was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitKind {
    /// Processor time.
    Cpu,
    /// Bytes of memory, or table elements.
    Memory,
    /// The stack.
    Stack,
    /// A count or size: steps, checks, metrics, requests, traffic, handles.
    Count,
}

/// How the guest's call ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// It returned `ok`.
    Returned,
    /// It returned a failure.
    Failed(Failure),
    /// It trapped; the text is the engine's.
    Trapped(String),
    /// The host stopped it because it misused an interface; the text says how.
    Misused(String),
    /// It passed something to an interface that the interface cannot take: text that is not UTF-8, a number that names
    /// nothing. The text says what. The runtimes of some languages trap in its place, see [`TrapWords::Misuse`].
    Interface(String),
    /// The host stopped it because a budget was used up; the text names the limit and the remedy.
    Exhausted(LimitKind, String),
    /// The attempt's deadline passed. Carries the limit, not the time used.
    OutOfTime(Micros),
    /// The runner could not go on.
    RunnerFault(String),
    /// It was ended from outside.
    Cancelled(CancelCause),
}

/// Everything that the verdict depends on.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// How the guest's call ended.
    pub ending: &'a Ending,
    /// What was recorded until then.
    pub recording: &'a Recording,
    /// Why the guest said that it was about to trap; counts only if it then trapped.
    pub panic: Option<&'a Failure>,
    /// A budget that denied the guest something which it may have survived, such as memory.
    pub denied_by: Option<LimitKind>,
    /// The steps that the descriptor names, which a run that returns has opened. A name that ends in `?` is optional.
    pub promised: &'a [String],
}

/// What [`judge`] decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What the attempt amounts to.
    pub verdict: Verdict,
    /// Its cause, for machines.
    pub reason: Reason,
    /// Its cause, for people; none if passed or cancelled.
    pub failure: Option<Failure>,
}

fn judgement(verdict: Verdict, reason: Reason, failure: impl Into<Option<Failure>>) -> Judgement {
    Judgement { verdict, reason, failure: failure.into() }
}

/// Decides. The same evidence always gives the same judgement.
pub fn judge(evidence: Evidence<'_>) -> Judgement {
    let recording = evidence.recording;
    match evidence.ending {
        Ending::Cancelled(cause) => {
            let (verdict, reason) = cause.verdict();
            judgement(verdict, reason, None)
        }
        Ending::RunnerFault(why) => judgement(Verdict::Inconclusive, Reason::Runner, Failure::message(why)),
        Ending::Exhausted(limit, why) => {
            judgement(Verdict::Broken, reason_of_limit(*limit), Failure::message(why))
        }
        Ending::Misused(why) => judgement(Verdict::Broken, Reason::StepOpen, Failure::message(why)),
        Ending::Interface(why) => misused(why),
        Ending::OutOfTime(limit) => out_of_time(*limit, recording),
        Ending::Trapped(why) => trapped(evidence, why),
        Ending::Failed(failure) if failure.kind == FailureKind::Unmet => unmet(evidence, failure.clone()),
        Ending::Failed(failure) => {
            let hard = recording.checks.iter().any(|check| !check.is_soft && !check.is_passed);
            let reason = match failure.kind {
                FailureKind::Check => Reason::Check,
                FailureKind::Panic => Reason::Panic,
                FailureKind::Error | FailureKind::Unmet if hard => Reason::Check,
                FailureKind::Error | FailureKind::Unmet => Reason::Error,
            };
            stopped(evidence, failure.clone(), reason, Reason::NoAnswer)
        }
        Ending::Returned => returned(evidence),
    }
}

fn reason_of_limit(limit: LimitKind) -> Reason {
    match limit {
        LimitKind::Cpu => Reason::Cpu,
        LimitKind::Memory => Reason::Memory,
        LimitKind::Stack => Reason::Stack,
        LimitKind::Count => Reason::Limit,
    }
}

fn misused(why: &str) -> Judgement {
    let why = format!("the journey misused an interface: {why}");
    judgement(Verdict::Broken, Reason::Interface, Failure::message(why))
}

/// The guest trapped. What it reported before counts most, and its last words more than the engine's.
fn trapped(evidence: Evidence<'_>, why: &str) -> Judgement {
    let reported = evidence.panic.cloned().map(TrapWords::Panic);
    let failure = match reported.or_else(|| trap_words(&evidence.recording.logs)) {
        Some(TrapWords::Panic(failure)) => failure,
        // A runtime that gets no memory may find every value wrong.
        Some(TrapWords::Misuse(what)) if evidence.denied_by.is_none() => return misused(&what),
        Some(TrapWords::Misuse(what)) => Failure::message(what),
        None => Failure::message(why),
    };
    let reason = if failure.kind == FailureKind::Panic { Reason::Panic } else { Reason::Trap };
    stopped(evidence, failure, reason, reason)
}

/// The guest returned a failure or trapped. `answered` is the reason if the target gave a sign, `silent` if not.
fn stopped(evidence: Evidence<'_>, failure: Failure, answered: Reason, silent: Reason) -> Judgement {
    if let Some(limit) = evidence.denied_by {
        return judgement(Verdict::Broken, reason_of_limit(limit), after_a_denial(failure));
    }
    let traffic = &evidence.recording.traffic;
    if let Some(error) = meant(&failure, traffic).and_then(|record| record.error.as_ref()) {
        let (verdict, reason) = blamed(error);
        return judgement(verdict, reason, failure);
    }
    if traffic.iter().any(TrafficRecord::is_sign_of_target) {
        judgement(Verdict::Failed, answered, failure)
    } else {
        judgement(Verdict::Broken, silent, failure)
    }
}

/// The same failure, preceded by the denial that led to it. Only memory, tables included, is denied in a way that a
/// guest may survive.
fn after_a_denial(failure: Failure) -> Failure {
    let message = format!(
        "memory beyond the limit was refused before: raise `limits.memory` or make the journey hold less ({})",
        failure.message
    );
    Failure { message, ..failure }
}

/// The request that a failure is about: the one that it names, the last one otherwise.
fn meant<'a>(failure: &Failure, traffic: &'a [TrafficRecord]) -> Option<&'a TrafficRecord> {
    let named = failure.request.and_then(|number| traffic.get(number as usize));
    named.or_else(|| traffic.last())
}

/// The guest says that a condition which it needs did not hold. Nothing follows for the target.
fn unmet(evidence: Evidence<'_>, failure: Failure) -> Judgement {
    if let Some(limit) = evidence.denied_by {
        return judgement(Verdict::Broken, reason_of_limit(limit), after_a_denial(failure));
    }
    let error = meant(&failure, &evidence.recording.traffic).and_then(|record| record.error.as_ref());
    match error.map(blamed) {
        Some((Verdict::Inconclusive, reason)) => judgement(Verdict::Inconclusive, reason, failure),
        _ => judgement(Verdict::Broken, Reason::Unmet, failure),
    }
}

fn blamed(error: &TrafficError) -> (Verdict, Reason) {
    let reason = match error.kind {
        TrafficErrorKind::Denied => Reason::Denied,
        TrafficErrorKind::Dns => Reason::Dns,
        TrafficErrorKind::Connect => Reason::Connect,
        TrafficErrorKind::Tls | TrafficErrorKind::Clock => Reason::Tls,
        TrafficErrorKind::Credentials => Reason::Credentials,
        TrafficErrorKind::Timeout => Reason::Timeout,
        TrafficErrorKind::Protocol => Reason::Protocol,
        TrafficErrorKind::Malformed => Reason::Malformed,
        TrafficErrorKind::TooLarge => Reason::TooLarge,
        TrafficErrorKind::Cancelled | TrafficErrorKind::Other => Reason::Error,
    };
    match error.blame {
        Blame::Target => (Verdict::Failed, reason),
        Blame::Journey => (Verdict::Broken, reason),
        Blame::Runner if error.kind == TrafficErrorKind::Clock => {
            (Verdict::Inconclusive, Reason::RunnerClock)
        }
        Blame::Runner => (Verdict::Inconclusive, Reason::RunnerNetwork),
    }
}

/// Time spent waiting for the target, or between two exchanges with it, is the target's. All other time is the
/// journey's.
fn out_of_time(limit: Micros, recording: &Recording) -> Judgement {
    let pending = recording.traffic.iter().find(|record| record.is_pending());
    let waiting = pending.map_or_else(String::new, |record| format!(" while waiting for {}", record.kind));
    let failure =
        format!("out of time after {limit}{waiting}; the journey's timeout says how long it may take");
    if recording.traffic.iter().any(|record| record.is_pending() || record.is_sign_of_target()) {
        judgement(Verdict::Failed, Reason::Timeout, Failure::message(failure))
    } else {
        judgement(Verdict::Broken, Reason::Deadline, Failure::message(failure))
    }
}

/// The guest returned `ok`, which counts only if what it recorded agrees.
fn returned(evidence: Evidence<'_>) -> Judgement {
    let recording = evidence.recording;
    if recording.steps.is_empty() {
        let why = "the journey returned without having begun a step, so nothing is known: wrap what it does in \
                   steps, and make sure that the exported function waits for what it starts";
        return judgement(Verdict::Broken, Reason::NoStep, Failure::message(why));
    }
    if let Some(step) = recording.steps.iter().find(|step| step.outcome == StepOutcome::Open) {
        let why = format!("step `{}` was left open: end every step that is begun", step.name);
        return judgement(Verdict::Broken, Reason::StepOpen, Failure::message(why));
    }
    if let Some(failure) = failed_check(recording, |check| !check.is_soft) {
        return judgement(Verdict::Failed, Reason::Check, failure);
    }
    if let Some(step) = recording.steps.iter().find(|step| step.outcome == StepOutcome::Failed) {
        return match &step.failure {
            Some(failure) if failure.kind == FailureKind::Unmet => unmet(evidence, failure.clone()),
            failure => judgement(Verdict::Failed, Reason::Step, failure.clone()),
        };
    }
    if let Some(name) = evidence.promised.iter().find(|name| is_missing(name, recording)) {
        let why = format!(
            "the journey returned without having opened the step `{name}`, which its descriptor names: make sure that it \
             waits for everything that it starts, or write `{name}?` if the step is optional"
        );
        return judgement(Verdict::Broken, Reason::StepMissing, Failure::message(why));
    }
    if let Some(failure) = failed_check(recording, |check| check.is_soft) {
        return judgement(Verdict::Degraded, Reason::SoftCheck, failure);
    }
    judgement(Verdict::Passed, Reason::None, None)
}

/// Whether a step is promised and was not opened.
fn is_missing(name: &str, recording: &Recording) -> bool {
    !name.ends_with('?') && !recording.steps.iter().any(|step| step.name == name)
}

/// The failure of the first check of a kind that did not hold.
fn failed_check(recording: &Recording, is_meant: impl Fn(&CheckRecord) -> bool) -> Option<Failure> {
    let mut numbered = (0..).zip(&recording.checks);
    numbered
        .find(|(_, check)| !check.is_passed && is_meant(check))
        .map(|(number, check)| check.failure(number))
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
