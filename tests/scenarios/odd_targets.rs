//! Targets that do not speak HTTP as they should: all of it is the target's fault.

use wayfarer_tests::support::server::{Manner, http, odd, redirect};
use wayfarer_tests::support::{Case, Ended};

/// Walks a journey toward a target of that manner.
fn toward(manner: Manner, journey: &str) -> Ended {
    Case::odd(journey).target(&odd(manner)).run()
}

#[test]
fn a_head_that_does_not_come_times_out() {
    let ended = toward(Manner::Silent, "impatient");
    ended
        .is(1, "failed", "timeout")
        .shows("→ timeout (wait)")
        .shows("no response from 127.0.0.1 within 250ms");
    let request = &ended.requests()[0];
    assert_eq!(request["error"]["phase"], "wait", "{ended}");
    assert!(request["phases"]["wait_us"].as_u64().unwrap() >= 250_000, "{ended}");
}

#[test]
fn a_body_that_stops_coming_times_out() {
    let ended = toward(Manner::Stalling, "impatient");
    ended.is(1, "failed", "timeout").shows("→ timeout (receive)").shows("was not complete within 250ms");
    assert_eq!(ended.requests()[0]["status"], 200, "{ended}");
}

#[test]
fn out_of_time_while_waiting_for_the_target_is_the_targets_fault() {
    let target = odd(Manner::Silent);
    let ended = Case::odd("get").target(&target).arguments(["--timeout", "400ms"]).run();
    ended.is(1, "failed", "timeout");
}

#[test]
fn a_reset_is_told() {
    toward(Manner::Resetting, "get").is(1, "failed", "protocol").shows("connection reset by 127.0.0.1");
}

#[test]
fn a_reset_at_once_is_told() {
    let ended = toward(Manner::ResettingAtOnce, "get");
    // Whether the connection is known before the reset comes is for the two kernels' ends to race for.
    let reason = ended.event("run-finished")["reason"].take();
    assert!(reason == "connect" || reason == "protocol", "{ended}");
    ended.is(1, "failed", reason.as_str().unwrap()).shows("connection reset");
}

#[test]
fn a_body_cut_short_is_told_by_its_bytes() {
    let ended = toward(Manner::CuttingShort, "get");
    ended.is(1, "failed", "protocol").shows("after 9 of 1000 bytes of the body");
}

#[test]
fn a_connection_closed_without_an_answer_is_told() {
    let ended = toward(Manner::ClosingUnanswered, "get");
    ended.is(1, "failed", "protocol").shows("127.0.0.1 closed the connection before it answered");
}

#[test]
fn another_protocol_is_told() {
    toward(Manner::Babbling, "get").is(1, "failed", "protocol").shows("does not speak HTTP");
}

#[test]
fn a_redirect_loop_ends() {
    let target = http(|_| redirect("/again"));
    let ended = Case::odd("get").target(&target).run();
    ended.is(1, "failed", "protocol").shows("more than 10 redirects");
    // Every hop is on record.
    assert_eq!((ended.requests().len(), target.asked().len()), (11, 11), "{ended}");
}

#[test]
fn a_redirect_loop_with_cookies_ends_too() {
    let target = http(|_| redirect("/again"));
    let ended = Case::odd("passes").target(&target).run();
    ended.is(1, "failed", "protocol").shows("more than 10 redirects");
    assert_eq!(target.asked().len(), 11, "{ended}");
}
