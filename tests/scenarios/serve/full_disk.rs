//! A disk that fills up: nothing new begins, nothing that was made is lost, and all goes on once there is room.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{http, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, is_in_full, verified};

use crate::loaded::differing;

const DISK: &str = "[storage]\nreserve = \"16MiB\"\n";

/// Somebody else who takes what there is, to the last page.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    while file.write_all(&[1; 4_096]).is_ok() {}
}

fn free(folder: &Path) -> u64 {
    let disk = rustix::fs::statvfs(folder).unwrap();
    disk.f_bavail * disk.f_frsize
}

/// A server on a small disk, with runs under way; none where this machine lets nobody mount one.
fn on_small_disk(target: &str) -> Option<Runner> {
    let runner = Runner::on_small_disk(&format!("{TWO_TENANTS}{DISK}"), 48)?;
    let mut toml = String::new();
    for number in 0..8 {
        writeln!(toml, "[http-check.check-{number}]\nurl = \"{target}/\"\nschedule = \"every 1s\"").unwrap();
    }
    runner.deploy("acme", &toml, &[]);
    runner.until("SELECT count(*) FROM v1_runs WHERE verdict = 'passed'", |seen| seen != "0");
    runner.until_ready();
    Some(runner)
}

/// Others take even what is held back: what is made waits for room, and gets it.
fn without_a_byte_left(runner: &Runner) {
    let path = runner.data_dir().join("more");
    fill(&path);
    let until_it_is = |stuck: bool| {
        let is_stuck = || runner.get("/metrics").contains("wayfarer_store_up 0\n");
        until_blocking("the store is stuck, or is not any more", is_stuck, |is| *is == stuck);
    };
    until_it_is(true);
    std::fs::remove_file(path).unwrap();
    until_it_is(false);
}

#[test]
fn a_disk_that_fills_up_stops_new_runs_and_loses_nothing() {
    let target = http(|_| {
        std::thread::sleep(Duration::from_millis(300));
        text("Welcome")
    });
    let Some(mut runner) = on_small_disk(&target.url()) else {
        assert!(
            !is_in_full(),
            "this machine lets nobody mount a disk (unshare --user --mount): verify it elsewhere"
        );
        println!("not tested: this machine lets nobody mount a disk (unshare --user --mount)");
        return;
    };
    let data = runner.data_dir();
    assert_eq!(std::fs::metadata(data.join("reserve")).unwrap().len(), 8 << 20, "half of it is held back");

    // To the last byte: results that are under way have to go where room was held back for them.
    fill(&data.join("others"));
    runner.until_said("is nearly full");
    let said = runner.until_unready("is nearly full");
    assert!(said.contains("16.0 MiB are wanted") && said.contains("lower `reserve` in [storage]"), "{said}");
    let refused = "SELECT count(*) FROM v1_runs WHERE verdict = 'inconclusive' AND reason = 'disk-full'";
    runner.until(refused, |seen| seen.parse::<u32>().unwrap() >= 16);
    runner.until_said("results take the space of the reserve");
    let (code, said) = runner.call(&["trigger", "--tenant", "acme", "check-0"]);
    assert_eq!(code, Some(5), "{said}");
    assert!(said.contains("the runner's disk is nearly full"), "{said}");
    let wrong =
        "SELECT count(*) FROM v1_runs WHERE NOT (verdict = 'passed' OR reason IN ('disk-full', 'overlap'))";
    verified(
        "disk full: rows that are neither passed nor said to be for want of room or a run under way",
        &json!("0"),
        &json!(runner.query(wrong)),
    );
    let started_late = "SELECT count(*) FROM v1_runs WHERE started_ms >
                          (SELECT min(finished_ms) + 2000 FROM v1_runs WHERE reason = 'disk-full')";
    verified("disk full: runs begun without room", &json!("0"), &json!(runner.query(started_late)));
    assert!(runner.get("/metrics").contains("wayfarer_disk_full 1\n"));

    without_a_byte_left(&runner);

    // A start on a disk that is full.
    assert_eq!(runner.end(Signal::KILL), None);
    let before = runner.query(refused);
    runner.again();
    runner.until_unready("is nearly full");
    runner.until(refused, |seen| seen != before);

    // Somebody makes room: it goes on by itself, and holds back what it gave away.
    std::fs::remove_file(data.join("others")).unwrap();
    runner.until_ready();
    let again = "SELECT count(*) FROM v1_runs WHERE verdict = 'passed' AND slot_ms >
                   (SELECT max(slot_ms) FROM v1_runs WHERE reason = 'disk-full')";
    runner.until(again, |seen| seen != "0");
    assert_eq!(std::fs::metadata(data.join("reserve")).unwrap().len(), 8 << 20);
    assert!(free(&data) > 8 << 20);
    assert_eq!(runner.end(Signal::TERM), Some(0));
    let report = runner.audit();
    let case = format!("disk full: slots without exactly one row, of {}", report["due"]);
    verified(&case, &json!(0), &json!(differing(&report)));
    runner.ok(&["db", "check"]);
}
