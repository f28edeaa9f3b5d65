//! `db rebuild` that is killed half way: it has not happened then, and the next one makes the same figures.

use std::ffi::OsStr;

use rustix::process::Signal;
use serde_json::json;
use std::os::unix::process::ExitStatusExt as _;
use wayfarer_tests::support::{Runner, library, times, verified};

use crate::loaded::{Loaded, integrity};

/// A question for every row that is made anew, sketches included: `quote` writes each value as it is.
fn question(runner: &Runner) -> String {
    let tables = ["hourly", "daily", "step_hourly", "usage_daily", "last_failure"];
    let rows = tables.map(|table| {
        let columns = format!(
            "SELECT group_concat('quote(' || name || ')', ' || '','' || ') FROM pragma_table_info('{table}')"
        );
        format!("SELECT '{table}: ' || {} AS line FROM {table}", runner.query(&columns))
    });
    format!("{} ORDER BY line", rows.join(" UNION ALL "))
}

/// More runs than a server makes while somebody waits: each one again, hours earlier.
fn multiplied(runner: &Runner) {
    runner.tamper(
        "CREATE TEMP TABLE earlier AS WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 25)
           SELECT value FROM n;
         CREATE TEMP TABLE original AS SELECT * FROM run;
         CREATE TEMP TABLE most AS SELECT max(id) AS id FROM run;
         INSERT INTO run SELECT o.id + e.value * (SELECT id FROM most), randomblob(16), o.journey, o.version, o.policy,
             o.location, o.slot_ms - e.value * 3600000, o.lane, o.seq, o.started_ms - e.value * 3600000,
             o.finished_ms - e.value * 3600000, o.duration_us + e.value, o.verdict, o.first_verdict, o.reason, o.attempts,
             o.incarnation, o.maintenance, o.void
           FROM original o JOIN earlier e;
         INSERT INTO attempt SELECT (((a.id >> 8) + e.value * (SELECT id FROM most)) << 8) + (a.id & 255),
             a.started_ms, a.duration_us, a.cpu_us, a.memory, a.engine, a.verdict, a.reason, a.detail, a.stall_us
           FROM attempt a JOIN earlier e WHERE a.id >> 8 <= (SELECT id FROM most)",
    );
}

/// A rebuild that ends at a write or a sync of one of the files, or none that does: the signal it ended by.
fn killed(runner: &Runner, library: &std::path::Path, at: (&str, &str, &str, u64)) -> Option<i32> {
    let (file, call, when, number) = at;
    let data = std::fs::canonicalize(runner.data_dir()).unwrap();
    let mut command = runner.command(&["db", "rebuild"]);
    command.env("LD_PRELOAD", library).env("WAYFARER_POINT_ARMED", &data);
    command.env("WAYFARER_POINT_FILE", data.join(file)).env("WAYFARER_POINT_CALL", call);
    command.env("WAYFARER_POINT_WHEN", OsStr::new(when)).env("WAYFARER_POINT_NUMBER", number.to_string());
    command.output().unwrap().status.signal()
}

#[test]
fn a_rebuild_that_is_killed_half_way_has_not_happened() {
    let folder = tempfile::tempdir().unwrap();
    let library = library("failpoint.c", folder.path());
    let mut loaded = Loaded::start();
    loaded.runner.until("SELECT count(*) FROM v1_runs", |seen| seen.parse::<u32>().unwrap() > 60);
    assert_eq!(loaded.runner.end(Signal::TERM), Some(0));
    let runner = &loaded.runner;
    multiplied(runner);
    runner.ok(&["db", "rebuild"]);
    let question = question(runner);
    let figures = || runner.query(&question);
    let right = figures();
    // Figures that are wrong tell whether a rebuild has happened.
    let wrong = "UPDATE hourly SET slots = slots + 1; UPDATE daily SET sum_us = 1; DELETE FROM usage_daily";
    let (log, database) = ("wayfarer.db-wal", "wayfarer.db");
    let mut points =
        vec![(log, "sync", "before", 1), (log, "sync", "after", 1), (database, "sync", "before", 1)];
    for number in 0..u64::from(times(20)) {
        let when = ["before", "amid", "after"][number as usize % 3];
        points.push((log, "write", when, 1 + number * 7 % 12));
        points.push((database, "write", when, 1 + number * 3 % 4));
    }
    let [mut unsound, mut half, mut other, mut mended] = [0_u32; 4];
    for point in &points {
        runner.tamper(wrong);
        let before = figures();
        assert_ne!(before, right);
        other += u32::from(killed(runner, &library, *point) != Some(9));
        unsound += u32::from(integrity(runner) != "ok");
        let after = figures();
        half += u32::from(after != before && after != right);
        runner.ok(&["db", "rebuild"]);
        mended += u32::from(figures() == right);
    }
    let what = format!("db rebuild killed at {} writes and syncs", points.len());
    verified(&format!("{what}: ends that were not that kill"), &json!(0), &json!(other));
    verified(&format!("{what}: kills after which integrity_check is not ok"), &json!(0), &json!(unsound));
    verified(
        &format!("{what}: figures that are neither those from before nor those made anew"),
        &json!(0),
        &json!(half),
    );
    verified(
        &format!("{what}: times the next one gave the same bytes"),
        &json!(points.len()),
        &json!(mended),
    );
    assert_eq!(runner.json(&["db", "check"])["problems"], json!([]));
    loaded.runner.again();
}
