//! The output of each reporter for the same runs.

use std::sync::Arc;

use wayfarer_model::exchange::BodyRecord;
use wayfarer_model::report::{AttemptReport, StepOutcome};

use super::choice::ReporterKind;
use super::json::Json;
use super::list::List;
use super::samples::{run, session};
use super::sink::Reporter;
use super::{Ci, Detail, Reported, Style};
use crate::author::session::{FailOn, SessionRun};
use crate::view::samples::{answered_wrong, broken, degraded, failed, no_step, open, passed};

fn reported(mut reporter: Reporter, runs: &[Arc<SessionRun>]) -> String {
    let mut out = Vec::new();
    for event in session(runs) {
        reporter.handle(&event, &mut out).unwrap();
    }
    String::from_utf8(out).unwrap()
}

fn junit() -> Reporter {
    junit_of(FailOn::default(), Ci::default())
}

fn junit_of(fails: FailOn, ci: Ci) -> Reporter {
    let usual = Reported::new(Style { colour: false }, Detail::Usual);
    Reporter::new(ReporterKind::Junit, &Reported { fails, ci, ..usual })
}

fn list(detail: Detail, runs: &[Arc<SessionRun>]) -> String {
    reported(Reporter::List(List::new(Style { colour: false }, detail)), runs)
}

#[test]
fn a_failure_shows_its_step_its_values_and_its_request() {
    insta::assert_snapshot!(list(Detail::Usual, &[run(vec![failed(1)])]), @r#"
    FAIL  checkout                     1.31s  1/3 steps, 2 requests
       ✓ log in                        212ms
       ✗ place order                   640ms
         check failed: order accepted for ana
            actual: 503
          expected: 201
           at src/lib.rs:17:9
         POST http://127.0.0.1:7301/orders → 503 in 611ms
           dns 0 · connect 1 · tls 0 · wait 608 · receive 1
           {"error":"inventory"}
       - order visible                 not reached
       log
         info   ordering\u{1b}[2J  sku=A1
    Summary  1 failed                  1.40s
    "#);
}

#[test]
fn a_body_that_is_lost_says_so_and_how_to_mend_it() {
    let mut lost = answered_wrong();
    let answer = lost.recording.exchanges[1].received.as_mut().unwrap();
    answer.body = BodyRecord { is_lost: true, ..BodyRecord::default() };
    for detail in [Detail::Usual, Detail::Full] {
        let shown = list(detail, &[run(vec![lost.clone()])]);
        assert!(shown.contains(&format!("({})", BodyRecord::LOST)), "{shown}");
    }
}

#[test]
fn a_check_that_fails_on_a_200_shows_the_answer_and_with_v_both_sides_of_every_exchange() {
    insta::assert_snapshot!(list(Detail::Usual, &[run(vec![answered_wrong()])]), @r#"
    FAIL  checkout                     1.31s  1/3 steps, 2 requests
       ✓ log in                        212ms
       ✗ place order                   640ms
         check failed: order accepted for ana
            actual: 503
          expected: 201
           at src/lib.rs:17:9
         POST http://127.0.0.1:7301/orders → 200 in 611ms
           dns 0 · connect 1 · tls 0 · wait 608 · receive 1
           content-type: text/html · x-request-id: 7f3
           <!doctype html>
           <title>Down for maintenance</title>
           …
       - order visible                 not reached
       log
         info   ordering\u{1b}[2J  sku=A1
    Summary  1 failed                  1.40s
    "#);
    insta::assert_snapshot!(list(Detail::Full, &[run(vec![answered_wrong()])]), @r#"
    FAIL  checkout                     1.31s  1/3 steps, 2 requests
       ✓ log in                        212ms
         POST http://127.0.0.1:7301/login → 200 in 611ms
           dns 0 · connect 1 · tls 0 · wait 608 · receive 1
           > authorization: Bearer [withheld]
           < content-type: image/png
           < set-cookie: sid=[withheld]; HttpOnly
           < … 1 header more
           (the first 3 bytes of image/png)
       ✗ place order                   640ms
         check failed: order accepted for ana
            actual: 503
          expected: 201
           at src/lib.rs:17:9
         POST http://127.0.0.1:7301/orders → 200 in 611ms
           dns 0 · connect 1 · tls 0 · wait 608 · receive 1
           > content-type: application/json
           {"sku":"A1"}
           < date: today
           < content-type: text/html
           < x-request-id: 7f3
           <!doctype html>
           <title>Down for maintenance</title>
           …
       - order visible                 not reached
       log
         info   ordering\u{1b}[2J  sku=A1
    Summary  1 failed                  1.40s
    "#);
}

#[test]
fn a_pass_is_one_line_and_with_v_all_of_it() {
    insta::assert_snapshot!(list(Detail::Usual, &[run(vec![passed(1)])]), @r"
    PASS  checkout                     1.31s  3/3 steps, 1 request
    Summary  1 passed                  1.40s
    ");
    insta::assert_snapshot!(list(Detail::Full, &[run(vec![passed(1)])]), @r"
    PASS  checkout                     1.31s  3/3 steps, 1 request
       ✓ log in                        212ms
       ✓ place order                   640ms
         ✓ pay                         100ms
           POST http://127.0.0.1:7301/orders → 201 in 611ms
             dns 0 · connect 1 · tls 0 · wait 608 · receive 1
         order_total 12.5 EUR
    Summary  1 passed                  1.40s
    ");
    insta::assert_snapshot!(list(Detail::Quiet, &[run(vec![passed(1)])]), @"Summary  1 passed                  1.40s");
}

#[test]
fn a_flaky_run_shows_every_attempt() {
    insta::assert_snapshot!(list(Detail::Usual, &[run(vec![failed(1), passed(2)])]), @r#"
    FLAKY  checkout                    2.62s  3/3 steps, 1 request, 2 attempts
       attempt 1 failed                1.31s
       ✓ log in                        212ms
       ✗ place order                   640ms
         check failed: order accepted for ana
            actual: 503
          expected: 201
           at src/lib.rs:17:9
         POST http://127.0.0.1:7301/orders → 503 in 611ms
           dns 0 · connect 1 · tls 0 · wait 608 · receive 1
           {"error":"inventory"}
       - order visible                 not reached
       log
         info   ordering\u{1b}[2J  sku=A1
       attempt 2 passed                1.31s
    Summary  1 passed, 1 flaky         1.40s
    "#);
}

#[test]
fn a_degraded_run_shows_its_soft_checks() {
    insta::assert_snapshot!(list(Detail::Usual, &[run(vec![degraded()])]), @r"
    DEGRADED  checkout                 1.31s  3/3 steps, 1 request
       ✓ log in                        212ms
         soft check failed: quick enough
            actual: 503
          expected: 201
           at src/lib.rs:17:9
       ✓ place order                   640ms
         ✓ pay                         100ms
    Summary  1 degraded                1.40s
    ");
}

#[test]
fn a_broken_run_says_why_and_what_to_add() {
    insta::assert_snapshot!(list(Detail::Usual, &[run(vec![broken()]), run(vec![no_step()])]), @r#"
    BROKEN  checkout                   1.31s  0/3 steps, 1 request, denied
       ✗ log in                        1ms
         host `127.0.0.1:7301` is not allowed: add "127.0.0.1:7301" to network.allow in journey.toml
         GET http://127.0.0.1:7301/ → denied
       - place order                   not reached
       - order visible                 not reached
    BROKEN  checkout                   1.31s  0/3 steps, 0 requests, no-step
       - log in                        not reached
       - place order                   not reached
       - order visible                 not reached
       the journey returned without having begun a step
    Summary  2 broken                  1.40s
    "#);
}

#[test]
fn steps_inside_steps_and_those_that_did_not_end() {
    insta::assert_snapshot!(list(Detail::Usual, &[run(vec![open()])]), @r"
    FAIL  checkout                     1.31s  0/4 steps, 6 requests
       ✗ place order                   30.00s  did not end
         ✗ pay                         29.00s  did not end
           3 requests before, shown by -v
           POST http://127.0.0.1:7301/poll/3 → 404 in 611ms
             dns 0 · connect 1 · tls 0 · wait 608 · receive 1
           POST http://127.0.0.1:7301/poll/4 → 404 in 611ms
             dns 0 · connect 1 · tls 0 · wait 608 · receive 1
           GET http://127.0.0.1:7301/slow → no answer
       - log in                        not reached
       - order visible                 not reached
       out of time while waiting for GET http://127.0.0.1:7301/slow
    Summary  1 failed                  1.40s
    ");
}

#[test]
fn nothing_ran_is_said() {
    insta::assert_snapshot!(list(Detail::Usual, &[]), @"Summary  nothing ran               1.40s");
}

#[test]
fn colours_change_nothing_but_colour() {
    let runs = [run(vec![failed(1)]), run(vec![degraded()])];
    let coloured = reported(Reporter::List(List::new(Style { colour: true }, Detail::Full)), &runs);
    assert!(coloured.contains("\u{1b}[31m"));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    assert_eq!(plain, list(Detail::Full, &runs));
}

#[test]
fn junit_tells_of_failures_and_of_the_flaky() {
    let runs = [run(vec![failed(1)]), run(vec![failed(1), passed(2)])];
    insta::assert_snapshot!(reported(junit(), &runs), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="wayfarer" time="1.400" tests="5" failures="1" errors="0">
        <testsuite name="checkout" tests="3" failures="1" errors="0" skipped="1" time="1.310" timestamp="2026-09-21T14:13:20.001Z" file="src/lib.rs">
            <properties>
                <property name="run_id" value="01a0c450-6c00-7707-8707-070707070707"/>
                <property name="verdict" value="failed"/>
                <property name="reason" value="check"/>
                <property name="attempts" value="1"/>
                <property name="component" value="abababababababababababababababababababababababababababababababab"/>
            </properties>
            <testcase name="log in" classname="checkout" time="0.212"/>
            <testcase name="place order" classname="checkout" time="0.640">
                <failure message="order accepted for ana" type="check">order accepted for ana
      actual: 503
    expected: 201
    at src/lib.rs:17:9</failure>
                <system-out>   ✓ log in                        212ms
         POST http://127.0.0.1:7301/login → 200 in 611ms
           dns 0 · connect 1 · tls 0 · wait 608 · receive 1
       ✗ place order                   640ms
         check failed: order accepted for ana
            actual: 503
          expected: 201
           at src/lib.rs:17:9
         POST http://127.0.0.1:7301/orders → 503 in 611ms
           dns 0 · connect 1 · tls 0 · wait 608 · receive 1
           {&quot;error&quot;:&quot;inventory&quot;}
       - order visible                 not reached
       log
         info   ordering\u{1b}[2J  sku=A1</system-out>
            </testcase>
            <testcase name="order visible" classname="checkout">
                <skipped message="not reached">not reached</skipped>
            </testcase>
        </testsuite>
        <testsuite name="checkout (2)" tests="2" failures="0" errors="0" skipped="0" time="2.620" timestamp="2026-09-21T14:13:20.001Z" file="src/lib.rs">
            <properties>
                <property name="run_id" value="01a0c450-6c00-7707-8707-070707070707"/>
                <property name="verdict" value="passed"/>
                <property name="reason" value="none"/>
                <property name="attempts" value="2"/>
                <property name="component" value="abababababababababababababababababababababababababababababababab"/>
            </properties>
            <testcase name="log in" classname="checkout (2)" time="0.212"/>
            <testcase name="place order" classname="checkout (2)" time="0.640">
                <flakyFailure message="attempt 1: order accepted for ana" type="check">order accepted for ana
      actual: 503
    expected: 201
    at src/lib.rs:17:9</flakyFailure>
            </testcase>
        </testsuite>
    </testsuites>
    "#);
}

#[test]
fn junit_tells_of_errors_and_of_what_did_not_end() {
    let runs = [run(vec![no_step()]), run(vec![open()])];
    insta::assert_snapshot!(reported(junit(), &runs), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="wayfarer" time="1.400" tests="7" failures="1" errors="1">
        <testsuite name="checkout" tests="4" failures="0" errors="1" skipped="3" time="1.310" timestamp="2026-09-21T14:13:20.001Z">
            <properties>
                <property name="run_id" value="01a0c450-6c00-7707-8707-070707070707"/>
                <property name="verdict" value="broken"/>
                <property name="reason" value="no-step"/>
                <property name="attempts" value="1"/>
                <property name="component" value="abababababababababababababababababababababababababababababababab"/>
            </properties>
            <testcase name="checkout" classname="checkout" time="1.310">
                <error message="the journey returned without having begun a step" type="no-step">the journey returned without having begun a step</error>
                <system-out>   - log in                        not reached
       - place order                   not reached
       - order visible                 not reached
       the journey returned without having begun a step</system-out>
            </testcase>
            <testcase name="log in" classname="checkout">
                <skipped message="not reached">not reached</skipped>
            </testcase>
            <testcase name="place order" classname="checkout">
                <skipped message="not reached">not reached</skipped>
            </testcase>
            <testcase name="order visible" classname="checkout">
                <skipped message="not reached">not reached</skipped>
            </testcase>
        </testsuite>
        <testsuite name="checkout (2)" tests="3" failures="1" errors="0" skipped="2" time="1.310" timestamp="2026-09-21T14:13:20.001Z">
            <properties>
                <property name="run_id" value="01a0c450-6c00-7707-8707-070707070707"/>
                <property name="verdict" value="failed"/>
                <property name="reason" value="timeout"/>
                <property name="attempts" value="1"/>
                <property name="component" value="abababababababababababababababababababababababababababababababab"/>
            </properties>
            <testcase name="place order" classname="checkout (2)" time="30.000">
                <failure message="out of time while waiting for GET http://127.0.0.1:7301/slow" type="timeout">out of time while waiting for GET http://127.0.0.1:7301/slow</failure>
                <system-out>   ✗ place order                   30.00s  did not end
         ✗ pay                         29.00s  did not end
           POST http://127.0.0.1:7301/poll/0 → 404 in 611ms
             dns 0 · connect 1 · tls 0 · wait 608 · receive 1
           POST http://127.0.0.1:7301/poll/1 → 404 in 611ms
             dns 0 · connect 1 · tls 0 · wait 608 · receive 1
           POST http://127.0.0.1:7301/poll/2 → 404 in 611ms
             dns 0 · connect 1 · tls 0 · wait 608 · receive 1
           POST http://127.0.0.1:7301/poll/3 → 404 in 611ms
             dns 0 · connect 1 · tls 0 · wait 608 · receive 1
           POST http://127.0.0.1:7301/poll/4 → 404 in 611ms
             dns 0 · connect 1 · tls 0 · wait 608 · receive 1
           GET http://127.0.0.1:7301/slow → no answer
       - log in                        not reached
       - order visible                 not reached
       out of time while waiting for GET http://127.0.0.1:7301/slow</system-out>
            </testcase>
            <testcase name="log in" classname="checkout (2)">
                <skipped message="not reached">not reached</skipped>
            </testcase>
            <testcase name="order visible" classname="checkout (2)">
                <skipped message="not reached">not reached</skipped>
            </testcase>
        </testsuite>
    </testsuites>
    "#);
}

/// The attempt in which the first step failed.
fn failed_at_once() -> AttemptReport {
    let mut report = failed(1);
    let failure = report.failure.clone();
    report.recording.steps.truncate(1);
    report.recording.steps[0].outcome = StepOutcome::Failed;
    report.recording.steps[0].failure = failure;
    report
}

#[test]
fn junit_shows_each_attempt_in_the_step_in_which_it_failed() {
    let second = |mut report: AttemptReport| {
        report.context.number = 2;
        report
    };
    let text = |attempts| {
        let text = reported(junit(), &[run(attempts)]);
        let shown = |line: &&str| {
            ["<testcase", "Failure", "<failure", "<skipped", "Error "].iter().any(|word| line.contains(word))
        };
        text.lines().filter(shown).flat_map(|line| [line.trim(), "\n"]).collect::<String>()
    };
    insta::assert_snapshot!(text(vec![failed_at_once(), second(failed(2))]), @r#"
    <testcase name="log in" classname="checkout" time="0.212">
    <flakyFailure message="attempt 1: order accepted for ana" type="check">order accepted for ana
    at src/lib.rs:17:9</flakyFailure>
    <testcase name="place order" classname="checkout" time="0.640">
    <failure message="order accepted for ana" type="check">order accepted for ana
    <testcase name="order visible" classname="checkout">
    <skipped message="not reached">not reached</skipped>
    "#);
    insta::assert_snapshot!(text(vec![failed(1), second(failed_at_once())]), @r#"
    <testcase name="log in" classname="checkout" time="0.212">
    <failure message="order accepted for ana" type="check">order accepted for ana
    <testcase name="place order" classname="checkout" time="1.310">
    <failure message="attempt 1: order accepted for ana" type="check">order accepted for ana
    <testcase name="order visible" classname="checkout">
    <skipped message="not reached">not reached</skipped>
    "#);
    insta::assert_snapshot!(text(vec![no_step(), passed(2)]), @r#"
    <testcase name="log in" classname="checkout" time="0.212"/>
    <testcase name="place order" classname="checkout" time="0.640"/>
    <testcase name="checkout" classname="checkout">
    <flakyError message="attempt 1: the journey returned without having begun a step" type="no-step">the journey returned without having begun a step</flakyError>
    "#);
}

#[test]
fn junit_fails_what_the_command_fails() {
    let runs = [run(vec![degraded()]), run(vec![failed(1), passed(2)])];
    let heads = |fails| {
        let text = reported(junit_of(fails, Ci::default()), &runs);
        let shown =
            |line: &&str| ["<testsuite", "<failure", "Failure"].iter().any(|word| line.contains(word));
        text.lines().filter(shown).flat_map(|line| [line.trim(), "\n"]).collect::<String>()
    };
    insta::assert_snapshot!(heads(FailOn::default()), @r#"
    <testsuites name="wayfarer" time="1.400" tests="4" failures="0" errors="0">
    <testsuite name="checkout" tests="2" failures="0" errors="0" skipped="0" time="1.310" timestamp="2026-09-21T14:13:20.001Z">
    <testsuite name="checkout (2)" tests="2" failures="0" errors="0" skipped="0" time="2.620" timestamp="2026-09-21T14:13:20.001Z" file="src/lib.rs">
    <flakyFailure message="attempt 1: order accepted for ana" type="check">order accepted for ana
    at src/lib.rs:17:9</flakyFailure>
    "#);
    insta::assert_snapshot!(heads(FailOn { degraded: true, flaky: true }), @r#"
    <testsuites name="wayfarer" time="1.400" tests="4" failures="2" errors="0">
    <testsuite name="checkout" tests="2" failures="1" errors="0" skipped="0" time="1.310" timestamp="2026-09-21T14:13:20.001Z" file="src/lib.rs">
    <failure message="check failed: quick enough" type="soft-check">check failed: quick enough
    <testsuite name="checkout (2)" tests="2" failures="1" errors="0" skipped="0" time="2.620" timestamp="2026-09-21T14:13:20.001Z" file="src/lib.rs">
    <failure message="flaky, attempt 2 was good; attempt 1: order accepted for ana" type="flaky">order accepted for ana
    <flakyFailure message="attempt 1: order accepted for ana" type="check">order accepted for ana
    at src/lib.rs:17:9</flakyFailure>
    "#);
}

#[test]
fn on_gitlab_a_case_names_its_file() {
    let runs = [run(vec![failed(1)])];
    let has_file =
        |ci| reported(junit_of(FailOn::default(), ci), &runs).contains("time=\"0.640\" file=\"src/lib.rs\"");
    assert!(has_file(Ci { github: false, gitlab: true }));
    assert!(!has_file(Ci::default()), "the schema of Jenkins has no such attribute");
}

#[test]
fn events_keep_to_the_published_schema() {
    let schema = serde_json::from_str(super::SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let runs = [
        run(vec![failed(1), passed(2)]),
        run(vec![degraded()]),
        run(vec![broken()]),
        run(vec![no_step()]),
        run(vec![open()]),
        run(vec![answered_wrong()]),
    ];
    let text = reported(Reporter::Json(Json), &runs);
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2 + 3 * 6 + 1);
    for line in &lines {
        let wrong: Vec<String> =
            validator.iter_errors(line).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{wrong:#?}\n{line:#}");
    }
    let mut other = lines[0].clone();
    other["schema_version"] = 2.into();
    assert!(!validator.is_valid(&other), "the schema is not empty");
    other = lines[2].clone();
    other["attempt"]["verdict"] = "fine".into();
    assert!(!validator.is_valid(&other), "the schema looks into the attempt");
}
