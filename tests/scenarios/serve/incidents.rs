//! A journey that fails is an incident, once, whatever happens to the server; people say what they do about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wayfarer_tests::support::server::{http, redirect, status, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS};

const OPEN: &str = "SELECT count(*) FROM v1_incidents WHERE is_open";

/// Failures that pass by themselves are over at once, so that looks a second apart are evidence.
fn quick_to_page() -> String {
    format!("{TWO_TENANTS}\n[tenants.acme.incidents]\ntransient = \"100ms\"\n")
}

#[test]
fn an_outage_is_one_incident_across_a_kill_until_the_journey_is_well() {
    let is_well = Arc::new(AtomicBool::new(true));
    let seen = Arc::clone(&is_well);
    let target = http(move |_| {
        if seen.load(Ordering::Acquire) { text("Welcome") } else { status(503, "{\"error\":\"inventory\"}") }
    });
    let mut runner = Runner::start(&quick_to_page());
    let toml = format!("[http-check.shop]\nurl = \"{}/\"\nschedule = \"every 1s\"\n", target.url());
    runner.deploy("acme", &toml, &[]);
    runner.until("SELECT count(*) >= 3 FROM v1_runs WHERE is_good", |seen| seen == "1");
    is_well.store(false, Ordering::Release);
    runner.until(OPEN, |seen| seen == "1");

    assert_eq!(runner.end(rustix::process::Signal::KILL), None);
    runner.again();
    let listed = runner.ok(&["incidents", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let incident = &listed[0];
    assert_eq!((&incident["kind"], &incident["state"]), (&"failing".into(), &"open".into()), "{listed}");
    assert!(incident["message"].as_str().unwrap().contains("status is 200-399"), "{listed}");
    assert!(incident["statistic"].as_f64().unwrap() >= incident["bound"].as_f64().unwrap(), "{listed}");
    assert!(incident["last_good_run"].is_string() && incident["first_run"].is_string(), "{listed}");
    let number = incident["incident"].to_string();
    let journeys = runner.json(&["journeys"]);
    assert_eq!(journeys[0]["incident"].to_string(), number, "{journeys}");
    assert!(journeys[0]["today"]["good_interval"][1].as_f64().unwrap() < 1.0, "{journeys}");
    runner.ok(&["show", incident["opening_run"].as_str().unwrap()]);

    let shown = runner.ok(&["incidents", "ack", &number, "--note", "the inventory moves"]);
    assert!(shown.contains("acknowledged by"), "{shown}");
    is_well.store(true, Ordering::Release);
    runner.until(OPEN, |seen| seen == "0");
    let shown = runner.ok(&["incidents", "show", &number]);
    assert!(shown.contains("resolved") && shown.contains("the inventory moves"), "{shown}");
    let events = "SELECT group_concat(kind) FROM (SELECT kind FROM v1_incident_events ORDER BY event)";
    assert_eq!(runner.query(events), "opened,acknowledged,resolved");
    assert_eq!(runner.query("SELECT count(*) FROM v1_incidents"), "1");
    let replay =
        |rule: &[&str]| runner.json(&[&["incidents", "replay", "--transient", "100ms"], rule].concat());
    let replayed = replay(&[]);
    let opened = runner.query("SELECT opened_ms || '' FROM v1_incidents");
    assert_eq!(replayed.as_array().unwrap().len(), 1, "{replayed}");
    assert_eq!((replayed[0]["opened_ms"].to_string(), &replayed[0]["kind"]), (opened, &"failing".into()));
    let plain = replay(&["--plain", "2 in a row"]);
    assert_eq!((&plain[0]["looks"], &plain[0]["is_page"]), (&2.into(), &true.into()), "{plain}");
    let trail = runner.ok(&["audit-log", "--action", "incident-change"]);
    assert!(trail.contains("incident 1 of shop (acknowledge)"), "{trail}");
    runner.is_accounted_for();
}

#[test]
fn a_broken_journey_is_a_ticket_and_opens_again_after_a_persons_word() {
    let target = http(|_| redirect("http://10.0.0.1/"));
    let runner = Runner::start(TWO_TENANTS);
    let toml = format!("[http-check.lost]\nurl = \"{}/\"\nschedule = \"every 1s\"\n", target.url());
    runner.deploy("acme", &toml, &[]);
    let of_kind = "SELECT group_concat(kind || is_open) FROM v1_incidents";
    runner.until(of_kind, |seen| seen == "broken1");
    let shown = runner.ok(&["incidents", "resolve", "1", "--note", "redirected on purpose"]);
    assert!(shown.contains("resolved") && shown.contains("2 in a row"), "{shown}");
    runner.until(of_kind, |seen| seen == "broken0,broken1");
    let (code, said) = runner.call(&["incidents", "ack", "1"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("incident 1 is over"), "{said}");
    let (code, said) = runner.call(&["incidents", "show", "99"]);
    assert_eq!(code, Some(4), "{said}");
    assert_eq!(
        runner.query("SELECT count(*) FROM v1_runs WHERE lane = 'confirm'"),
        "0",
        "it is no suspicion"
    );
}
