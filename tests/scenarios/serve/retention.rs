//! What is old goes by itself, and on demand; what it amounted to stays, and can be made anew.

use rustix::process::Signal;
use wayfarer_tests::support::server::{http, status};
use wayfarer_tests::support::{Runner, TWO_TENANTS};

/// Three days, in milliseconds.
const AGE: u64 = 259_200_000;

/// A stopped server with some runs of three days ago, all of which failed: `acme` should not have them any more,
/// `globex` keeps runs for ever.
fn aged() -> Runner {
    let bad = http(|_| status(503, "{\"error\":\"inventory\"}"));
    let retention =
        "[retention]\nbodies = \"1d\"\nruns = \"1d\"\n[tenants.globex.retention]\nruns = \"forever\"\n";
    let mut runner = Runner::start(&format!("{TWO_TENANTS}{retention}"));
    let check =
        |name: &str, schedule: &str| format!("[http-check.{name}]\nurl = \"{}/\"\n{schedule}", bad.url());
    for tenant in ["acme", "globex"] {
        runner.deploy(tenant, &check("bad", "schedule = \"every 1s\"\n"), &[]);
    }
    let least =
        "SELECT min(n) FROM (SELECT count(*) AS n FROM v1_runs WHERE verdict = 'failed' GROUP BY tenant
                 UNION ALL SELECT 0 WHERE (SELECT count(DISTINCT tenant) FROM v1_runs) < 2)";
    runner.until(least, |seen| seen.parse::<u32>().is_ok_and(|count| count >= 3));
    for tenant in ["acme", "globex"] {
        runner.deploy(tenant, &check("other", ""), &["--prune"]);
    }
    assert_eq!(runner.end(Signal::TERM), Some(0));
    runner.is_accounted_for();
    // Schedules and all that came of them, as if it had been then.
    let periods = ["hourly", "daily", "step_hourly", "usage_daily", "stored_daily"]
        .map(|table| format!("UPDATE {table} SET from_ms = from_ms - {AGE};"))
        .concat();
    runner.tamper(&format!(
        "UPDATE journey_version SET valid_from_ms = valid_from_ms - {AGE};
         UPDATE run SET slot_ms = slot_ms - {AGE}, started_ms = started_ms - {AGE}, finished_ms = finished_ms - {AGE};
         UPDATE last_failure SET slot_ms = slot_ms - {AGE}; UPDATE kept SET from_ms = from_ms - {AGE}; {periods}"
    ));
    runner.is_accounted_for();
    runner
}

fn figures(runner: &Runner) -> String {
    let rows = ["v1_hourly", "v1_daily", "v1_step_hourly", "v1_usage"];
    rows.map(|view| runner.query(&format!("SELECT * FROM {view} ORDER BY tenant, from_ms"))).join("\n")
}

#[test]
fn a_server_removes_what_is_old_and_keeps_the_figures_and_the_last_failure() {
    let mut runner = aged();
    let before = figures(&runner);
    let kept = runner.query("SELECT count(*) FROM v1_runs WHERE tenant = 'globex'");
    let last = runner.query("SELECT max(slot_ms) FROM v1_runs WHERE tenant = 'acme' AND verdict = 'failed'");
    runner.again();
    let left = runner
        .until("SELECT group_concat(slot_ms) FROM v1_runs WHERE tenant = 'acme'", |seen| !seen.contains(','));
    assert_eq!(left, last);
    assert_eq!(runner.query("SELECT count(*) FROM v1_runs WHERE tenant = 'globex'"), kept);
    let excerpts = "SELECT tenant, count(*) FROM v1_requests WHERE excerpt IS NOT NULL GROUP BY tenant";
    assert_eq!(runner.query(excerpts), "acme|1\nglobex|1", "those of the last failures");
    assert_eq!(figures(&runner), before);
    let page = runner.get("/metrics");
    let removed = |kind: &str| {
        let line = format!("wayfarer_retention_removed_total{{kind=\"{kind}\"}} ");
        page.lines().find_map(|found| found.strip_prefix(&line)).unwrap().parse::<u32>().unwrap()
    };
    assert!(removed("runs") >= 2 && removed("bodies") >= 4 && removed("rollups") == 0, "{page}");
    runner.is_accounted_for();
    for command in ["rebuild", "prune"] {
        let (code, said) = runner.call(&["db", command]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("in use by another server: stop that one"), "{said}");
    }
}

#[test]
fn a_stopped_server_is_pruned_and_its_figures_are_made_anew() {
    let runner = aged();
    let before = figures(&runner);
    let globex: u64 = runner.query("SELECT count(*) FROM v1_runs WHERE tenant = 'globex'").parse().unwrap();
    let acme: u64 = runner.query("SELECT count(*) FROM v1_runs WHERE tenant = 'acme'").parse().unwrap();
    let said = runner.ok(&["db", "prune"]);
    assert!(said.contains(&format!("{} runs, 0 rows of roll-ups", acme - 1)), "{said}");
    let again = runner.json(&["db", "prune"]);
    assert_eq!(
        again.to_string(),
        r#"{"bodies":0,"logs":0,"artifacts":0,"deliveries":0,"incidents":0,"runs":0,"rollups":0,"audit":0}"#
    );
    runner.is_accounted_for();

    // Nothing can be derived any more of `acme`'s day, right or wrong; everything can of `globex`'s.
    runner.tamper("UPDATE daily SET failed = failed + 7; UPDATE hourly SET failed = failed + 7");
    runner.ok(&["db", "migrate"]);
    let said = runner.ok(&["db", "rebuild"]);
    assert!(said.starts_with(&format!("{globex} runs were counted into ")), "{said}");
    let wrong = "SELECT DISTINCT tenant FROM v1_daily WHERE failed > slots";
    assert_eq!(runner.query(wrong), "acme");
    runner.tamper(
        "UPDATE daily SET failed = failed - 7 WHERE failed > slots; UPDATE hourly SET failed = failed - 7 WHERE failed > slots",
    );
    assert_eq!(figures(&runner), before);
    runner.is_accounted_for();
}
