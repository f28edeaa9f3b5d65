//! The verdict table of DESIGN section 2, row by row.

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

/// A failure of a check, about no request in particular.
fn refuted() -> Failure {
    Failure { kind: FailureKind::Check, ..Failure::message("status is 200") }
}

fn to(url: &str, record: TrafficRecord) -> TrafficRecord {
    let mut facts = record.kind.as_request().into_owned();
    facts.url = url.to_owned();
    TrafficRecord { kind: crate::traffic::TrafficKind::Http(facts), ..record }
}

fn runners(url: &str) -> TrafficRecord {
    to(url, errored(TrafficErrorKind::Dns, Blame::Runner))
}

fn denied(url: &str) -> TrafficRecord {
    to(url, errored(TrafficErrorKind::Denied, Blame::Journey))
}

fn refused(url: &str) -> TrafficRecord {
    to(url, errored(TrafficErrorKind::Connect, Blame::Target))
}

#[test]
fn a_tolerated_call_does_not_change_a_failed_check() {
    let about = |request| Ending::Failed(Failure { request, ..refuted() });
    let seen = |traffic| recording(StepOutcome::Failed, traffic, vec![check(false, false)]);
    // A target that is down, then a cleanup toward a host that is not allowed, or that refuses.
    for tolerated in [denied("http://other/"), refused("http://other/")] {
        let seen = seen(vec![answered(500), tolerated]);
        for (request, unhandled) in [(None, &[][..]), (None, &[1]), (Some(0), &[1])] {
            assert_eq!(verdict_after(&about(request), &seen, unhandled), (Verdict::Failed, Reason::Check));
        }
    }
    // A target that is down, then a call that meets trouble of the runner: the failure says which request it is about.
    let seen = seen(vec![answered(500), runners("http://other/")]);
    assert_eq!(verdict(&about(Some(0)), &seen), (Verdict::Failed, Reason::Check));
    assert_eq!(verdict(&about(Some(1)), &seen), (Verdict::Inconclusive, Reason::RunnerNetwork));
}

#[test]
fn a_check_of_what_the_runner_could_not_get_does_not_blame_the_target() {
    let ending = Ending::Failed(refuted());
    let trouble = (Verdict::Inconclusive, Reason::RunnerNetwork);
    let refuted_check = || vec![check(false, false)];
    let seen = |traffic| recording(StepOutcome::Failed, traffic, refuted_check());
    assert_eq!(verdict(&ending, &seen(vec![runners("http://shop/a")])), trouble);
    assert_eq!(
        verdict(&ending, &seen(vec![runners("http://shop/a"), answered(200)])),
        (Verdict::Failed, Reason::Check)
    );
    assert_eq!(
        verdict(&ending, &seen(vec![runners("http://pay/a"), answered(200)])),
        trouble,
        "another host"
    );
    // The guest goes on and returns.
    let went_on = |traffic| recording(StepOutcome::Passed, traffic, refuted_check());
    assert_eq!(verdict(&Ending::Returned, &went_on(vec![runners("http://shop/a")])), trouble);
    assert_eq!(verdict(&Ending::Returned, &went_on(vec![answered(500)])), (Verdict::Failed, Reason::Check));
    let mut known = went_on(vec![answered(500), runners("http://pay/")]);
    known.steps[0].outcome = StepOutcome::Failed;
    known.steps[0].failure = Some(Failure { request: Some(0), check: Some(0), ..refuted() });
    assert_eq!(
        verdict(&Ending::Returned, &known),
        (Verdict::Failed, Reason::Check),
        "its step knows the request"
    );
    // Another step's trouble is none of the check's.
    let mut elsewhere = went_on(vec![answered(500), runners("http://pay/")]);
    elsewhere.steps.push(step(StepOutcome::Passed));
    elsewhere.traffic[1].step = Some(1);
    assert_eq!(verdict(&Ending::Returned, &elsewhere), (Verdict::Failed, Reason::Check));
    elsewhere.steps[1].parent = Some(0);
    assert_eq!(verdict(&Ending::Returned, &elsewhere), trouble, "a step inside it is");
}

#[test]
fn a_check_without_any_sign_of_the_target_is_the_journeys() {
    let ending = Ending::Failed(refuted());
    let seen = |traffic| recording(StepOutcome::Failed, traffic, vec![check(false, false)]);
    assert_eq!(verdict(&ending, &seen(vec![])), (Verdict::Broken, Reason::NoAnswer));
    assert_eq!(verdict(&ending, &seen(vec![denied("http://shop/")])), (Verdict::Broken, Reason::Denied));
}

#[test]
fn an_error_is_of_the_last_request_that_was_not_handled() {
    let failed = Ending::Failed(Failure::message("gave up"));
    let seen = |traffic| recording(StepOutcome::Failed, traffic, vec![]);
    let handled = seen(vec![answered(500), runners("http://other/")]);
    assert_eq!(
        verdict_after(&failed, &handled, &[]),
        (Verdict::Failed, Reason::Error),
        "it went on after it"
    );
    assert_eq!(verdict_after(&failed, &handled, &[1]), (Verdict::Inconclusive, Reason::RunnerNetwork));
    let silent = seen(vec![denied("http://other/")]);
    assert_eq!(verdict_after(&failed, &silent, &[]), (Verdict::Broken, Reason::NoAnswer));
    // A log line about the error comes before the failure that quotes it.
    let mut error = refused("http://shop/orders");
    error.error.as_mut().unwrap().message = "connection refused: 10.0.0.1:80".into();
    let quoted = seen(vec![answered(200), error]);
    for words in ["cannot order: connection refused: 10.0.0.1:80", "Get \"http://shop/orders\": it refused"] {
        let failed = Ending::Failed(Failure::message(words));
        assert_eq!(verdict_after(&failed, &quoted, &[]), (Verdict::Failed, Reason::Connect), "{words}");
    }
    let again = seen(vec![runners("http://shop/orders"), to("http://shop/orders", answered(200))]);
    let failed = Ending::Failed(Failure::message("http://shop/orders answers no JSON"));
    assert_eq!(verdict_after(&failed, &again, &[]), (Verdict::Failed, Reason::Error), "it means the second");
}

#[test]
fn an_error_is_of_a_request_of_its_own_step() {
    let failure = Failure::message("the stock is wrong");
    let mut seen = recording(StepOutcome::Failed, vec![answered(200), runners("http://other/")], vec![]);
    seen.steps[0].failure = Some(failure.clone());
    seen.steps.push(step(StepOutcome::Passed));
    seen.traffic[1].step = Some(1);
    let ending = Ending::Failed(failure);
    assert_eq!(
        verdict_after(&ending, &seen, &[1]),
        (Verdict::Failed, Reason::Error),
        "of another task's step"
    );
    seen.steps[1].parent = Some(0);
    assert_eq!(verdict_after(&ending, &seen, &[1]), (Verdict::Inconclusive, Reason::RunnerNetwork));
}

#[test]
fn a_panic_that_speaks_of_something_else_is_a_panic() {
    let trap = Ending::Trapped("unreachable".into());
    let judged = |words: &str, traffic: Vec<TrafficRecord>, unhandled: &[u32]| {
        let words = Failure { kind: FailureKind::Panic, ..Failure::message(words) };
        let recording = recording(StepOutcome::Failed, traffic, vec![]);
        let judged = judge(Evidence { panic: Some(&words), unhandled, ..Evidence::of(&trap, &recording) });
        (judged.verdict, judged.reason)
    };
    let bug = "index out of bounds: the len is 0 but the index is 3";
    let panicked = (Verdict::Failed, Reason::Panic);
    assert_eq!(judged(bug, vec![refused("http://shop/ads")], &[0]), panicked, "an optional call");
    let words = "called `unwrap` on Err: GET http://shop/ads: cannot connect";
    assert_eq!(judged(words, vec![refused("http://shop/ads")], &[0]), (Verdict::Failed, Reason::Connect));
    assert_eq!(judged(bug, vec![answered(200), refused("http://shop/ads")], &[]), panicked);
    assert_eq!(judged(bug, vec![answered(200), denied("http://ads/")], &[]), panicked, "handled");
    let own = vec![answered(200), runners("http://ads/")];
    assert_eq!(judged(bug, own.clone(), &[1]), (Verdict::Inconclusive, Reason::RunnerNetwork));
    assert_eq!(judged(bug, own, &[]), panicked);
    assert_eq!(judged(bug, vec![denied("http://ads/")], &[0]), (Verdict::Broken, Reason::Denied));
    // The engine's words say nothing, so what happened last says it.
    let seen = recording(StepOutcome::Open, vec![refused("http://shop/ads")], vec![]);
    assert_eq!(verdict_after(&trap, &seen, &[0]), (Verdict::Failed, Reason::Connect));
    let mut logged = seen.clone();
    let (step, at_us) = (Some(0), Micros(0));
    let message = "panic: runtime error: index out of range [3] with length 0".to_owned();
    logged.logs.push(LogRecord { step, at_us, level: "stderr".into(), message, fields: vec![] });
    assert_eq!(verdict_after(&trap, &logged, &[0]), panicked, "a runtime's words count as the SDK's");
}

#[test]
fn who_gives_its_own_slow_request_up_waited_for_the_target() {
    let failed = Ending::Failed(Failure::message("it took too long"));
    let judged = |record: TrafficRecord, ended: u64| {
        let recording = recording(StepOutcome::Failed, vec![record], vec![]);
        let judged = judge(Evidence { ended: Micros(ended), ..Evidence::of(&failed, &recording) });
        (judged.verdict, judged.reason)
    };
    assert_eq!(judged(pending(), 300_000), (Verdict::Failed, Reason::Timeout));
    assert_eq!(judged(pending(), 900), (Verdict::Broken, Reason::NoAnswer), "it did not wait");
    let abandoned = errored(TrafficErrorKind::Cancelled, Blame::Target);
    let seen = recording(StepOutcome::Failed, vec![abandoned], vec![]);
    assert_eq!(verdict_after(&failed, &seen, &[0]), (Verdict::Failed, Reason::Timeout));
}

#[test]
fn a_sleep_past_the_deadline_is_the_journeys_unless_it_polls_or_the_target_was_slow() {
    let limit = Micros(30_000_000);
    let at = |started: u64, took: u64| {
        let mut record = answered(200);
        (record.started_us, record.phases.total_us) = (Micros(started), Micros(took));
        record
    };
    let judged = |traffic, is_asleep| {
        let recording = recording(StepOutcome::Open, traffic, vec![]);
        let ending = Ending::OutOfTime(limit);
        let judged = judge(Evidence { is_asleep, ended: limit, ..Evidence::of(&ending, &recording) });
        (judged.verdict, judged.reason)
    };
    let (broken, failed) = ((Verdict::Broken, Reason::Deadline), (Verdict::Failed, Reason::Timeout));
    assert_eq!(judged(vec![at(0, 9_000)], true), broken);
    assert_eq!(judged(vec![at(0, 9_000)], false), failed, "it may have waited for the target");
    assert_eq!(judged(vec![at(0, 9_000), at(500_000, 9_000)], true), failed, "it polls");
    assert_eq!(judged(vec![at(0, 9_000), at(9_100, 9_000)], true), broken, "no pause between");
    assert_eq!(judged(vec![at(0, 9_000), pending()], true), failed, "a request is under way");
    assert_eq!(judged(vec![at(0, 29_000_000)], true), failed, "the target took nearly all of it");
    let other = to("http://shop/other", at(500_000, 9_000));
    assert_eq!(judged(vec![at(0, 9_000), other], true), broken);
}

#[test]
fn what_an_interface_refused_is_not_the_targets() {
    let after = recording(StepOutcome::Failed, vec![answered(200)], vec![]);
    let failed = Ending::Failed(Failure { request: Some(0), ..Failure::message("`$[` is no path") });
    let trap = Ending::Trapped("unreachable".into());
    for (blame, reason, verdict) in [
        (Blame::Journey, Reason::Interface, Verdict::Broken),
        (Blame::Journey, Reason::Parameter, Verdict::Broken),
        (Blame::Runner, Reason::Runner, Verdict::Inconclusive),
    ] {
        for ending in [&failed, &trap] {
            let refusal = Some(Refusal { blame, reason });
            let judged = judge(Evidence { refusal, ..Evidence::of(ending, &after) });
            assert_eq!((judged.verdict, judged.reason), (verdict, reason));
        }
    }
    let misuse = Failure { kind: FailureKind::Misuse, ..Failure::message("`shop` is no URL") };
    assert_eq!(verdict(&Ending::Failed(misuse.clone()), &after), (Verdict::Broken, Reason::Interface));
    let mut went_on = after.clone();
    went_on.steps[0].failure = Some(misuse);
    assert_eq!(verdict(&Ending::Returned, &went_on), (Verdict::Broken, Reason::Interface));
}

#[test]
fn a_step_that_the_runner_made_fail_does_not_blame_the_target() {
    let passed_over = |request, traffic| {
        let mut recording = recording(StepOutcome::Failed, traffic, vec![]);
        recording.steps[0].failure = Some(Failure { request, ..Failure::message("no") });
        verdict(&Ending::Returned, &recording)
    };
    let own = || vec![answered(200), runners("http://ads/"), denied("http://ads/")];
    assert_eq!(passed_over(Some(1), own()), (Verdict::Inconclusive, Reason::RunnerNetwork));
    assert_eq!(passed_over(Some(2), own()), (Verdict::Broken, Reason::Denied));
    assert_eq!(passed_over(None, own()), (Verdict::Failed, Reason::Step));
    assert_eq!(passed_over(Some(0), vec![refused("http://ads/")]), (Verdict::Failed, Reason::Step));
}

#[test]
fn a_certificate_of_our_own_is_not_the_targets() {
    let failed = Ending::Failed(Failure { request: Some(0), ..Failure::message("no") });
    let shown = errored(TrafficErrorKind::Credentials, Blame::Journey);
    let seen = recording(StepOutcome::Failed, vec![shown], vec![]);
    assert_eq!(verdict(&failed, &seen), (Verdict::Broken, Reason::Credentials));
}

/// The runner did not run from..until, in milliseconds.
fn stall(from: u64, until: u64) -> Stall {
    Stall { from: Micros(from * 1_000), until: Micros(until * 1_000), suspended: Micros(0) }
}

#[test]
fn what_breaks_while_the_runner_stands_still_is_the_runners() {
    let stalled_run = (Verdict::Inconclusive, Reason::RunnerStalled);
    let judged = |ending: &Ending, recording: &Recording, stalls: &[Stall], ended: u64| {
        let judged =
            judge(Evidence { stalls, ended: Micros(ended * 1_000), ..Evidence::of(ending, recording) });
        (judged.verdict, judged.reason)
    };
    // The attempt's deadline.
    let (limit, waits) = (Micros(1_000_000), recording(StepOutcome::Open, vec![pending()], vec![]));
    let deadline = |stalls: &[Stall], ended| judged(&Ending::OutOfTime(limit), &waits, stalls, ended);
    assert_eq!(deadline(&[], 1_002), (Verdict::Failed, Reason::Timeout));
    assert_eq!(deadline(&[stall(100, 250)], 1_002), (Verdict::Failed, Reason::Timeout), "15 % of it");
    assert_eq!(deadline(&[stall(100, 250), stall(400, 460)], 1_002), stalled_run, "21 % of it");
    assert_eq!(deadline(&[], 1_251), stalled_run, "it fired late");
    // A limit of one request.
    let mut late = errored(TrafficErrorKind::Timeout, Blame::Target);
    (late.started_us, late.phases.total_us) = (Micros(2_000_000), Micros(5_000_000));
    let seen = recording(StepOutcome::Failed, vec![late], vec![]);
    let failed = Ending::Failed(Failure { request: Some(0), ..Failure::message("no answer") });
    let request = |stalls: &[Stall]| judged(&failed, &seen, stalls, 7_001);
    assert_eq!(request(&[stall(0, 1_900)]), (Verdict::Failed, Reason::Timeout), "before it");
    assert_eq!(request(&[stall(0, 2_900)]), (Verdict::Failed, Reason::Timeout), "18 % of it");
    assert_eq!(request(&[stall(0, 3_100)]), stalled_run);
    assert_eq!(request(&[stall(6_700, 6_999)]), stalled_run, "it delayed the end");
    assert_eq!(request(&[stall(6_500, 6_900)]), (Verdict::Failed, Reason::Timeout));
    // A peer that hung up on a runner that stood still.
    let mut hung_up = errored(TrafficErrorKind::Protocol, Blame::Target);
    hung_up.phases.total_us = Micros(3_000_000);
    let seen = recording(StepOutcome::Failed, vec![hung_up], vec![]);
    assert_eq!(judged(&failed, &seen, &[stall(1_000, 2_900)], 3_001), stalled_run);
    assert_eq!(judged(&failed, &seen, &[stall(1_000, 1_800)], 3_001), (Verdict::Failed, Reason::Protocol));
}

#[test]
fn a_latency_that_the_runner_made_is_the_runners() {
    let slow = |took: u64, actual: &str, expected: &str, is_soft| {
        let mut record = answered(200);
        record.phases.total_us = Micros(took * 1_000);
        let values = (Some(actual.to_owned()), Some(expected.to_owned()));
        let at_us = Micros(took * 1_000 + 1);
        let check = CheckRecord { actual: values.0, expected: values.1, at_us, ..check(is_soft, false) };
        recording(StepOutcome::Passed, vec![record], vec![check])
    };
    let judged = |recording: &Recording, stalls: &[Stall]| {
        let judged = judge(Evidence { stalls, ..Evidence::of(&Ending::Returned, recording) });
        (judged.verdict, judged.reason)
    };
    let stalled_run = (Verdict::Inconclusive, Reason::RunnerStalled);
    for is_soft in [false, true] {
        let held_up = slow(900, "900.1ms", "300ms", is_soft);
        assert_eq!(judged(&held_up, &[stall(100, 700)]), stalled_run);
        assert_ne!(judged(&held_up, &[]), stalled_run);
        assert_ne!(judged(&held_up, &[stall(100, 150)]), stalled_run, "17 % of the limit");
    }
    let slow_itself = slow(9_000, "9.00s", "at most 300ms", false);
    assert_eq!(
        judged(&slow_itself, &[stall(100, 700)]),
        (Verdict::Failed, Reason::Check),
        "far beyond the stall"
    );
    assert_eq!(judged(&slow(900, "900", "300", false), &[stall(100, 700)]), (Verdict::Failed, Reason::Check));
    // Another check that did not hold is the target's.
    let mut both = slow(900, "900ms", "300ms", false);
    both.checks.push(check(false, false));
    assert_eq!(judged(&both, &[stall(100, 700)]), (Verdict::Failed, Reason::Check));
}
