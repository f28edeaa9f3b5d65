//! A runner that is unwell says so, and blames no target for what it caused itself.

use std::ffi::OsStr;
use std::process::Command;

use rustix::process::Signal;
use serde_json::json;
use wayfarer_tests::support::server::{http, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, library, verified};

const SEEN: &str = "SELECT group_concat(DISTINCT verdict || '/' || reason) FROM v1_runs WHERE attempts > 0";

fn every_second(url: &str) -> String {
    format!("[http-check.shop]\nurl = \"{url}/\"\nmax_latency = \"600ms\"\nschedule = \"every 1s\"\n")
}

#[test]
fn a_slow_disk_is_told_and_spoils_no_result() {
    let target = http(|_| text("Welcome"));
    let mut runner = Runner::start(TWO_TENANTS);
    // Its database is there: making it would take a sync for each step of the schema.
    runner.end(Signal::TERM);
    let folder = tempfile::tempdir().unwrap();
    runner.preload(&library("slow.c", folder.path()), &[("WAYFARER_SLOW_MS", OsStr::new("700"))]);
    runner.again();
    runner.deploy("acme", &every_second(&target.url()), &[]);
    runner.until_said("a transaction of its store takes");
    runner.until("SELECT count(*) >= 5 FROM v1_runs", |seen| seen == "1");
    assert!(runner.get("/metrics").contains("wayfarer_runner_unwell{part=\"store\"} 1\n"));
    verified("a disk that takes 700 ms to sync", &json!("passed/none"), &json!(runner.query(SEEN)));
}

#[test]
fn descriptors_that_are_used_up_blame_nobody() {
    let target = http(|_| text("Welcome"));
    let runner = Runner::start(TWO_TENANTS);
    runner.deploy("acme", &every_second(&target.url()), &[]);
    runner.until("SELECT count(*) >= 1 FROM v1_runs WHERE is_good", |seen| seen == "1");
    let pid = runner.pid();
    let limit = |soft: String| {
        let arguments = ["--pid".to_owned(), pid.to_string(), format!("--nofile={soft}:")];
        let set = Command::new("prlimit").args(arguments).output().unwrap();
        assert!(set.status.success(), "{set:?}");
    };
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let open: Vec<u64> =
        open.map(|file| file.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect();
    let free = (0..1 << 20).find(|number| !open.contains(number)).unwrap();
    let before = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let soft = before.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let soft = soft.split_whitespace().nth(3).unwrap().to_owned();
    // The number that a new one would get is the first that it may not have.
    limit(free.to_string());
    runner.until("SELECT count(*) >= 3 FROM v1_runs WHERE verdict = 'inconclusive'", |seen| seen == "1");
    runner.until_said("file descriptors are in use");
    limit(soft);
    let after = "SELECT is_good FROM v1_runs ORDER BY run_number DESC LIMIT 1";
    runner.until(after, |seen| seen == "1");
    let seen =
        "SELECT count(*) FROM v1_runs WHERE verdict NOT IN ('passed', 'inconclusive', 'skipped', 'missed')";
    verified("runs blamed while no descriptor was left", &json!("0"), &json!(runner.query(seen)));
    runner.is_accounted_for();
}
