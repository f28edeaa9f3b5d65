//! Power cuts: what a kill cannot show. Nothing is acknowledged before the sync that makes it durable has returned.

use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use serde_json::json;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{http, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, library, run_of, times, verified};

/// The data directory as it is after the cut: the files' shadows in their place, the log's index gone.
fn cut(data: &Path, shadow: &Path) {
    for name in ["wayfarer.db", "wayfarer.db-wal", "wayfarer.db-shm"] {
        let (file, kept) = (data.join(name), shadow.join(name));
        let _ = std::fs::remove_file(&file);
        if kept.exists() {
            std::fs::copy(kept, file).unwrap();
        }
    }
}

/// Triggers a run and waits for its end, as people do; answers with its id.
fn asked(runner: &Runner) -> String {
    let said = runner.ok(&["trigger", "--tenant", "acme", "asked", "--reporter", "json"]);
    run_of(&said)
}

#[test]
fn what_was_acknowledged_is_there_after_a_power_cut() {
    let folder = tempfile::tempdir().unwrap();
    let shadow = folder.path().join("shadow");
    std::fs::create_dir(&shadow).unwrap();
    let target = http(|_| text("Welcome"));
    let mut runner = Runner::start(TWO_TENANTS);
    let data = std::fs::canonicalize(runner.data_dir()).unwrap();
    let toml = format!(
        "[http-check.asked]\nurl = \"{0}/\"\n[http-check.due]\nurl = \"{0}/\"\nschedule = \"every 1s\"\n",
        target.url()
    );
    runner.deploy("acme", &toml, &[]);
    assert_eq!(runner.end(Signal::TERM), Some(0));
    // What is there when the disk begins to forget was there before.
    for name in ["wayfarer.db", "wayfarer.db-wal"] {
        std::fs::copy(data.join(name), shadow.join(name)).unwrap();
    }
    let named = [("WAYFARER_UNSYNCED", data.as_os_str()), ("WAYFARER_SHADOW", shadow.as_os_str())];
    runner.preload(&library("unsynced.c", folder.path()), &named);
    let (cuts, mut acknowledged) = (times(100), Vec::new());
    for number in 0..cuts {
        runner.again();
        // Every answer that a person got before the cut counts, and so does what came with it.
        for _ in 0..=number % 3 {
            acknowledged.push(asked(&runner));
        }
        runner.end(Signal::KILL);
        cut(&data, &shadow);
    }
    runner.preload_nothing();
    runner.again();
    let kept = runner.query("SELECT run FROM v1_runs WHERE lane = 'manual'");
    let kept: std::collections::BTreeSet<&str> = kept.lines().collect();
    let lost = acknowledged.iter().filter(|run| !kept.contains(run.as_str())).count();
    verified(
        &format!("power cuts, {cuts}: acknowledged results lost, of {}", acknowledged.len()),
        &json!(0),
        &json!(lost),
    );
    // A stop leaves missed slots without a row to the next start, so the watermark has to pass them first.
    let due = || runner.audit()["due"].as_u64().unwrap();
    until_blocking("the watermark passes a slot", due, |due| *due > 0);
    assert_eq!(runner.end(Signal::TERM), Some(0));
    let report = runner.is_accounted_for();
    assert!(report["due"].as_u64().unwrap() > 0, "{report:#}");
}

/// The library itself: a write that was not synced is gone, one that was is not.
#[test]
fn the_disk_that_forgets_forgets_what_was_not_synced() {
    let folder = tempfile::tempdir().unwrap();
    let (data, shadow) = (folder.path().join("data"), folder.path().join("shadow"));
    std::fs::create_dir(&data).unwrap();
    std::fs::create_dir(&shadow).unwrap();
    let program = "import os, sys
file = os.open(sys.argv[1] + '/wayfarer.db', os.O_RDWR | os.O_CREAT)
os.pwrite(file, b'synced', 0)
os.fdatasync(file)
os.pwrite(file, b'forgotten', 6)";
    let mut command = Command::new("python3");
    command.args(["-c", program]).arg(&data).env("LD_PRELOAD", library("unsynced.c", folder.path()));
    command.env("WAYFARER_UNSYNCED", &data).env("WAYFARER_SHADOW", &shadow);
    assert!(command.status().unwrap().success());
    assert_eq!(std::fs::read(data.join("wayfarer.db")).unwrap(), b"syncedforgotten");
    cut(&data, &shadow);
    assert_eq!(std::fs::read(data.join("wayfarer.db")).unwrap(), b"synced");
}
