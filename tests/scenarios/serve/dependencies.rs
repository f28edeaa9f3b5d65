//! Journeys that depend on others: what hangs on a failing one is not told of, and names that nothing has are refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{Asked, Web, http, status, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS};

const KEY: (&str, &str) = ("KEY", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

fn config(hook: &Web) -> String {
    format!(
        "[alerting]\ngroup_within = \"3s\"\n{TWO_TENANTS}\n[tenants.acme.incidents]\ntransient = \"100ms\"\n\
         [tenants.acme.channels.hook.webhook]\nurl = \"{}/in\"\nsecret.env = \"KEY\"\n[[tenants.acme.alerts]]\nto = \"hook\"\n",
        hook.url()
    )
}

fn told(web: &Web) -> Vec<Value> {
    let body = |asked: &Asked| serde_json::from_slice::<Value>(&asked.body).unwrap()["data"].clone();
    web.asked().iter().map(body).collect()
}

fn about<'a>(told: &'a [Value], kind: &str) -> Vec<&'a str> {
    let of_kind = told.iter().filter(|notice| notice["kind"] == kind);
    of_kind.map(|notice| notice["subjects"][0]["journey"].as_str().unwrap()).collect()
}

/// A path that is well or not; `/log-in` and `/pay` have a switch each.
fn shop(log_in: &Arc<AtomicBool>, pay: &Arc<AtomicBool>) -> Web {
    let (log_in, pay) = (Arc::clone(log_in), Arc::clone(pay));
    http(move |asked| {
        let is_well = if asked.target == "/pay" { &pay } else { &log_in };
        if is_well.load(Ordering::Acquire) { text("Welcome") } else { status(503, "away") }
    })
}

#[test]
fn what_hangs_on_a_failing_journey_is_told_of_only_if_it_fails_on() {
    let [log_in, pay] = [(); 2].map(|()| Arc::new(AtomicBool::new(true)));
    let (web, hook) = (shop(&log_in, &pay), http(|_| text("taken")));
    let runner = Runner::with(&config(&hook), &[KEY]);
    let url = web.url();
    let journey = |name: &str, more: &str| {
        format!(
            "[http-check.{name}]\nurl = \"{url}/{name}\"\nschedule = \"every 1s\"\nalert.consecutive = 3\n{more}\n"
        )
    };
    let toml = journey("log-in", "owner = \"team login\"\nrunbook = \"https://wiki.example/log-in\"")
        + &journey("pay", "depends_on = \"log-in\"")
        + &journey("refund", "depends_on = [\"pay\"]");
    runner.deploy("acme", &toml, &[]);
    let deployed = "SELECT group_concat(journey || ':' || coalesce(depends_on, '') || ':' || alert_rule) FROM v1_journeys";
    assert_eq!(runner.query(deployed), "log-in::3 in a row,pay:log-in:3 in a row,refund:pay:3 in a row");
    let listed = runner.ok(&["journeys"]);
    assert!(
        listed.contains("log-in: by its own history the rule `3 in a row` has a false alarm every "),
        "{listed}"
    );
    runner.until("SELECT count(DISTINCT journey) FROM v1_runs WHERE is_good", |seen| seen == "3");
    log_in.store(false, Ordering::Release);
    pay.store(false, Ordering::Release);
    runner.until("SELECT count(*) FROM v1_incidents WHERE is_open", |seen| seen == "3");
    let first = until_blocking("somebody is told", || told(&hook), |told| !told.is_empty());
    assert_eq!(about(&first, "opened"), ["log-in"], "{first:?}");
    assert_eq!(first[0]["hanging"], serde_json::json!(["pay", "refund"]), "{first:?}");
    let subject = &first[0]["subjects"][0];
    assert_eq!(
        (&subject["owner"], &subject["runbook"]),
        (&"team login".into(), &"https://wiki.example/log-in".into())
    );
    let held = "SELECT count(*) FROM v1_incident_events WHERE held_for = (SELECT incident FROM v1_incidents WHERE journey = 'log-in')";
    runner.until(held, |seen| seen == "2");

    // Logging in works again, and refunds with it; paying does not.
    log_in.store(true, Ordering::Release);
    let later =
        until_blocking("what fails on is told of", || told(&hook), |told| about(told, "opened").len() >= 2);
    assert_eq!(about(&later, "opened"), ["log-in", "pay"], "{later:?}");
    runner.until("SELECT group_concat(journey) FROM v1_incidents WHERE is_open", |seen| seen == "pay");
    pay.store(true, Ordering::Release);
    let over = until_blocking("it is over", || told(&hook), |told| about(told, "resolved").len() >= 2);
    assert_eq!(about(&over, "opened"), ["log-in", "pay"], "nobody was told of refunds: {over:?}");
}

#[test]
fn a_name_that_nothing_has_and_a_circle_are_refused_with_their_mend() {
    let runner = Runner::start(TWO_TENANTS);
    let check =
        |name: &str, more: &str| format!("[http-check.{name}]\nurl = \"http://127.0.0.1:1/\"\n{more}\n");
    let deploy = |toml: &str| {
        let project = runner.folder().join("project");
        std::fs::create_dir_all(&project).unwrap();
        std::fs::write(project.join("journey.toml"), toml).unwrap();
        let project = project.display().to_string();
        let checked = runner.call(&["check", "-C", &project]);
        (checked, runner.call(&["deploy", "--tenant", "acme", "-C", &project]))
    };
    let ((checked, noted), (code, said)) = deploy(
        &(check("log-in", "") + &check("pay", "depends_on = \"log-im\"\nalert.rule = \"2 in a row\"")),
    );
    assert_eq!((checked, code), (Some(0), Some(2)), "{noted}\n{said}");
    assert!(
        noted.contains("a deployment is refused unless its tenant has it; did you mean `log-in`?"),
        "{noted}"
    );
    assert!(noted.contains("2 in a row: a false alarm every 337 looks"), "{noted}");
    assert!(said.contains("journey `pay`: its `depends_on` names `log-im`, and there is no such journey: did you mean `log-in`?"), "{said}");
    let circle = check("log-in", "depends_on = \"pay\"") + &check("pay", "depends_on = \"log-in\"");
    let ((checked, refused), (code, said)) = deploy(&circle);
    assert_eq!((checked, code), (Some(2), Some(2)), "{refused}\n{said}");
    for said in [refused, said] {
        assert!(said.contains("its `depends_on` leads back to it (`log-in` → `pay` → `log-in`)"), "{said}");
    }
    let ((checked, refused), _) = deploy(&check("pay", "alert.consecutive = 11"));
    assert_eq!(checked, Some(2), "{refused}");
    assert!(refused.contains("has a wrong `consecutive`"), "{refused}");
    assert_eq!(runner.query("SELECT count(*) FROM v1_journeys"), "0");
    // A dependency in another project of the tenant is there already.
    runner.deploy("acme", &check("log-in", ""), &[]);
    runner.deploy("acme", &check("pay", "depends_on = \"log-in\""), &[]);
}
