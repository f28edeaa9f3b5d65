//! Journeys that share an account never run together; a journey that fails is looked at more often.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{http, status, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS};

/// Pairs of runs of two journeys that were under way at the same time.
fn pairs(one: &str, other: &str) -> String {
    format!(
        "SELECT count(*) FROM v1_runs a JOIN v1_runs b ON a.journey = '{one}' AND b.journey = '{other}'
           AND a.started_ms < b.finished_ms AND b.started_ms < a.finished_ms"
    )
}

#[test]
fn members_of_a_group_never_run_together() {
    let slow = http(|_| {
        std::thread::sleep(Duration::from_millis(60));
        text("Welcome")
    });
    let runner = Runner::start(TWO_TENANTS);
    let check = |name: &str, group: &str| {
        format!("[http-check.{name}]\nurl = \"{}/\"\nschedule = \"every 1s\"\n{group}\n", slow.url())
    };
    let all = check("orders", "group = \"account-a\"")
        + &check("refunds", "group = \"account-a\"")
        + &check("search", "");
    runner.deploy("acme", &all, &[]);
    for journey in ["orders", "refunds", "search"] {
        let passed = format!("SELECT count(*) >= 5 FROM v1_runs WHERE journey = '{journey}' AND is_good");
        runner.until(&passed, |seen| seen == "1");
    }
    assert_ne!(runner.query(&pairs("orders", "search")), "0", "those who share nothing do not wait");
    runner.ok(&["trigger", "--tenant", "acme", "orders"]);
    assert_eq!(runner.query(&pairs("orders", "refunds")), "0");
    runner.is_accounted_for();
}

#[test]
fn a_member_that_waited_too_long_for_its_group_is_skipped() {
    let gate = Arc::new(AtomicBool::new(false));
    let closed = Arc::clone(&gate);
    let slow = http(move |_| {
        until_blocking("the test opens the gate", || closed.load(Ordering::Acquire), |is_open| *is_open);
        text("Welcome")
    });
    let quick = http(|_| text("Welcome"));
    let runner = Runner::start(TWO_TENANTS);
    let toml = format!(
        "[http-check.holds]\nurl = \"{}/\"\ngroup = \"a\"\n\
         [http-check.waits]\nurl = \"{}/\"\ngroup = \"a\"\nschedule = \"every 1s\"\ngrace = \"1s\"\n",
        slow.url(),
        quick.url()
    );
    runner.deploy("acme", &toml, &[]);
    std::thread::scope(|scope| {
        let held = scope.spawn(|| runner.ok(&["trigger", "--tenant", "acme", "holds"]));
        runner.until("SELECT count(*) FROM v1_runs WHERE verdict = 'skipped' AND reason = 'group'", |seen| {
            seen != "0"
        });
        gate.store(true, Ordering::Release);
        held.join().unwrap();
    });
    let after = "SELECT count(*) FROM v1_runs WHERE journey = 'waits' AND is_good
                   AND slot_ms > (SELECT max(slot_ms) FROM v1_runs WHERE reason = 'group')";
    runner.until(after, |seen| seen != "0");
    runner.is_accounted_for();
}

#[test]
fn a_journey_that_fails_is_looked_at_more_often_until_it_is_well() {
    let is_well = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_well);
    let target = http(move |_| {
        if seen.load(Ordering::Acquire) { text("Welcome") } else { status(503, "{\"error\":\"inventory\"}") }
    });
    let mut runner = Runner::start(TWO_TENANTS);
    let toml = format!(
        "[http-check.shop]\nurl = \"{}/\"\nschedule = \"every 5s\"\nconfirm_every = \"every 1s\"\n",
        target.url()
    );
    runner.deploy("acme", &toml, &[]);
    let looks = |verdict: &str| {
        format!("SELECT count(*) FROM v1_runs WHERE lane = 'confirm' AND verdict = '{verdict}'")
    };
    runner.until(&looks("failed"), |seen| seen.parse::<u32>().unwrap() >= 3);
    assert_eq!(
        runner.query(
            "SELECT sum(slots) = (SELECT count(*) FROM v1_runs WHERE lane = 'scheduled') FROM v1_daily"
        ),
        "1",
        "looks have no weight"
    );
    // A restart changes nothing: what fails is known from the store.
    assert_eq!(runner.end(rustix::process::Signal::KILL), None);
    let before = runner.query(&looks("failed"));
    runner.again();
    runner.until(&looks("failed"), |seen| seen != before);
    is_well.store(true, Ordering::Release);
    // Once it is well by a look or by its schedule, only the schedule goes on.
    runner
        .until("SELECT count(*) >= 2 FROM v1_runs WHERE lane = 'scheduled' AND is_good", |seen| seen == "1");
    let last = "SELECT max(slot_ms) FROM v1_runs WHERE lane = 'confirm'";
    let well = "SELECT min(slot_ms) FROM v1_runs WHERE is_good";
    let late = runner.query(&format!("SELECT ({last}) - ({well})"));
    assert!(late.parse::<i64>().unwrap() < 4_000, "looks went on for {late} ms");
    runner.ok(&["pause", "--tenant", "acme", "shop", "--note", "a move"]);
    runner.is_accounted_for();
}
