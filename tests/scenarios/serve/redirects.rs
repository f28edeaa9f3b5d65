//! A redirect to a host that the journey may not call: whose fault it is depends on whether the journey was ever good.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wayfarer_tests::support::server::{http, redirect, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS};

const LAST: &str = "SELECT verdict || '/' || reason FROM v1_runs ORDER BY run_number DESC LIMIT 1";

#[test]
fn a_target_that_leads_a_good_journey_astray_is_to_blame() {
    let leads_away = Arc::new(AtomicBool::new(true));
    let seen = Arc::clone(&leads_away);
    let target = http(move |_| {
        if seen.load(Ordering::Acquire) { redirect("http://login.elsewhere.test/") } else { text("Welcome") }
    });
    let mut runner = Runner::start(TWO_TENANTS);
    let toml = |title: &str| format!("[http-check.shop]\nurl = \"{}/{title}\"\n", target.url());
    runner.deploy("acme", &toml("one"), &[]);
    let verdict = |runner: &Runner| {
        runner.call(&["trigger", "--tenant", "acme", "shop"]);
        runner.query(LAST)
    };
    assert_eq!(verdict(&runner), "broken/denied", "its allowed hosts may never have been right");
    leads_away.store(false, Ordering::Release);
    assert_eq!(verdict(&runner), "passed/none");
    leads_away.store(true, Ordering::Release);
    assert_eq!(verdict(&runner), "failed/denied", "it was good before");
    // What a version was is known from the store.
    runner.end(rustix::process::Signal::TERM);
    runner.again();
    assert_eq!(verdict(&runner), "failed/denied");
    runner.deploy("acme", &toml("two"), &[]);
    assert_eq!(verdict(&runner), "broken/denied", "another version");
}
