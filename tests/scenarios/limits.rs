//! What one attempt may use, and that going beyond is the journey's fault: whatever the target answered before.

use wayfarer_tests::support::server::{http, shop, text};
use wayfarer_tests::support::{Case, Ended};

/// Walks a journey under one limit.
fn limited(journey: &str, limit: &str) -> Ended {
    Case::odd(journey).target(&shop()).toml(&format!("[limits]\n{limit}\n")).run()
}

#[test]
fn an_endless_loop_ends() {
    let ended = limited("endless-loop", "cpu = '200ms'");
    ended.is(3, "broken", "cpu").shows("more than 200 ms of processor time: raise `limits.cpu`");
    let spent = ended.attempt()["cpu_us"].as_u64().unwrap();
    assert!((200_000..2_000_000).contains(&spent), "{spent} µs\n{ended}");
}

#[test]
fn a_hoard_of_memory_ends() {
    let ended = limited("memory-growth", "memory = '16MiB'");
    ended.is(3, "broken", "memory").shows("limits.memory");
    let peak = ended.attempt()["memory_peak"].as_u64().unwrap();
    assert!((8 << 20..=16 << 20).contains(&peak), "{peak} bytes\n{ended}");
}

#[test]
fn memory_that_is_refused_may_be_done_without() {
    limited("survives-refused-memory", "memory = '16MiB'").is(0, "passed", "none");
}

#[test]
fn a_recursion_without_end_ends() {
    limited("recursion", "").is(3, "broken", "stack").shows("recurses too deeply");
}

#[test]
fn a_recursion_with_a_lot_on_its_stack_ends() {
    // Rust keeps arrays on a stack of its own in linear memory, which ends in another way than the engine's.
    limited("recursion-with-arrays", "").is(3, "broken", "stack").shows("recurses too deeply");
}

#[test]
fn a_sleep_past_the_deadline_that_waits_for_nobody_is_the_journeys_fault() {
    let ended = Case::odd("sleeps").target(&shop()).arguments(["--timeout", "300ms"]).run();
    ended.is(3, "broken", "deadline").shows("out of time");
}

#[test]
fn a_sleep_past_the_deadline_after_an_answer_is_the_journeys_fault() {
    let ended = Case::odd("sleeps-after-an-answer").target(&shop()).arguments(["--timeout", "500ms"]).run();
    ended.is(3, "broken", "deadline").shows("in a sleep of the journey, with no request under way");
    let steps = ended.attempt()["recording"]["steps"].take();
    assert_eq!((&steps[0]["outcome"], &steps[1]["outcome"]), (&"passed".into(), &"open".into()), "{ended}");
}

#[test]
fn too_many_steps_are_too_many() {
    let ended = limited("many-steps", "steps = 10");
    ended.is(3, "broken", "limit").shows("more than 10 steps: raise `limits.steps`");
    assert_eq!(ended.attempt()["recording"]["steps"].as_array().unwrap().len(), 10, "{ended}");
}

#[test]
fn too_many_requests_are_not_sent() {
    let server = http(|_| text("hello"));
    let ended = Case::odd("many-requests").target(&server).toml("[limits]\nrequests = 5\n").run();
    ended.is(3, "broken", "limit").shows("more than 5 requests: raise `limits.requests`");
    assert_eq!(server.asked().len(), 5, "{ended}");
}

#[test]
fn too_much_traffic_is_cut_off() {
    let server = http(|_| text(vec![b'x'; 4 << 20]));
    let case = Case::odd("keeps-the-body").target(&server).param("size", &(4 << 20).to_string());
    let ended = case.toml("[limits]\ntraffic = '1MiB'\n").run();
    ended.is(3, "broken", "limit").shows("raise `limits.traffic`");
}

#[test]
fn a_flood_of_log_lines_is_cut_off_and_harms_nobody() {
    let ended = limited("many-log-lines", "log = '4KiB'");
    ended.is(0, "passed", "none");
    let recording = ended.attempt()["recording"].take();
    let kept = recording["logs"].as_array().unwrap();
    let bytes: usize = kept.iter().map(|line| line["message"].as_str().unwrap().len()).sum();
    assert!((2_000..=4_096).contains(&bytes), "{bytes} bytes kept\n{ended}");
    assert!(recording["logs_dropped_bytes"].as_u64().unwrap() > 100_000, "{ended}");
}

#[test]
fn an_artifact_that_is_too_large_is_refused_and_the_journey_goes_on() {
    let ended = limited("large-artifact", "");
    ended.is(0, "passed", "none");
    let artifacts = ended.attempt()["recording"]["artifacts"].take();
    assert_eq!(artifacts.as_array().unwrap().len(), 1, "{ended}");
}
