//! The table of verdicts, row by row.

use super::super::stalls::Stall;
use super::super::{Evidence, Refusal};
use super::*;
use crate::cancel::CancelCause;
use crate::report::LogRecord;
use crate::traffic::{HttpFacts, TrafficError, TrafficErrorKind};

fn step(outcome: StepOutcome) -> StepRecord {
    StepRecord {
        parent: None,
        name: "log in".into(),
        started_us: Micros(0),
        duration_us: Micros(1),
        outcome,
        failure: (outcome == StepOutcome::Failed).then(|| Failure::message("no")),
    }
}

fn answered(status: u16) -> TrafficRecord {
    let facts = HttpFacts { status: Some(status), ..HttpFacts::request("GET", "http://shop/") };
    let mut record = TrafficRecord::http(Some(0), Micros(0), facts);
    record.phases.total_us = Micros(5);
    record
}

fn pending() -> TrafficRecord {
    TrafficRecord::http(Some(0), Micros(0), HttpFacts::request("GET", "http://shop/"))
}

fn errored(kind: TrafficErrorKind, blame: Blame) -> TrafficRecord {
    let mut record = pending();
    record.error = Some(TrafficError { kind, message: "no".into(), phase: None, blame });
    record
}

fn check(is_soft: bool, is_passed: bool) -> CheckRecord {
    CheckRecord {
        step: Some(0),
        at_us: Micros(0),
        name: "status".into(),
        is_soft,
        is_passed,
        actual: Some("503".into()),
        expected: Some("200".into()),
        source: None,
    }
}

fn recording(outcome: StepOutcome, traffic: Vec<TrafficRecord>, checks: Vec<CheckRecord>) -> Recording {
    Recording { steps: vec![step(outcome)], traffic, checks, ..Recording::default() }
}

fn verdict(ending: &Ending, recording: &Recording) -> (Verdict, Reason) {
    let judgement = judge(Evidence::of(ending, recording));
    assert_eq!(
        judgement.failure.is_none(),
        matches!(judgement.verdict, Verdict::Passed | Verdict::Cancelled)
    );
    (judgement.verdict, judgement.reason)
}

/// As [`verdict`], of a guest that recorded nothing but its failure after it was told of these requests' errors.
fn verdict_after(ending: &Ending, recording: &Recording, unhandled: &[u32]) -> (Verdict, Reason) {
    let judgement = judge(Evidence { unhandled, ..Evidence::of(ending, recording) });
    (judgement.verdict, judgement.reason)
}

#[test]
fn content_is_believed_only_with_closed_steps_and_held_checks() {
    let ok = Ending::Returned;
    let closed = |checks| recording(StepOutcome::Passed, vec![answered(200)], checks);
    assert_eq!(verdict(&ok, &closed(vec![check(false, true)])), (Verdict::Passed, Reason::None));
    assert_eq!(verdict(&ok, &closed(vec![check(true, false)])), (Verdict::Degraded, Reason::SoftCheck));
    assert_eq!(
        verdict(&ok, &closed(vec![check(true, false), check(false, false)])),
        (Verdict::Failed, Reason::Check)
    );
    assert_eq!(verdict(&ok, &Recording::default()), (Verdict::Broken, Reason::NoStep));
    assert_eq!(
        verdict(&ok, &recording(StepOutcome::Open, vec![], vec![])),
        (Verdict::Broken, Reason::StepOpen)
    );
    assert_eq!(
        verdict(&ok, &recording(StepOutcome::Failed, vec![], vec![])),
        (Verdict::Failed, Reason::Step)
    );
}

#[test]
fn a_failure_is_the_targets_only_with_a_sign_of_the_target() {
    let failed = Ending::Failed(Failure::message("no"));
    let with = |requests| recording(StepOutcome::Failed, requests, vec![]);
    assert_eq!(verdict(&failed, &with(vec![answered(500)])), (Verdict::Failed, Reason::Error));
    assert_eq!(verdict(&failed, &with(vec![])), (Verdict::Broken, Reason::NoAnswer));
    for (kind, reason) in [
        (TrafficErrorKind::Dns, Reason::Dns),
        (TrafficErrorKind::Connect, Reason::Connect),
        (TrafficErrorKind::Tls, Reason::Tls),
        (TrafficErrorKind::Timeout, Reason::Timeout),
        (TrafficErrorKind::Protocol, Reason::Protocol),
    ] {
        let with = with(vec![errored(kind, Blame::Target)]);
        assert_eq!(verdict_after(&failed, &with, &[0]), (Verdict::Failed, reason));
    }
    let denied = errored(TrafficErrorKind::Denied, Blame::Journey);
    let denied = with(vec![answered(200), denied]);
    assert_eq!(verdict_after(&failed, &denied, &[1]), (Verdict::Broken, Reason::Denied));
    let own = errored(TrafficErrorKind::Connect, Blame::Runner);
    let own = with(vec![own]);
    assert_eq!(verdict_after(&failed, &own, &[0]), (Verdict::Inconclusive, Reason::RunnerNetwork));
}

#[test]
fn a_trap_before_any_answer_is_the_journeys() {
    let trap = Ending::Trapped("unreachable".into());
    let with = |requests| recording(StepOutcome::Open, requests, vec![]);
    assert_eq!(verdict(&trap, &with(vec![])), (Verdict::Broken, Reason::Trap));
    assert_eq!(verdict(&trap, &with(vec![answered(200)])), (Verdict::Failed, Reason::Trap));
    let refused = errored(TrafficErrorKind::Connect, Blame::Target);
    assert_eq!(verdict_after(&trap, &with(vec![refused]), &[0]), (Verdict::Failed, Reason::Connect));
    let words = Failure { kind: FailureKind::Panic, ..Failure::message("index out of bounds") };
    for (requests, verdict) in [(vec![answered(200)], Verdict::Failed), (vec![], Verdict::Broken)] {
        let recording = with(requests);
        let evidence = Evidence { panic: Some(&words), ..Evidence::of(&trap, &recording) };
        let judged = judge(evidence);
        assert_eq!((judged.verdict, judged.reason), (verdict, Reason::Panic));
        assert_eq!(judged.failure.as_ref(), Some(&words));
    }
    let content = recording(StepOutcome::Passed, vec![answered(200)], vec![]);
    let evidence = Evidence { panic: Some(&words), ..Evidence::of(&Ending::Returned, &content) };
    assert_eq!(judge(evidence).verdict, Verdict::Passed, "who lives on has said nothing");
}

#[test]
fn a_limit_is_the_journeys_even_after_an_answer() {
    let after = recording(StepOutcome::Open, vec![answered(200)], vec![]);
    let exhausted = Ending::Exhausted(LimitKind::Cpu, "10 s of processor time".into());
    assert_eq!(verdict(&exhausted, &after), (Verdict::Broken, Reason::Cpu));
    let trap = Ending::Trapped("unreachable".into());
    let judged = judge(Evidence { denied_by: Some(LimitKind::Memory), ..Evidence::of(&trap, &after) });
    assert_eq!((judged.verdict, judged.reason), (Verdict::Broken, Reason::Memory));
}

#[test]
fn time_spent_waiting_for_the_target_is_the_targets() {
    let with = |requests| recording(StepOutcome::Open, requests, vec![]);
    assert_eq!(
        verdict(&Ending::OutOfTime(Micros(30_000_000)), &with(vec![pending()])),
        (Verdict::Failed, Reason::Timeout)
    );
    assert_eq!(
        verdict(&Ending::OutOfTime(Micros(30_000_000)), &with(vec![answered(404)])),
        (Verdict::Failed, Reason::Timeout)
    );
    assert_eq!(
        verdict(&Ending::OutOfTime(Micros(30_000_000)), &with(vec![])),
        (Verdict::Broken, Reason::Deadline)
    );
}

#[test]
fn the_runners_own_faults_stay_its_own() {
    let after = recording(StepOutcome::Open, vec![answered(200)], vec![]);
    assert_eq!(verdict(&Ending::RunnerFault("disk".into()), &after), (Verdict::Inconclusive, Reason::Runner));
}

#[test]
fn whoever_ends_an_attempt_decides_its_verdict() {
    let after = recording(StepOutcome::Open, vec![answered(200)], vec![]);
    for (cause, expected) in [
        (CancelCause::Person, (Verdict::Cancelled, Reason::Cancelled)),
        (CancelCause::KillSwitch, (Verdict::Cancelled, Reason::KillSwitch)),
        (CancelCause::Shutdown, (Verdict::Inconclusive, Reason::RunnerStopped)),
    ] {
        let ending = Ending::Cancelled(cause);
        let judgement = judge(Evidence::of(&ending, &after));
        assert_eq!(((judgement.verdict, judgement.reason), judgement.failure), (expected, None));
    }
}

#[test]
fn a_failure_is_judged_by_the_request_that_it_is_about() {
    let refused = errored(TrafficErrorKind::Connect, Blame::Target);
    let denied = errored(TrafficErrorKind::Denied, Blame::Journey);
    let recording = recording(StepOutcome::Failed, vec![answered(500), refused, denied], vec![]);
    let about = |request| Ending::Failed(Failure { request, ..Failure::message("no") });
    let judged = |request, unhandled: &[u32]| verdict_after(&about(request), &recording, unhandled);
    assert_eq!(judged(None, &[2]), (Verdict::Broken, Reason::Denied), "the last one, not handled");
    assert_eq!(judged(None, &[]), (Verdict::Failed, Reason::Error), "all of them handled");
    assert_eq!(judged(Some(1), &[2]), (Verdict::Failed, Reason::Connect));
    assert_eq!(judged(Some(0), &[2]), (Verdict::Failed, Reason::Error));
    assert_eq!(judged(Some(9), &[2]), (Verdict::Broken, Reason::Denied), "there is no such request");
}

#[test]
fn an_unmet_condition_says_nothing_about_the_target() {
    let unmet = Failure { kind: FailureKind::Unmet, ..Failure::message("the account is gone") };
    let returned = recording(StepOutcome::Passed, vec![answered(404)], vec![]);
    assert_eq!(verdict(&Ending::Failed(unmet.clone()), &returned), (Verdict::Broken, Reason::Unmet));
    let mut went_on = returned.clone();
    went_on.steps[0] = StepRecord {
        outcome: StepOutcome::Failed,
        failure: Some(unmet.clone()),
        ..step(StepOutcome::Failed)
    };
    assert_eq!(verdict(&Ending::Returned, &went_on), (Verdict::Broken, Reason::Unmet));
    let own = recording(StepOutcome::Passed, vec![errored(TrafficErrorKind::Connect, Blame::Runner)], vec![]);
    let ending = Ending::Failed(unmet);
    assert_eq!(verdict_after(&ending, &own, &[0]), (Verdict::Inconclusive, Reason::RunnerNetwork));
}

#[test]
fn a_step_that_the_descriptor_names_must_have_been_opened() {
    let content = recording(StepOutcome::Passed, vec![answered(200)], vec![]);
    let judged = |promised: &[&str], recording: &Recording| {
        let promised: Vec<String> = promised.iter().map(|name| (*name).to_owned()).collect();
        let ending = Ending::Returned;
        let judged = judge(Evidence { promised: &promised, ..Evidence::of(&ending, recording) });
        (judged.verdict, judged.reason, judged.failure.map(|failure| failure.message).unwrap_or_default())
    };
    assert_eq!(judged(&["log in", "pay by voucher?"], &content).0, Verdict::Passed);
    let (verdict, reason, why) = judged(&["log in", "order"], &content);
    assert_eq!((verdict, reason), (Verdict::Broken, Reason::StepMissing));
    assert!(why.contains("the step `order`"), "{why}");
    let refuted = recording(StepOutcome::Passed, vec![answered(200)], vec![check(false, false)]);
    assert_eq!(judged(&["order"], &refuted).0, Verdict::Failed, "what the target did wrong counts first");
}

#[test]
fn a_misused_interface_is_the_journeys_fault_even_after_an_answer() {
    let after = recording(StepOutcome::Open, vec![answered(200)], vec![]);
    let misused = Ending::Interface("there is no response 7".into());
    assert_eq!(verdict(&misused, &after), (Verdict::Broken, Reason::Interface));
}

#[path = "blame_tests.rs"]
mod blame;
