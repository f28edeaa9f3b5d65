//! The table: which verdict follows from which ending.
//!
//! The rule of thumb: a failure without any sign from the target is the journey's own. A failure with one is the
//! target's, unless a limit, the policy or a parameter stood in the way, or the runner did. What the guest says is one
//! input of several. A failure is judged by the request that it is about ([`about`]); a check that names none by what its
//! step met.

use super::about::{about, failing_step, named};
use super::blame::{blamed, is_polling, is_troubled, journeys_own, of_request, stalled, waited};
use super::evidence::{Ending, Evidence, LimitKind};
use super::stalls;
use crate::failure::{Failure, FailureKind};
use crate::report::{CheckRecord, Recording, StepOutcome, StepRecord};
use crate::traffic::{Blame, TrafficRecord};
use crate::trap_words::{TrapWords, trap_words};
use crate::units::Micros;
use crate::verdict::{Reason, Verdict};

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
        Ending::OutOfTime(limit) => out_of_time(&evidence, *limit),
        Ending::Trapped(why) => trapped(&evidence, why),
        Ending::Failed(failure) => failed(&evidence, failure.clone()),
        Ending::Returned => returned(&evidence),
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
fn trapped(evidence: &Evidence<'_>, why: &str) -> Judgement {
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

/// The guest returned a failure.
fn failed(evidence: &Evidence<'_>, failure: Failure) -> Judgement {
    match failure.kind {
        FailureKind::Unmet => unmet(evidence, failure),
        FailureKind::Misuse => misuse(evidence, failure, Reason::Interface),
        FailureKind::Parameter => misuse(evidence, failure, Reason::Parameter),
        FailureKind::Panic => stopped(evidence, failure, Reason::Panic, Reason::NoAnswer),
        FailureKind::Error => {
            let hard = evidence.recording.checks.iter().any(|check| !check.is_soft && !check.is_passed);
            let answered = if hard { Reason::Check } else { Reason::Error };
            stopped(evidence, failure, answered, Reason::NoAnswer)
        }
        FailureKind::Check => {
            if let Some(limit) = evidence.denied_by {
                return judgement(Verdict::Broken, reason_of_limit(limit), after_a_denial(failure));
            }
            let check = failure.check.and_then(|number| evidence.recording.checks.get(number as usize));
            let judged = refuted(evidence, failure, check);
            if judged.reason != Reason::Check || has_sign(evidence.recording) {
                return judged;
            }
            let (verdict, reason) =
                journeys_own(evidence.recording).unwrap_or((Verdict::Broken, Reason::NoAnswer));
            Judgement { verdict, reason, ..judged }
        }
    }
}

/// The guest returned a failure that is not of a check, or trapped. `answered` is the reason if the target gave a sign,
/// `silent` if not.
fn stopped(evidence: &Evidence<'_>, mut failure: Failure, answered: Reason, silent: Reason) -> Judgement {
    if let Some(limit) = evidence.denied_by {
        return judgement(Verdict::Broken, reason_of_limit(limit), after_a_denial(failure));
    }
    if let Some(refusal) = evidence.refusal {
        let verdict = if refusal.blame == Blame::Runner { Verdict::Inconclusive } else { Verdict::Broken };
        return judgement(verdict, refusal.reason, failure);
    }
    let meant = about(&failure, evidence);
    if let Some(meant) = meant
        && let Some((verdict, reason)) = of_request(evidence, meant.record, &mut failure)
    {
        // Words that say nothing of the request are of something else, whatever happened last.
        let is_of_itself = failure.kind == FailureKind::Panic && !meant.is_said && verdict == Verdict::Failed;
        return judgement(verdict, if is_of_itself { answered } else { reason }, failure);
    }
    if has_sign(evidence.recording) {
        judgement(Verdict::Failed, answered, failure)
    } else {
        judgement(Verdict::Broken, silent, failure)
    }
}

/// A check did not hold. Calls that the guest tolerated change nothing, unless they met trouble of the runner.
fn refuted(evidence: &Evidence<'_>, mut failure: Failure, check: Option<&CheckRecord>) -> Judgement {
    if let Some(lost) = stalls::latency(evidence, &failure, check) {
        let (verdict, reason) = stalled(&mut failure, lost);
        return judgement(verdict, reason, failure);
    }
    let recording = evidence.recording;
    if let Some(record) = named(&failure, recording) {
        let (verdict, reason) =
            of_request(evidence, record, &mut failure).unwrap_or((Verdict::Failed, Reason::Check));
        return judgement(verdict, reason, failure);
    }
    let step = check.map_or_else(|| failing_step(&failure, recording), |check| check.step);
    if is_troubled(recording, step) {
        return judgement(Verdict::Inconclusive, Reason::RunnerNetwork, failure);
    }
    judgement(Verdict::Failed, Reason::Check, failure)
}

fn has_sign(recording: &Recording) -> bool {
    recording.traffic.iter().any(TrafficRecord::is_sign_of_target)
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

/// The guest says that a condition which it needs did not hold. Nothing follows for the target.
fn unmet(evidence: &Evidence<'_>, mut failure: Failure) -> Judgement {
    if let Some(limit) = evidence.denied_by {
        return judgement(Verdict::Broken, reason_of_limit(limit), after_a_denial(failure));
    }
    if let Some(refusal) = evidence.refusal.filter(|refusal| refusal.blame == Blame::Runner) {
        return judgement(Verdict::Inconclusive, refusal.reason, failure);
    }
    let meant = about(&failure, evidence);
    match meant.and_then(|meant| of_request(evidence, meant.record, &mut failure)) {
        Some((Verdict::Inconclusive, reason)) => judgement(Verdict::Inconclusive, reason, failure),
        _ => judgement(Verdict::Broken, Reason::Unmet, failure),
    }
}

/// The guest, or its SDK, says that it asked for what cannot be, or was given what it cannot read.
fn misuse(evidence: &Evidence<'_>, failure: Failure, reason: Reason) -> Judgement {
    match evidence.denied_by {
        Some(limit) => judgement(Verdict::Broken, reason_of_limit(limit), after_a_denial(failure)),
        None => judgement(Verdict::Broken, reason, failure),
    }
}

/// Time spent waiting for the target, or polling it, is the target's. All other time is the journey's.
fn out_of_time(evidence: &Evidence<'_>, limit: Micros) -> Judgement {
    let recording = evidence.recording;
    let pending = recording.traffic.iter().find(|record| record.is_cut_off());
    let sleeps = pending.is_none() && evidence.is_asleep;
    let how = match pending {
        Some(record) => format!(" while waiting for {}", record.kind),
        None if sleeps => " in a sleep of the journey, with no request under way".to_owned(),
        None => String::new(),
    };
    let words = format!("out of time after {limit}{how}; the journey's timeout says how long it may take");
    let mut failure = Failure::message(words);
    if let Some(lost) = stalls::deadline(evidence, limit) {
        let (verdict, reason) = stalled(&mut failure, lost);
        return judgement(verdict, reason, failure);
    }
    if let Some(error) = pending.and_then(|record| record.error.as_ref()) {
        failure.message = format!("{}: {}", failure.message, error.message);
        let (verdict, reason) = blamed(error);
        return judgement(verdict, reason, failure);
    }
    // A journey that pauses between requests has not overslept if the target took most of its time.
    let overslept = sleeps && !is_polling(recording) && waited(recording).0 <= limit.0 / 2;
    let is_targets = pending.is_some() || has_sign(recording) && !overslept;
    let (verdict, reason) =
        if is_targets { (Verdict::Failed, Reason::Timeout) } else { (Verdict::Broken, Reason::Deadline) };
    judgement(verdict, reason, failure)
}

/// The guest returned `ok`, which counts only if what it recorded agrees.
fn returned(evidence: &Evidence<'_>) -> Judgement {
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
    let hard = failed_checks(recording, false).map(|(number, check)| {
        let before = Failure { request: request_of(recording, number), ..check.failure(number) };
        refuted(evidence, before, Some(check))
    });
    let steps = recording.steps.iter().filter(|step| step.outcome == StepOutcome::Failed);
    let steps = steps.filter(|step| step.failure.as_ref().is_none_or(|failure| failure.check.is_none()));
    if let Some(judged) = worst(hard.chain(steps.map(|step| failed_step(evidence, step)))) {
        return judged;
    }
    if let Some(name) = evidence.promised.iter().find(|name| is_missing(name, recording)) {
        let why = format!(
            "the journey returned without having opened the step `{name}`, which its descriptor names: make sure that it \
             waits for everything that it starts, or write `{name}?` if the step is optional"
        );
        return judgement(Verdict::Broken, Reason::StepMissing, Failure::message(why));
    }
    let soft = failed_checks(recording, true).map(|(number, check)| {
        let mut failure = Failure { request: request_of(recording, number), ..check.failure(number) };
        let lost = stalls::latency(evidence, &failure, Some(check));
        let excused = lost.map(|lost| stalled(&mut failure, lost));
        let (verdict, reason) = excused.unwrap_or((Verdict::Degraded, Reason::SoftCheck));
        judgement(verdict, reason, failure)
    });
    worst(soft).unwrap_or_else(|| judgement(Verdict::Passed, Reason::None, None))
}

/// The first checks of a kind that did not hold, each with its number. So many are enough to decide.
fn failed_checks(recording: &Recording, is_soft: bool) -> impl Iterator<Item = (u32, &CheckRecord)> {
    let numbered = (0..).zip(&recording.checks);
    numbered.filter(move |(_, check)| check.is_soft == is_soft && !check.is_passed).take(100)
}

/// The request that a check is about, which the step that it ended knows.
fn request_of(recording: &Recording, check: u32) -> Option<u32> {
    let known = recording.steps.iter().filter_map(|step| step.failure.as_ref());
    known.filter(|known| known.check == Some(check)).find_map(|known| known.request)
}

/// A step ended with a failure, but the guest continued.
fn failed_step(evidence: &Evidence<'_>, step: &StepRecord) -> Judgement {
    let Some(failure) = step.failure.clone() else { return judgement(Verdict::Failed, Reason::Step, None) };
    match failure.kind {
        FailureKind::Unmet => return unmet(evidence, failure),
        FailureKind::Misuse => return misuse(evidence, failure, Reason::Interface),
        FailureKind::Parameter => return misuse(evidence, failure, Reason::Parameter),
        FailureKind::Check | FailureKind::Panic | FailureKind::Error => {}
    }
    let mut told = failure.clone();
    let record = named(&failure, evidence.recording);
    match record.and_then(|record| of_request(evidence, record, &mut told)) {
        Some((verdict @ (Verdict::Inconclusive | Verdict::Broken), reason)) => {
            judgement(verdict, reason, told)
        }
        _ => judgement(Verdict::Failed, Reason::Step, failure),
    }
}

/// The first that is the target's, or else the first: trouble of the runner's does not hide what the target did.
fn worst(judged: impl Iterator<Item = Judgement>) -> Option<Judgement> {
    let mut first = None;
    for judgement in judged {
        if matches!(judgement.verdict, Verdict::Failed | Verdict::Degraded) {
            return Some(judgement);
        }
        first = first.or(Some(judgement));
    }
    first
}

/// Whether a step is promised and was not opened.
fn is_missing(name: &str, recording: &Recording) -> bool {
    !name.ends_with('?') && !recording.steps.iter().any(|step| step.name == name)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
