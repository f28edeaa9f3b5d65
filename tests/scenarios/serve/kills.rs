//! Ends: by a signal that can be heard and by one that cannot. Every slot has exactly one row afterwards.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{Manner, http, odd, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, times, verified};

use crate::loaded::{Loaded, integrity, now_ms};

#[test]
fn results_are_kept_over_a_restart_and_the_time_between_is_missed() {
    let good = http(|_| text("Welcome"));
    let mut runner = Runner::start(TWO_TENANTS);
    // What is within its grace still runs after a restart.
    let toml =
        format!("[http-check.good]\nurl = \"{}/\"\nschedule = \"every 1s\"\ngrace = \"1s\"\n", good.url());
    runner.deploy("acme", &toml, &[]);
    runner.until("SELECT count(*) FROM v1_runs WHERE verdict = 'passed'", |seen| {
        seen.parse::<u32>().unwrap() >= 2
    });
    assert_eq!(runner.end(Signal::TERM), Some(0));
    let before = runner.query("SELECT count(*) FROM v1_runs");
    runner.is_accounted_for();
    // The next slot has to lie in the time without a server.
    let stopped: u64 = runner.query("SELECT max(slot_ms) FROM v1_runs").parse().unwrap();
    until_blocking("the next slots are over", now_ms, |now| *now >= stopped + 2_200);
    runner.again();
    runner
        .until("SELECT count(*) FROM v1_runs WHERE verdict = 'missed' AND reason = 'runner-down'", |seen| {
            seen != "0"
        });
    let passed = format!("SELECT count(*) > {before} FROM v1_runs WHERE verdict = 'passed'");
    runner.until(&passed, |seen| seen == "1");
    runner.is_accounted_for();
}

#[test]
fn runs_that_outlast_the_grace_are_recorded_as_the_runners_fault() {
    let silent = odd(Manner::Silent);
    let mut runner = Runner::start(TWO_TENANTS);
    let toml = format!(
        "[http-check.hangs]\nurl = \"{}/\"\nschedule = \"every 1s\"\ntimeout = \"60s\"\n",
        silent.url()
    );
    runner.deploy("acme", &toml, &[]);
    silent.wait_until_asked();
    assert_eq!(runner.end(Signal::TERM), Some(0));
    let words = runner.query(
        "SELECT verdict, reason, attempts FROM v1_runs WHERE verdict <> 'skipped' AND verdict <> 'missed'",
    );
    assert_eq!(words, "inconclusive|runner-stopped|1");
    runner.is_accounted_for();
}

#[test]
fn after_many_kills_every_slot_has_exactly_one_row_and_nothing_acknowledged_is_lost() {
    let mut loaded = Loaded::start();
    let (cycles, mut unsound) = (times(500), 0);
    // A sequence of its own for each run of the test would not tell more: what matters is that the instants
    // differ, and where in a second they lie.
    let mut pause = 137_u64;
    for _ in 0..cycles {
        pause = (pause * 7_919 + 104_729) % 500;
        let until = now_ms() + 100 + pause;
        let asking = loaded.ask();
        std::thread::sleep(Duration::from_millis(until.saturating_sub(now_ms())));
        assert_eq!(loaded.runner.end(Signal::KILL), None, "it had ended before");
        loaded.hear(asking);
        unsound += u32::from(integrity(&loaded.runner) != "ok");
        loaded.runner.again();
    }
    let answers = loaded.acknowledged.len();
    assert!(answers > 3, "too few answers came before the kill: {answers}");
    let what = format!("{cycles} kills at any instant");
    verified(&format!("{what}: kills after which integrity_check is not ok"), &json!(0), &json!(unsound));
    loaded.verify(&what);
    let lost = loaded.runner.query("SELECT count(*) FROM v1_runs WHERE reason = 'runner-lost'");
    assert_ne!(lost, "0", "some kills met runs under way");
}
