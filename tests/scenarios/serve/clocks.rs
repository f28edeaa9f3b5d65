//! Clocks that leap under the real binary: nothing is lost, nothing is written for what has not come, and the server says so.

use rustix::process::Signal;
use serde_json::json;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{Web, http, status, text};
use wayfarer_tests::support::{Runner, SteppedClock, TWO_TENANTS, true_ms, verified};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const EVERY_SECOND: &str = "schedule = \"every 1s\"\n";

/// A server whose clock is ahead by so much, with a journey of this timing against a target that is well.
fn begun(ahead_ms: i64, timing: &str) -> (Runner, SteppedClock, Web) {
    let target = http(|_| text("Welcome"));
    let retention = "[retention]\nruns = \"10d\"\n";
    let mut runner = Runner::at_rest(&format!("{TWO_TENANTS}{retention}"), |_| {});
    let clock = SteppedClock::of(&mut runner, ahead_ms);
    runner.again();
    runner.deploy("acme", &format!("[http-check.shop]\nurl = \"{}/\"\n{timing}", target.url()), &[]);
    (runner, clock, target)
}

/// Waits for so many good runs of slots after an instant.
fn until_good(runner: &Runner, after_ms: i64, count: u32) {
    let good = format!("SELECT count(*) FROM v1_runs WHERE is_good AND slot_ms > {after_ms}");
    runner.until(&good, |seen| seen.parse::<u32>().unwrap() >= count);
}

/// Waits until the server has looked at its clock so many times more.
fn until_looked(runner: &Runner, times: u64) {
    let looks = || {
        let name = "wayfarer_background_runs_total{task=\"clock-steps\",result=\"succeeded\"} ";
        let page = runner.get("/metrics");
        page.lines().find_map(|line| line.strip_prefix(name)).map_or(0, |count| count.parse().unwrap())
    };
    let least = looks() + times;
    until_blocking("the server looks at its clock", looks, |seen| *seen >= least);
}

fn step_seconds(runner: &Runner) -> f64 {
    let page = runner.get("/metrics");
    let line = page.lines().find_map(|line| line.strip_prefix("wayfarer_clock_step_seconds "));
    line.unwrap_or_else(|| panic!("{page}")).parse().unwrap()
}

/// Rows for what has not come by the true time, with a minute to spare.
fn in_the_future(runner: &Runner) -> String {
    runner.query(&format!("SELECT count(*) FROM v1_runs WHERE slot_ms > {}", true_ms() + MINUTE))
}

#[test]
fn a_hundred_days_forward_and_back_cost_no_row() {
    let (mut runner, clock, _target) = begun(0, EVERY_SECOND);
    until_good(&runner, 0, 3);
    clock.is_ahead_by(100 * DAY);
    let said = runner.until_unready("clock-step");
    // The two clocks are not read at one instant.
    let ahead: i64 = said
        .split(" s ahead of the time that this server knows")
        .next()
        .and_then(|said| said.rsplit(' ').next()?.parse().ok())
        .unwrap();
    assert!((ahead - 8_640_000).abs() <= 1, "{said}");
    until_looked(&runner, 6);
    assert!((step_seconds(&runner) - 8_640_000.0).abs() < 1.0);
    let there = runner.query("SELECT count(*) FROM v1_runs");
    // A restart changes nothing.
    assert_eq!(runner.end(Signal::KILL), None);
    runner.again();
    runner.until_unready("clock-step");
    until_looked(&runner, 6);
    let (future, kept) = (in_the_future(&runner), runner.query("SELECT count(*) FROM v1_runs"));
    assert!(kept.parse::<u32>().unwrap() >= there.parse().unwrap(), "{kept} of {there}");
    clock.is_ahead_by(0);
    runner.until_ready();
    until_good(&runner, true_ms(), 2);
    assert!(step_seconds(&runner).abs() < f64::EPSILON);
    verified("a clock 100 days ahead, and right again: rows in the future", &json!("0"), &json!(future));
    let left = runner.query("SELECT count(*) FROM v1_runs WHERE is_good");
    assert!(left.parse::<u32>().unwrap() >= 5);
    assert_eq!(in_the_future(&runner), "0");
    runner.is_accounted_for();
}

#[test]
fn a_step_forward_that_a_person_accepts_is_followed() {
    let (runner, clock, _target) = begun(0, EVERY_SECOND);
    until_good(&runner, 0, 2);
    clock.is_ahead_by(HOUR);
    runner.until_unready("clock-step");
    let shown = runner.json(&["clock"]);
    assert!((shown["step"]["by_ms"].as_i64().unwrap() - HOUR).abs() < SECOND, "{shown}");
    assert!(runner.ok(&["clock", "accept", "--note", "it was an hour behind"]).contains("believes"));
    runner.until_ready();
    until_good(&runner, true_ms() + HOUR - MINUTE, 2);
    assert_eq!(runner.json(&["clock"])["step"], json!(null));
    runner.is_accounted_for();
}

#[test]
fn a_clock_that_was_half_an_hour_ahead_is_made_up_for() {
    let (runner, clock, _target) = begun(30 * MINUTE, EVERY_SECOND);
    until_good(&runner, true_ms() + 20 * MINUTE, 3);
    clock.is_synchronised(true);
    clock.is_ahead_by(0);
    runner.until_unready("clock-step");
    runner.until_ready();
    until_good(&runner, true_ms() - MINUTE, 3);
    verified(
        "a clock half an hour ahead, set right: rows in the future",
        &json!("0"),
        &json!(in_the_future(&runner)),
    );
    assert_eq!(runner.query("SELECT sum(slots) = (SELECT count(*) FROM v1_runs) FROM v1_hourly"), "1");
    runner.is_accounted_for();
}

#[test]
fn a_clock_that_was_hours_ahead_takes_a_persons_word() {
    let (mut runner, clock, _target) = begun(5 * HOUR, EVERY_SECOND);
    until_good(&runner, true_ms() + 4 * HOUR, 3);
    clock.is_synchronised(true);
    clock.is_ahead_by(0);
    assert!(runner.until_unready("clock-step").contains("until the clock is set right"));
    until_looked(&runner, 6);
    assert_ne!(in_the_future(&runner), "0", "nobody has said that they may go");
    // A restart does not help, nor does a deployment.
    assert_eq!(runner.end(Signal::TERM), Some(0));
    runner.again();
    runner.until_unready("clock-step");
    runner.ok(&["clock", "accept"]);
    runner.until_ready();
    until_good(&runner, true_ms() - MINUTE, 3);
    assert_eq!(in_the_future(&runner), "0");
    runner.is_accounted_for();
}

#[test]
fn a_stopped_server_is_unleaped() {
    let (mut runner, clock, _target) = begun(5 * HOUR, EVERY_SECOND);
    until_good(&runner, true_ms() + 4 * HOUR, 3);
    let (code, said) = runner.call(&["db", "unleap"]);
    assert_eq!(code, Some(2), "{said}");
    assert_eq!(runner.end(Signal::KILL), None);
    clock.is_ahead_by(0);
    let said = runner.ok(&["db", "unleap"]);
    assert!(said.contains("rows of slots that have not come were taken out"), "{said}");
    let future = in_the_future(&runner);
    verified("a clock five hours ahead, db unleap: rows in the future", &json!("0"), &json!(future));
    runner.again();
    runner.until_ready();
    until_good(&runner, true_ms() - MINUTE, 3);
    runner.is_accounted_for();
}

#[test]
fn after_a_freeze_a_journey_has_two_late_runs_at_most() {
    let (runner, clock, _target) = begun(0, "schedule = \"every 1s\"\noverlap = \"allow\"\n");
    until_good(&runner, 0, 2);
    // Below a minute: to the server this is a freeze, and all of it is within the grace.
    let before = true_ms();
    clock.is_ahead_by(50 * SECOND);
    until_good(&runner, before + 50 * SECOND, 2);
    let frozen = format!("slot_ms BETWEEN {} AND {}", before + SECOND, before + 48 * SECOND);
    let of = |what: &str| runner.query(&format!("SELECT count(*) FROM v1_runs WHERE {frozen} AND {what}"));
    let late: u32 = of("started_ms IS NOT NULL").parse().unwrap();
    println!("{late} late runs");
    verified("after a freeze of 50 s: a journey has two late runs at most", &json!(true), &json!(late <= 2));
    runner.until(
        &format!("SELECT count(*) FROM v1_runs WHERE {frozen} AND reason = 'grace-exceeded'"),
        |seen| seen.parse::<u32>().unwrap() >= 43,
    );
    runner.is_accounted_for();
}

#[test]
fn a_slot_within_its_grace_is_not_lost_to_a_restart() {
    let hour = true_ms() / HOUR * HOUR + HOUR;
    let (mut runner, clock, _target) =
        begun(hour - true_ms() - 10 * SECOND, "schedule = \"@hourly\"\ngrace = \"30m\"\n");
    assert_eq!(runner.end(Signal::TERM), Some(0));
    clock.is_ahead_by(hour - true_ms() + 20 * SECOND);
    runner.again();
    let slot = format!("SELECT verdict FROM v1_runs WHERE slot_ms = {hour}");
    let verdict = runner.until(&slot, |seen| !seen.is_empty());
    verified(
        "an hourly slot within its grace, the server down around it: its verdict",
        &json!("passed"),
        &json!(verdict),
    );
    runner.is_accounted_for();
}

#[test]
fn confirmation_runs_never_look_at_an_instant_twice() {
    let bad = http(|_| status(503, "{\"error\":\"inventory\"}"));
    let mut runner = Runner::at_rest(TWO_TENANTS, |_| {});
    let clock = SteppedClock::of(&mut runner, 0);
    runner.again();
    let timing = "schedule = \"every 5s\"\nconfirm_every = \"every 1s\"\n";
    runner.deploy("acme", &format!("[http-check.shop]\nurl = \"{}/\"\n{timing}", bad.url()), &[]);
    let confirmed = "SELECT count(*) FROM v1_runs WHERE lane = 'confirm'";
    let more = |least: u32| runner.until(confirmed, |seen| seen.parse::<u32>().unwrap() >= least);
    let before: u32 = more(4).parse().unwrap();
    clock.is_ahead_by(-15 * SECOND);
    more(before + 3);
    // Nothing is left over, neither now nor for a server that starts amid it.
    clock.is_ahead_by(-20 * SECOND);
    assert_eq!(runner.end(Signal::KILL), None);
    runner.again();
    let before: u32 = runner.query(confirmed).parse().unwrap();
    runner.until(confirmed, |seen| seen.parse::<u32>().unwrap() >= before + 3);
    assert_eq!(runner.end(Signal::TERM), Some(0));
    assert!(!runner.said().contains("has another result for this run"), "{}", runner.said());
    let left = runner.query("SELECT count(*) FROM started");
    verified("confirmation runs while the clock goes back: starts without an end", &json!("0"), &json!(left));
    runner.is_accounted_for();
}

/// Starts a stopped server at a location.
fn move_to(runner: &mut Runner, location: &str) {
    let toml = TWO_TENANTS.replace("[server]\n", &format!("[server]\nlocation = \"{location}\"\n"));
    std::fs::write(runner.folder().join("wayfarer.toml"), toml).unwrap();
    runner.again();
}

#[test]
fn another_location_owes_nothing_of_the_past() {
    let target = http(|_| text("Welcome"));
    let mut runner = Runner::start(TWO_TENANTS);
    runner.deploy("acme", &format!("[http-check.shop]\nurl = \"{}/\"\n{EVERY_SECOND}", target.url()), &[]);
    until_good(&runner, 0, 5);
    assert_eq!(runner.end(Signal::TERM), Some(0));
    let there: u32 = runner.query("SELECT count(*) FROM v1_runs").parse().unwrap();
    move_to(&mut runner, "berlin");
    runner.until("SELECT count(*) FROM v1_runs WHERE location = 'berlin' AND is_good", |seen| seen != "0");
    let owed = "SELECT count(*) FROM v1_runs WHERE location = 'berlin' AND slot_ms <=
                  (SELECT max(slot_ms) FROM v1_runs WHERE location = 'local')";
    verified("another name for the location: rows for the past", &json!("0"), &json!(runner.query(owed)));
    let local = runner.query("SELECT count(*) FROM v1_runs WHERE location = 'local'");
    assert_eq!(local, there.to_string());
    runner.is_accounted_for();
}

/// The checks `everywhere` and `home`, each due every second; the second one names a location.
fn two_checks(target: &Web, location: &str) -> String {
    let check = |name: &str| format!("[http-check.{name}]\nurl = \"{}/\"\n{EVERY_SECOND}", target.url());
    format!("{}{}locations = [\"{location}\"]\n", check("everywhere"), check("home"))
}

/// Asks how many good runs of a journey there are at a location.
fn good_at(journey: &str, location: &str) -> String {
    format!(
        "SELECT count(*) FROM v1_runs WHERE journey = '{journey}' AND location = '{location}' AND is_good"
    )
}

fn until_good_at(runner: &Runner, journey: &str, location: &str) {
    runner.until(&good_at(journey, location), |seen| seen.parse::<u32>().unwrap() >= 3);
}

#[test]
fn a_journey_is_due_at_its_locations_alone_from_the_version_on_that_names_them() {
    let target = http(|_| text("Welcome"));
    let mut runner = Runner::start(TWO_TENANTS);
    runner.deploy("acme", &two_checks(&target, "local"), &[]);
    // A misspelt location is refused.
    let project = runner.folder().join("project");
    std::fs::create_dir_all(&project).unwrap();
    std::fs::write(project.join("journey.toml"), two_checks(&target, "locale")).unwrap();
    let (code, said) = runner.call(&["deploy", "--tenant", "acme", "-C", &project.display().to_string()]);
    assert!(code == Some(2) && said.contains("location `locale`: did you mean `local`?"), "{code:?}: {said}");
    until_good_at(&runner, "home", "local");
    until_good_at(&runner, "everywhere", "local");
    assert_eq!(runner.end(Signal::TERM), Some(0));

    move_to(&mut runner, "berlin");
    until_good_at(&runner, "everywhere", "berlin");
    let listed = runner.json(&["journeys", "--tenant", "acme"]);
    let next = |name: &str| {
        let found = listed.as_array().unwrap().iter().find(|info| info["journey"] == name);
        found.unwrap()["next_ms"].clone()
    };
    assert!(next("everywhere").is_u64() && next("home").is_null(), "{listed:#}");
    assert!(runner.ok(&["journeys", "--tenant", "acme"]).contains("every 1s at local"));
    // A person may run it here all the same; none of its slots are.
    runner.ok(&["trigger", "--tenant", "acme", "home"]);
    let of_home =
        "SELECT group_concat(DISTINCT location || lane) FROM v1_runs WHERE journey = 'home' ORDER BY 1";
    let lanes = runner.query(of_home);
    assert!(
        ["localscheduled,berlinmanual", "berlinmanual,localscheduled"].contains(&lanes.as_str()),
        "{lanes}"
    );
    runner.is_accounted_for();

    // From this version on it is due here and no longer there.
    let said = runner.deploy("acme", &two_checks(&target, "berlin"), &[]);
    assert!(said.contains("at local → `every 1s` UTC, at berlin"), "{said}");
    runner.until(
        "SELECT count(*) FROM v1_runs WHERE journey = 'home' AND location = 'berlin' AND lane = 'scheduled' AND is_good",
        |seen| seen.parse::<u32>().unwrap() >= 3,
    );
    runner.is_accounted_for();
    assert_eq!(runner.end(Signal::KILL), None);
    let (there, before) =
        (runner.query(&good_at("home", "local")), runner.query(&good_at("everywhere", "local")));
    move_to(&mut runner, "local");
    let more = |seen: &str| seen.parse::<u32>().unwrap() >= before.parse::<u32>().unwrap() + 3;
    runner.until(&good_at("everywhere", "local"), more);
    assert_eq!(runner.query(&good_at("home", "local")), there);
    let owed = "SELECT count(*) FROM v1_runs WHERE journey = 'home' AND reason = 'runner-down'
                  AND location NOT IN (SELECT value FROM json_each('[\"' || (SELECT locations FROM v1_journeys v
                    WHERE v.journey = 'home' AND v.version = v1_runs.version) || '\"]'))";
    verified(
        "a journey assigned to one location: slots owed at another",
        &json!("0"),
        &json!(runner.query(owed)),
    );
    runner.is_accounted_for();
}
