//! Rows of the table about requests that a failure may or may not be about, and about stalls of the runner.

use super::*;

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
fn what_the_runner_could_not_have_reached_was_not_the_targets_to_answer() {
    let trouble = (Verdict::Inconclusive, Reason::RunnerNetwork);
    let excused = || errored(TrafficErrorKind::Cancelled, Blame::Runner);
    let waits = recording(StepOutcome::Open, vec![answered(200), excused()], vec![]);
    let deadline = Ending::OutOfTime(Micros(1_000_000));
    let judged = judge(Evidence { ended: Micros(1_000_000), ..Evidence::of(&deadline, &waits) });
    assert_eq!((judged.verdict, judged.reason), trouble);
    assert!(judged.failure.unwrap().message.contains("while waiting for GET http://shop/"));
    // A guest that gave it up by a timer of its own, or returned while it was under way.
    let seen = recording(StepOutcome::Failed, vec![answered(200), excused()], vec![]);
    let failed = Ending::Failed(Failure::message("it took too long"));
    assert_eq!(verdict_after(&failed, &seen, &[1]), trouble);
    let judged = judge(Evidence { ended: Micros(300_000), ..Evidence::of(&failed, &seen) });
    assert_eq!((judged.verdict, judged.reason), trouble);
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
    let parameter = Failure { kind: FailureKind::Parameter, ..Failure::message("`retries` is `many`") };
    assert_eq!(verdict(&Ending::Failed(parameter), &after), (Verdict::Broken, Reason::Parameter));
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
fn a_target_that_leads_where_the_journey_may_not_go_is_to_blame_if_the_journey_was_good_before() {
    let failed = Ending::Failed(Failure { request: Some(1), ..Failure::message("not allowed") });
    let led = errored(TrafficErrorKind::Denied, Blame::Target);
    let seen = recording(StepOutcome::Failed, vec![answered(302), led], vec![]);
    let judged = |was_good| {
        let judged = judge(Evidence { was_good, ..Evidence::of(&failed, &seen) });
        (judged.verdict, judged.reason)
    };
    assert_eq!(judged(true), (Verdict::Failed, Reason::Denied));
    assert_eq!(judged(false), (Verdict::Broken, Reason::Denied));
    let own = recording(StepOutcome::Failed, vec![answered(200), denied("http://other/")], vec![]);
    let judged = judge(Evidence { was_good: true, ..Evidence::of(&failed, &own) });
    assert_eq!(
        (judged.verdict, judged.reason),
        (Verdict::Broken, Reason::Denied),
        "the journey asked for it"
    );
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
fn a_runner_without_a_processor_counts_as_one_that_stands_still() {
    let (limit, waits) = (Micros(1_000_000), recording(StepOutcome::Open, vec![pending()], vec![]));
    let ending = Ending::OutOfTime(limit);
    let judged = |stalls: &[Stall], starved: &[Stall]| {
        let ended = Micros(1_001_000);
        let judged = judge(Evidence { stalls, starved, ended, ..Evidence::of(&ending, &waits) });
        (judged.verdict, judged.reason)
    };
    assert_eq!(judged(&[], &[stall(100, 250)]), (Verdict::Failed, Reason::Timeout), "15 % of it");
    assert_eq!(judged(&[], &[stall(100, 350)]), (Verdict::Inconclusive, Reason::RunnerStalled));
    let both = judged(&[stall(400, 500)], &[stall(100, 250)]);
    assert_eq!(both, (Verdict::Inconclusive, Reason::RunnerStalled), "together 25 %");
    let at_once = judged(&[stall(100, 200)], &[stall(50, 250)]);
    assert_eq!(at_once, (Verdict::Failed, Reason::Timeout), "what is both counts once: 20 %");
}

#[test]
fn an_answer_that_came_while_a_thread_waited_for_its_processor_is_not_late() {
    let mut late = errored(TrafficErrorKind::Timeout, Blame::Target);
    late.phases.total_us = Micros(5_000_000);
    let seen = recording(StepOutcome::Failed, vec![late], vec![]);
    let failed = Ending::Failed(Failure { request: Some(0), ..Failure::message("no answer") });
    let judged = |starved: &[Stall]| {
        let ended = Micros(5_001_000);
        judge(Evidence { starved, ended, ..Evidence::of(&failed, &seen) }).verdict
    };
    assert_eq!(judged(&[stall(4_700, 4_990)]), Verdict::Inconclusive, "6 %, at the end");
    assert_eq!(judged(&[stall(4_000, 4_900)]), Verdict::Failed, "18 %, and then it could have been taken");
    assert_eq!(judged(&[stall(4_900, 4_990)]), Verdict::Failed, "90 ms");
}

#[test]
fn a_latency_without_what_threads_waited_must_have_held() {
    let slow = |took: u64| {
        let mut record = answered(200);
        record.phases.total_us = Micros(took * 1_000);
        let check = CheckRecord {
            actual: Some(format!("{took}ms")),
            expected: Some("300ms".to_owned()),
            at_us: Micros(took * 1_000 + 1),
            ..check(false, false)
        };
        recording(StepOutcome::Passed, vec![record], vec![check])
    };
    let judged = |took: u64, stalls: &[Stall], starved: &[Stall]| {
        let recording = slow(took);
        judge(Evidence { stalls, starved, ..Evidence::of(&Ending::Returned, &recording) }).verdict
    };
    assert_eq!(judged(900, &[], &[stall(100, 701)]), Verdict::Inconclusive, "299 ms without it");
    assert_eq!(judged(900, &[], &[stall(100, 699)]), Verdict::Failed, "301 ms without it");
    assert_eq!(judged(900, &[stall(100, 401)], &[]), Verdict::Inconclusive, "a stall is more than it seems");
    assert_eq!(judged(340, &[], &[stall(100, 150)]), Verdict::Failed, "17 % of the limit");
}

#[test]
fn a_latency_counts_from_its_first_hop_to_where_the_journey_measured_it() {
    let hop = |from: u64, took: u64, redirected: bool| {
        let mut record = answered(200);
        (record.started_us, record.phases.total_us) = (Micros(from * 1_000), Micros(took * 1_000));
        record.kind.http_mut().unwrap().redirected = redirected;
        record
    };
    let judged = |hops: &[TrafficRecord], (actual, at): (u64, u64), starved: Stall| {
        let check = CheckRecord {
            actual: Some(format!("{actual}ms")),
            expected: Some("300ms".to_owned()),
            at_us: Micros(at * 1_000),
            ..check(false, false)
        };
        let seen = recording(StepOutcome::Failed, hops.to_vec(), vec![check]);
        let request = u32::try_from(hops.len() - 1).ok();
        let expected = Some("300ms".to_owned());
        let failure = Failure {
            kind: FailureKind::Check,
            request,
            check: Some(0),
            actual: Some(format!("{actual}ms")),
            expected,
            ..Failure::message("it is quick")
        };
        let starved = [starved];
        judge(Evidence { starved: &starved, ..Evidence::of(&Ending::Failed(failure), &seen) }).verdict
    };
    // The answer was there after 109 ms, and the guest went on with it after 1,596.
    let quick = [hop(0, 109, false)];
    assert_eq!(judged(&quick, (1_596, 1_597), stall(110, 1_590)), Verdict::Inconclusive);
    assert_eq!(judged(&quick, (1_596, 1_597), stall(1_597, 3_000)), Verdict::Failed, "it starved later");
    // The first of two hops had no processor.
    let redirected = [hop(0, 1_000, true), hop(1_000, 100, false)];
    assert_eq!(judged(&redirected, (1_100, 1_101), stall(50, 990)), Verdict::Inconclusive);
    let apart = [hop(0, 1_000, false), hop(1_000, 900, false)];
    assert_eq!(judged(&apart, (900, 1_901), stall(50, 990)), Verdict::Failed, "another request's");
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
