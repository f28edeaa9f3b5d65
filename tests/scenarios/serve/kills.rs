//! Ends: by a signal that can be heard and by one that cannot. Every slot has exactly one row afterwards.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use wayfarer_tests::support::server::{Manner, http, odd, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, run_of, times, verified};

#[test]
fn results_are_kept_over_a_restart_and_the_time_between_is_missed() {
    let good = http(|_| text("Welcome"));
    let mut runner = Runner::start(TWO_TENANTS);
    let toml = format!("[http-check.good]\nurl = \"{}/\"\nschedule = \"every 1s\"\n", good.url());
    runner.deploy("acme", &toml, &[]);
    runner.until("SELECT count(*) FROM v1_runs WHERE verdict = 'passed'", |seen| {
        seen.parse::<u32>().unwrap() >= 2
    });
    assert_eq!(runner.end(Signal::TERM), Some(0));
    let before = runner.query("SELECT count(*) FROM v1_runs");
    runner.is_accounted_for();
    // The next slot has to lie in the time without a server.
    let stopped: u64 = runner.query("SELECT max(slot_ms) FROM v1_runs").parse().unwrap();
    while now_ms() < stopped + 2_200 {
        std::thread::yield_now();
    }
    runner.again();
    runner.until("SELECT count(*) FROM v1_runs WHERE verdict = 'missed' AND reason = 'no-runner'", |seen| {
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
    let target = http(|_| {
        std::thread::sleep(Duration::from_millis(40));
        text("Welcome")
    });
    let mut runner = Runner::start(TWO_TENANTS);
    let mut toml = String::new();
    for number in 0..8 {
        let check = format!(
            "[http-check.check-{number}]\nurl = \"{}/{number}\"\nschedule = \"every 1s\"\n",
            target.url()
        );
        toml.push_str(&check);
    }
    runner.deploy("acme", &toml, &[]);
    runner.deploy("globex", &toml, &[]);
    let (cycles, mut acknowledged) = (times(1_000), Vec::new());
    // A sequence of its own for each run of the test would not tell more: what matters is that the instants
    // differ, and where in a second they lie.
    let mut pause = 137_u64;
    for _ in 0..cycles {
        pause = (pause * 7_919 + 104_729) % 500;
        let until = now_ms() + 100 + pause;
        let mut asking = runner.command(&["trigger", "--tenant", "acme", "check-0", "--reporter", "json"]);
        let asking = asking.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        while now_ms() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        runner.end(Signal::KILL);
        let output = asking.wait_with_output().unwrap();
        if output.status.success() {
            acknowledged.push(run_of(&String::from_utf8(output.stdout).unwrap()));
        }
        runner.again();
    }
    let kept = runner.query("SELECT run FROM v1_runs WHERE lane = 'manual'");
    let kept: Vec<&str> = kept.lines().collect();
    let times_kept = |run: &String| kept.iter().filter(|kept| *kept == run).count();
    let off = acknowledged.iter().filter(|run| times_kept(run) != 1).count();
    assert!(acknowledged.len() > 3, "too few answers came before the kill: {}", acknowledged.len());
    verified(
        &format!(
            "{cycles} kills: results that were acknowledged and are not there once, of {}",
            acknowledged.len()
        ),
        &json!(0),
        &json!(off),
    );
    let lost = "SELECT count(*) FROM v1_runs WHERE reason = 'runner-lost'";
    runner.until("SELECT count(*) FROM v1_runs WHERE verdict = 'passed'", |seen| seen != "0");
    assert_eq!(runner.end(Signal::TERM), Some(0));
    let report = runner.is_accounted_for();
    assert!(report["due"].as_u64().unwrap() > 100, "{report:#}");
    let differing: u64 =
        ["missing", "unexpected", "doubled"].iter().map(|key| report[key].as_u64().unwrap()).sum();
    verified(
        &format!("{cycles} kills: slots without exactly one row, of {}", report["due"]),
        &json!(0),
        &json!(differing),
    );
    assert_ne!(runner.query(lost), "0", "some kills met runs under way");
}

fn now_ms() -> u64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    u64::try_from(since.as_millis()).unwrap()
}
