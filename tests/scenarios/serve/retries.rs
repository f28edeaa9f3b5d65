//! Attempts beyond the first: for chosen reasons, so many an hour, and fewer while a host is dead.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use wayfarer_tests::support::server::{http, status, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, verified};

const ATTEMPTS: &str =
    "SELECT group_concat(attempts) FROM (SELECT attempts FROM v1_runs ORDER BY run_number)";

#[test]
fn a_journey_retries_for_its_reasons_and_within_its_hour() {
    let target = http(|_| status(500, "no"));
    let runner = Runner::start(TWO_TENANTS);
    let url = target.url();
    let toml = format!(
        "[http-check.orders]\nurl = \"{url}/\"\nretries = 1\nretry_wait = \"10ms\"\nretries_per_hour = 2\n\
         [http-check.pages]\nurl = \"{url}/\"\nretries = 3\nretry_on = [\"timeout\"]\n"
    );
    runner.deploy("acme", &toml, &[]);
    for journey in ["orders", "orders", "orders", "pages"] {
        let (code, said) = runner.call(&["trigger", "--tenant", "acme", journey]);
        assert_eq!(code, Some(1), "{said}");
    }
    verified(
        "attempts of runs with two retries an hour, then of a reason not chosen",
        &json!("2,2,1,1"),
        &json!(runner.query(ATTEMPTS)),
    );
    assert_eq!(target.asked().len(), 6);
    let journeys = runner.json(&["journeys"]);
    assert_eq!(
        (&journeys[0]["retries_this_hour"], &journeys[1]["retries_this_hour"]),
        (&2.into(), &0.into())
    );
    assert!(runner.ok(&["journeys"]).contains("2/2 an hour"));
    // An answer of 500 is one: the host is not dead.
    assert_eq!(journeys[0]["slowed_by"], json!(null));
    let wanted = "wayfarer_retries_total{tenant=\"acme\",result=\"over-budget\"} 1\n";
    let figures = wayfarer_testkit::until_blocking(
        "retries are counted",
        || runner.get("/metrics"),
        |seen| seen.contains(wanted),
    );
    assert!(figures.contains("wayfarer_retries_total{tenant=\"acme\",result=\"made\"} 2\n"), "{figures}");
}

#[test]
fn a_dead_host_is_not_asked_more_often_for_being_dead() {
    let is_well = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_well);
    let target =
        http(move |_| if seen.load(Ordering::Acquire) { text("Welcome") } else { status(503, "no") });
    let runner = Runner::start(TWO_TENANTS);
    let check = |name: &str| {
        format!("[http-check.{name}]\nurl = \"{}/\"\nretries = 5\nretry_wait = \"1ms\"\n", target.url())
    };
    runner.deploy("acme", &(check("one") + &check("other")), &[]);
    let trigger = |journey| runner.call(&["trigger", "--tenant", "acme", journey]).0;
    // The first run's fifth attempt opens the circuit, which admits one extra; then each run is one attempt.
    for journey in ["one", "other", "one"] {
        assert_eq!(trigger(journey), Some(1));
    }
    assert_eq!(runner.query(ATTEMPTS), "6,1,1");
    let journeys = runner.json(&["journeys"]);
    assert_eq!(
        (&journeys[0]["slowed_by"], &journeys[1]["slowed_by"]),
        (&json!("127.0.0.1"), &json!("127.0.0.1"))
    );
    assert!(runner.ok(&["journeys"]).contains("slowed: 127.0.0.1 is dead"));
    let open = "wayfarer_circuits_open{tenant=\"acme\"} 1.0\n";
    wayfarer_testkit::until_blocking(
        "the circuit is shown",
        || runner.get("/metrics"),
        |seen| seen.contains(open),
    );
    is_well.store(true, Ordering::Release);
    assert_eq!(trigger("other"), Some(0), "nobody holds back what was asked for");
    assert_eq!(runner.json(&["journeys"])[0]["slowed_by"], json!(null));
}
