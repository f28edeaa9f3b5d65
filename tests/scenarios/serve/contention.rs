//! Other processes at the server's file: one that takes the lock of writing for longer than SQLite waits for it, and a
//! consumer that holds a read open. Neither costs a result, and nobody is answered with an error.

use serde_json::json;
use wayfarer_tests::support::{Held, Runner, times, verified};

use crate::loaded::{Loaded, now_ms};

/// Calls that people make meanwhile: each writes a transaction of its own. A tenant's tokens have names of their own.
fn calls(token: &str) -> [Vec<&str>; 4] {
    [
        vec!["pause", "--tenant", "acme", "by-hand"],
        vec!["resume", "--tenant", "acme", "by-hand"],
        vec!["tokens", "add", token, "--tenant", "globex"],
        vec!["trigger", "--tenant", "globex", "check-1"],
    ]
}

/// The journey that is deployed while the lock is held, and paused: nothing that is due depends on when that is through.
const BY_HAND: &str = "[http-check.by-hand]\nurl = \"http://127.0.0.1:9/\"\n";

/// What `/metrics` says.
fn figure(runner: &Runner, name: &str) -> u64 {
    let page = runner.get("/metrics");
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name}:\n{page}")).parse::<f64>().unwrap() as u64
}

#[test]
fn a_lock_that_another_process_holds_costs_nothing_but_time() {
    let mut loaded = Loaded::start();
    loaded.runner.deploy("acme", BY_HAND, &[]);
    let (rounds, mut asked, mut failed) = (times(5), 0, 0);
    for round in 0..rounds {
        let held = Held::write_lock(&loaded.runner.data_dir());
        let asking = loaded.ask();
        let token = format!("somebody-{round}");
        let calls = calls(&token);
        asked += calls.len() + 2;
        let (runner, deployed) = (&loaded.runner, format!("{BY_HAND}timeout = \"{}s\"\n", round + 1));
        std::thread::scope(|scope| {
            let deploying = scope.spawn(move || runner.deploy("acme", &deployed, &[]));
            let made = calls.each_ref().map(|call| scope.spawn(move || runner.call(call)));
            // SQLite has given up by then: the store has not.
            runner.until_unready("database is locked");
            held.release();
            failed += u32::from(deploying.join().is_err());
            for (call, ended) in calls.iter().zip(made) {
                let (code, text) = ended.join().unwrap();
                if code != Some(0) {
                    failed += 1;
                    println!("{call:?}: {code:?} {text}");
                }
            }
        });
        failed += u32::from(!loaded.hear(asking));
        loaded.runner.until_ready();
    }
    let what = format!("the lock held by another process, {rounds} times for longer than SQLite waits");
    verified(&format!("{what}: calls that failed, of {asked}"), &json!(0), &json!(failed));
    let others = loaded.runner.query("SELECT count(*) FROM v1_runs WHERE verdict <> 'passed'");
    verified(&format!("{what}: runs that did not pass"), &json!("0"), &json!(others));
    loaded.verify(&what);
}

const LOG_BYTES: &str = "wayfarer_store_wal_bytes";
/// No answer takes as long unless somebody waits for a lock.
const STALL_MS: u64 = 10_000;
/// Bytes of log that come together only where it cannot be begun anew.
const LONG: u64 = 24 << 20;

#[test]
fn a_reader_that_does_not_end_stalls_nobody_and_its_log_is_seen_and_goes() {
    let mut loaded = Loaded::start();
    loaded.runner.until("SELECT count(*) FROM v1_runs", |seen| seen != "0");
    let seconds = u64::from(times(120));
    let held = Held::read(&loaded.runner.data_dir());
    let since = now_ms();
    let (mut asked, mut unanswered, mut longest_ms) = (0, 0, 0);
    // Whoever asks waits for the commit: a writer that stalls is seen by that.
    while now_ms() < since + seconds * 1_000 || figure(&loaded.runner, LOG_BYTES) < LONG {
        let before = now_ms();
        let questions = [(); 4].map(|()| loaded.ask());
        asked += questions.len();
        unanswered += questions.map(|asking| !loaded.hear(asking)).iter().filter(|failed| **failed).count();
        longest_ms = longest_ms.max(now_ms() - before);
    }
    let (held_for, most) = ((now_ms() - since) / 1_000, figure(&loaded.runner, LOG_BYTES));
    held.release();
    let mut last = most;
    for _ in 0..1_000 {
        loaded.hear_one();
        last = figure(&loaded.runner, LOG_BYTES);
        if last < LONG / 2 {
            break;
        }
    }
    let what = format!("a read held open for {held_for} s");
    println!(
        "{what}: the log came to {most} bytes, and afterwards to {last}; the longest answer took {longest_ms} ms"
    );
    verified(
        &format!("{what}: results not acknowledged meanwhile, of {asked}"),
        &json!(0),
        &json!(unanswered),
    );
    verified(
        &format!("{what}: an answer took longer than SQLite waits for a lock"),
        &json!(false),
        &json!(longest_ms > STALL_MS),
    );
    let is_home = last < LONG / 2;
    verified(
        &format!("{what}: the log, of {} MiB, was begun anew after it", most >> 20),
        &json!(true),
        &json!(is_home),
    );
    loaded.verify(&what);
}
