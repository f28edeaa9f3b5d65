//! The command line around runs: retries, interruption, choice, exit codes.

use wayfarer_tests::support::server::{Manner, Web, http, odd, shop, status, text};
use wayfarer_tests::support::{Case, component, guest};

/// A target that fails the first time and never again.
fn fails_once() -> Web {
    http(|asked| match asked.number {
        0 => status(503, "later"),
        _ => text("hello"),
    })
}

#[test]
fn a_retry_that_passes_is_flaky_and_both_attempts_are_kept() {
    let target = fails_once();
    let ended = Case::odd("get").target(&target).arguments(["--retries", "2"]).run();
    ended.is(0, "passed", "none").shows("FLAKY  get").shows("2 attempts").shows("1 flaky");
    let run = ended.event("run-finished");
    assert_eq!((&run["flaky"], &run["attempts"]), (&true.into(), &2.into()), "{ended}");
    let attempts: Vec<_> =
        ended.events().into_iter().filter(|event| event["event"] == "attempt-finished").collect();
    let verdicts: Vec<_> = attempts.iter().map(|event| &event["attempt"]["verdict"]).collect();
    assert_eq!(verdicts, ["failed", "passed"], "{ended}");
    assert_eq!(attempts[0]["run_id"], attempts[1]["run_id"], "{ended}");
    assert_eq!(target.asked().len(), 2, "{ended}");
}

#[test]
fn without_retries_a_failure_is_one() {
    let ended = Case::odd("get").target(&fails_once()).run();
    ended.is(1, "failed", "check").shows("503").shows("later");
}

#[test]
fn what_is_broken_is_not_tried_again() {
    let ended = Case::odd("panics-before-any").target(&shop()).arguments(["--retries", "2"]).run();
    ended.is(3, "broken", "panic");
    assert_eq!(ended.event("run-finished")["attempts"], 1, "{ended}");
}

#[test]
fn ctrl_c_cancels_what_is_under_way_and_reports_it() {
    let target = odd(Manner::Silent);
    let running = Case::odd("get").target(&target).start();
    target.wait_until_asked();
    running.interrupt();
    let ended = running.wait();
    ended.is(130, "cancelled", "cancelled").shows("CANCELLED  get");
    assert_eq!(ended.event("session-finished")["exit_code"], 130, "{ended}");
}

#[test]
fn nothing_selected_is_not_green() {
    let ended = Case::odd("pases").url("http://127.0.0.1").run();
    ended.exits(4).complains("no journey is called `pases`").complains("did you mean `passes`?");
    let ended = component(guest("wayfarer_guest_odd")).argument("no-such-thing").run();
    ended.exits(4).complains("nothing is selected of");
}

#[test]
fn the_worst_of_several_wins() {
    let shop = shop();
    let worst = |journeys: &[&str]| {
        let case = component(guest("wayfarer_guest_odd")).target(&shop);
        journeys.iter().fold(case, |case, journey| case.journey(journey)).run()
    };
    worst(&["passes", "soft-check"]).exits(0).shows("1 passed").shows("1 degraded");
    worst(&["passes", "hard-check"]).exits(1);
    worst(&["hard-check", "no-step", "passes"]).exits(3).shows("1 broken");
}

#[test]
fn a_missing_parameter_is_named_with_its_rule() {
    let ended = Case::odd("passes").run();
    ended.exits(2).complains("parameter `base_url` has no value").complains("-e base_url=VALUE");
}

#[test]
fn a_malformed_parameter_is_named_with_its_rule() {
    let ended = Case::odd("passes").param("base_url", "shop").run();
    ended.exits(2).complains("parameter `base_url` is `shop`: it must be").complains("URL");
    let ended = Case::odd("keeps-the-body").url("http://127.0.0.1").param("size", "huge").run();
    ended.exits(2).complains("parameter `size` is `huge`: it must be");
}

#[test]
fn a_parameter_that_nobody_reads_is_a_slip() {
    let ended = Case::odd("passes").param("base_ulr", "http://127.0.0.1").run();
    ended.exits(2).complains("base_ulr").complains("did you mean `base_url`?");
}
