//! Which word a run gets, by what the journey says and does.

use wayfarer_tests::support::server::shop;
use wayfarer_tests::support::{Case, line_of};

const SOURCE: &str = "tests/guests/odd/src/verdicts.rs";

#[test]
fn what_it_expects_it_gets() {
    let ended = Case::odd("passes").target(&shop()).run();
    ended.is(0, "passed", "none").shows("PASS  passes").shows("2/2 steps, 1 request");
    let names: Vec<_> =
        ended.events().iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(
        names,
        ["session-started", "run-started", "attempt-finished", "run-finished", "session-finished"]
    );
    assert_eq!(ended.event("session-finished")["exit_code"], 0);
}

#[test]
fn a_hard_check_that_does_not_hold_is_the_targets_fault() {
    let ended = Case::odd("hard-check").target(&shop()).run();
    ended.is(1, "failed", "check").shows("FAIL  hard-check").shows("check failed: arithmetic is elastic");
    ended.shows("actual: 4").shows("expected: 5").shows(&line_of(SOURCE, "arithmetic is elastic"));
    // What comes after it is named, too.
    ended.shows("- rejoice").shows("not reached").shows("Summary  1 failed");
    assert!(ended.junit.contains("arithmetic is elastic"), "{ended}");
}

#[test]
fn a_soft_check_that_does_not_hold_degrades() {
    let shop = shop();
    let ended = Case::odd("soft-check").target(&shop).run();
    ended.is(0, "degraded", "soft-check").shows("soft check failed: the page is long");
    let ended = Case::odd("soft-check").target(&shop).arguments(["--fail-on", "degraded"]).run();
    ended.is(1, "degraded", "soft-check");
}

#[test]
fn a_question_mark_names_its_line() {
    let ended = Case::odd("question-mark").target(&shop()).run();
    ended.is(1, "failed", "error").shows("invalid digit found in string");
    ended.shows(&line_of(SOURCE, "\"a dozen\".parse()?"));
}

#[test]
fn who_gives_up_without_asking_is_broken() {
    let ended = Case::odd("gives-up-unasked").target(&shop()).run();
    ended.is(3, "broken", "no-answer").shows("BROKEN  gives-up-unasked").shows("not today");
}

#[test]
fn a_failed_step_cannot_be_passed_over() {
    let ended = Case::odd("step-passed-over").target(&shop()).run();
    ended.is(1, "failed", "step").shows("nobody will know").shows(&line_of(SOURCE, "nobody will know"));
}

#[test]
fn waiting_for_what_never_comes_fails_with_the_last_look() {
    let ended = Case::odd("eventually").target(&shop()).run();
    ended.is(1, "failed", "check").shows("the teapot is ready").shows("expected: 418");
    assert_eq!(ended.stdout.matches("the teapot is ready").count(), 1, "it is told once\n{ended}");
    let looks = ended.requests().len();
    assert!(looks > 1, "it looked {looks} times\n{ended}");
    // Only the last look's check is kept.
    assert_eq!(ended.attempt()["recording"]["checks"].as_array().unwrap().len(), 1, "{ended}");
}

#[test]
fn a_panic_after_an_answer_is_the_targets_fault() {
    let ended = Case::odd("panics-after-an-answer").target(&shop()).run();
    ended.is(1, "failed", "panic").shows("panicked: cannot make sense of 200");
    ended.shows(&line_of(SOURCE, "cannot make sense of"));
    assert_eq!(ended.attempt()["recording"]["steps"][0]["outcome"], "failed", "{ended}");
}

#[test]
fn a_panic_before_any_answer_is_the_journeys_fault() {
    let ended = Case::odd("panics-before-any").target(&shop()).run();
    ended.is(3, "broken", "panic").shows("panicked: lost my notes").shows(&line_of(SOURCE, "lost my notes"));
}

#[test]
fn a_trap_after_an_answer_is_the_targets_fault() {
    Case::raw("traps-after-an-answer").target(&shop()).run().is(1, "failed", "trap").shows("unreachable");
}

#[test]
fn a_trap_before_any_answer_is_the_journeys_fault() {
    Case::raw("traps-unasked").run().is(3, "broken", "trap").shows("unreachable");
}

#[test]
fn no_step_means_nothing_is_known() {
    let ended = Case::odd("no-step").target(&shop()).run();
    ended.is(3, "broken", "no-step").shows("without having begun a step").shows("wrap what it does in steps");
}

#[test]
fn a_step_left_open_is_named() {
    let ended = Case::raw("left-open").run();
    ended.is(3, "broken", "step-open").shows("step `never to end` was left open: end every step");
}

#[test]
fn a_step_closed_with_the_one_around_it_counts_as_left_open() {
    let ended = Case::raw("left-open-inside").run();
    ended.is(3, "broken", "step-open").shows("step `never to end` was left open: end every step");
}

#[test]
fn a_step_that_is_not_open_cannot_be_closed() {
    let ended = Case::raw("never-opened").run();
    ended.is(3, "broken", "step-open").shows("step 0 is not open, yet it was closed");
}

#[test]
fn a_step_that_the_descriptor_names_and_nobody_opened_is_missing() {
    let ended = Case::odd("forgets-a-step").target(&shop()).run();
    ended.is(3, "broken", "step-missing").shows("without having opened the step `order`");
}

#[test]
fn an_unmet_condition_is_no_fault_of_the_target() {
    let ended = Case::odd("unmet").target(&shop()).run();
    ended.is(3, "broken", "unmet").shows("the account `ana` is locked");
}

#[test]
fn a_good_run_without_a_check_is_told_so_and_is_an_error_if_asked() {
    let ended = Case::odd("checks-nothing").target(&shop()).run();
    ended.is(0, "passed", "none").complains("checks-nothing: the run recorded no check");
    let noted = &ended.attempt()["recording"]["annotations"];
    assert_eq!((&noted[0]["name"], &noted[0]["step"]), (&"build".into(), &serde_json::Value::Null));
    assert_eq!((&noted[1]["value"], &noted[1]["step"]), (&"o-1017".into(), &0.into()));
    assert_eq!(ended.attempt()["recording"]["metrics"][0]["labels"][0][1], "front");
    Case::odd("checks-nothing").target(&shop()).argument("--strict").run().is(3, "passed", "none");
}

#[test]
fn leaving_the_process_is_no_success() {
    let ended = Case::odd("exits").target(&shop()).run();
    ended.is(3, "broken", "trap").shows("ended itself with exit code 0");
}

#[test]
fn what_is_printed_is_in_the_log() {
    let ended = Case::odd("prints").target(&shop()).run();
    ended.is(3, "broken", "no-answer");
    let attempt = ended.attempt();
    let logs = attempt["recording"]["logs"].as_array().unwrap();
    let lines: Vec<_> = logs.iter().map(|log| (log["level"].as_str(), log["message"].as_str())).collect();
    for line in [("stdout", "said aloud"), ("stderr", "muttered"), ("stdout", "without an end")] {
        assert!(lines.contains(&(Some(line.0), Some(line.1))), "{line:?} in {lines:?}\n{ended}");
        ended.shows(line.1);
    }
}

#[test]
fn clocks_and_chance_work_and_the_machine_is_out_of_reach() {
    Case::odd("clocks-and-chance").target(&shop()).run().is(0, "passed", "none");
}
