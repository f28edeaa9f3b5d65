//! From what the host saw to the verdict. The guest's word is one input.
//!
//! The rule of thumb: without any sign from the target a failure is the journey's own; with one it is
//! the target's, unless a limit, the policy or a parameter stood in the way.

use crate::cancel::CancelCause;
use crate::failure::{Failure, FailureKind};
use crate::report::{Recording, StepOutcome};
use crate::request::{Blame, RequestError, RequestErrorKind, RequestRecord};
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
    Content,
    /// It returned a failure.
    Failed(Failure),
    /// It trapped; the text is the engine's.
    Trapped(String),
    /// The host stopped it because it misused an interface; the text says how.
    Misused(String),
    /// A budget was used up and the host stopped it; the text names the limit and the mend.
    Exhausted(LimitKind, String),
    /// The attempt's deadline passed; this long it was.
    OutOfTime(Micros),
    /// The runner could not go on.
    RunnerFault(String),
    /// It was ended from outside.
    Cancelled(CancelCause),
}

/// Everything that the verdict depends on.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// How the call ended.
    pub ending: &'a Ending,
    /// What was recorded until then.
    pub recording: &'a Recording,
    /// Why the guest said that it was about to trap.
    pub panic: Option<&'a Failure>,
    /// A budget that denied the guest something which it may have survived, such as memory.
    pub denied_by: Option<LimitKind>,
}

/// The verdict, why, and the failure to show first.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The word.
    pub verdict: Verdict,
    /// The cause.
    pub reason: Reason,
    /// What to show a person; none for a pass.
    pub failure: Option<Failure>,
}

fn judgement(verdict: Verdict, reason: Reason, failure: impl Into<Option<Failure>>) -> Judgement {
    Judgement { verdict, reason, failure: failure.into() }
}

/// Decides.
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
        Ending::OutOfTime(limit) => out_of_time(*limit, recording),
        Ending::Trapped(why) => {
            let failure = evidence.panic.cloned().unwrap_or_else(|| Failure::message(why));
            let reason = if failure.kind == FailureKind::Panic { Reason::Panic } else { Reason::Trap };
            stopped(evidence, failure, reason, reason)
        }
        Ending::Failed(failure) => {
            let hard = recording.checks.iter().any(|check| !check.is_soft && !check.is_passed);
            let reason = match failure.kind {
                FailureKind::Check => Reason::Check,
                FailureKind::Panic => Reason::Panic,
                FailureKind::Error if hard => Reason::Check,
                FailureKind::Error => Reason::Error,
            };
            stopped(evidence, failure.clone(), reason, Reason::NoAnswer)
        }
        Ending::Content => content(recording),
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

/// The guest gave up or fell over: whose fault was it?
fn stopped(evidence: Evidence<'_>, failure: Failure, answered: Reason, silent: Reason) -> Judgement {
    if let Some(limit) = evidence.denied_by {
        return judgement(Verdict::Broken, reason_of_limit(limit), after_a_denial(failure));
    }
    let requests = &evidence.recording.requests;
    if let Some(error) = requests.last().and_then(|request| request.error.as_ref()) {
        let (verdict, reason) = whose(error);
        return judgement(verdict, reason, failure);
    }
    if requests.iter().any(is_sign_of_target) {
        judgement(Verdict::Failed, answered, failure)
    } else {
        judgement(Verdict::Broken, silent, failure)
    }
}

/// The same failure with what led to it in front. Memory, tables included, is all that is ever denied in a
/// way that a guest may survive.
fn after_a_denial(failure: Failure) -> Failure {
    let message = format!(
        "memory beyond the limit was refused before: raise `limits.memory` or make the journey hold less ({})",
        failure.message
    );
    Failure { message, ..failure }
}

fn is_sign_of_target(request: &RequestRecord) -> bool {
    request.status.is_some() || request.error.as_ref().is_some_and(|error| error.blame == Blame::Target)
}

fn whose(error: &RequestError) -> (Verdict, Reason) {
    let reason = match error.kind {
        RequestErrorKind::Denied => Reason::Denied,
        RequestErrorKind::Dns => Reason::Dns,
        RequestErrorKind::Connect => Reason::Connect,
        RequestErrorKind::Tls => Reason::Tls,
        RequestErrorKind::Timeout => Reason::Timeout,
        RequestErrorKind::Protocol => Reason::Protocol,
        RequestErrorKind::Malformed => Reason::Malformed,
        RequestErrorKind::TooLarge => Reason::TooLarge,
        RequestErrorKind::Cancelled | RequestErrorKind::Other => Reason::Error,
    };
    match error.blame {
        Blame::Target => (Verdict::Failed, reason),
        Blame::Journey => (Verdict::Broken, reason),
        Blame::Runner => (Verdict::Inconclusive, Reason::RunnerNetwork),
    }
}

/// Waiting for the target, or between two looks at it, is the target's time; all else is the journey's.
fn out_of_time(limit: Micros, recording: &Recording) -> Judgement {
    let pending = recording.requests.iter().find(|request| request.is_pending());
    let waiting = pending.map_or_else(String::new, |r| format!(" while waiting for {} {}", r.method, r.url));
    let failure =
        format!("out of time after {limit}{waiting}; the journey's timeout says how long it may take");
    if recording.requests.iter().any(|request| request.is_pending() || is_sign_of_target(request)) {
        judgement(Verdict::Failed, Reason::Timeout, Failure::message(failure))
    } else {
        judgement(Verdict::Broken, Reason::Deadline, Failure::message(failure))
    }
}

/// The guest is content: was there anything to be content about?
fn content(recording: &Recording) -> Judgement {
    if recording.steps.is_empty() {
        let why = "the journey returned without having begun a step, so nothing is known: wrap what it does in \
                   steps, and make sure that the exported function waits for what it starts";
        return judgement(Verdict::Broken, Reason::NoStep, Failure::message(why));
    }
    if let Some(step) = recording.steps.iter().find(|step| step.outcome == StepOutcome::Open) {
        let why = format!("step `{}` was left open: end every step that is begun", step.name);
        return judgement(Verdict::Broken, Reason::StepOpen, Failure::message(why));
    }
    if let Some(check) = recording.checks.iter().find(|check| !check.is_soft && !check.is_passed) {
        return judgement(Verdict::Failed, Reason::Check, failure_of_check(check));
    }
    if let Some(step) = recording.steps.iter().find(|step| step.outcome == StepOutcome::Failed) {
        return judgement(Verdict::Failed, Reason::Step, step.failure.clone());
    }
    if let Some(check) = recording.checks.iter().find(|check| !check.is_passed) {
        return judgement(Verdict::Degraded, Reason::SoftCheck, failure_of_check(check));
    }
    judgement(Verdict::Passed, Reason::None, None)
}

fn failure_of_check(check: &crate::report::CheckRecord) -> Failure {
    Failure {
        message: format!("check failed: {}", check.name),
        kind: FailureKind::Check,
        eventually: false,
        source: check.source.clone(),
        actual: check.actual.clone(),
        expected: check.expected.clone(),
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
