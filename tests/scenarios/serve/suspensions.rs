//! What people keep from being run: maintenance windows and kill switches. Every slot has its row all the same.

use rustix::process::Signal;
use wayfarer_tests::support::server::{Manner, http, odd, status, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS};

#[test]
fn maintenance_skips_or_mutes_and_every_row_names_its_window() {
    let good = http(|_| text("Welcome"));
    let bad = http(|_| status(503, "moving"));
    let mut runner = Runner::start(TWO_TENANTS);
    let toml = format!(
        "[http-check.good]\nurl = \"{}/\"\nschedule = \"every 1s\"\n\
         [http-check.bad]\nurl = \"{}/\"\nschedule = \"every 1s\"\n",
        good.url(),
        bad.url()
    );
    runner.deploy("acme", &toml, &[]);
    runner.until("SELECT count(*) FROM v1_runs WHERE journey = 'bad' AND is_counted", |seen| seen != "0");
    let add = ["maintenance", "add", "--tenant", "acme", "--journey", "bad", "--note", "the shop moves"];
    runner.ok(&[
        &add[..],
        &["--mode", "mute", "--weekly", "daily 00:00-24:00", "--timezone", "Europe/Berlin"],
    ]
    .concat());
    let muted = "SELECT count(*), max(is_counted), group_concat(DISTINCT journey) FROM v1_runs
                   WHERE maintenance = 1 AND verdict = 'failed'";
    runner.until(muted, |seen| seen.starts_with(|first: char| first >= '2'));
    assert!(
        runner.query(muted).ends_with("|0|bad"),
        "they are run, they do not count, and no other is muted"
    );
    assert!(
        runner.ok(&["runs", "--tenant", "acme", "--journey", "bad"]).contains("muted by maintenance 1: ")
    );
    let counted = "SELECT sum(failed) FROM v1_daily WHERE journey = 'bad'";
    assert_eq!(
        runner.query(counted),
        runner.query("SELECT count(*) FROM v1_runs WHERE verdict = 'failed' AND is_counted")
    );
    let listed = runner.ok(&["maintenance", "list", "--tenant", "acme"]);
    assert!(listed.contains("bad       mute  daily 00:00-24:00 Europe/Berlin  in force"), "{listed}");
    assert!(runner.ok(&["journeys", "--tenant", "acme"]).contains("maintenance"));

    // It is still in force after a restart, and the window that skips comes before it.
    assert_eq!(runner.end(Signal::KILL), None);
    runner.again();
    runner.ok(&["maintenance", "add", "--all-tenants", "--for", "1h"]);
    for journey in ["good", "bad"] {
        let skipped = format!(
            "SELECT count(*) FROM v1_runs WHERE journey = '{journey}' AND maintenance = 2
               AND verdict = 'skipped' AND reason = 'maintenance'"
        );
        runner.until(&skipped, |seen| seen != "0");
    }
    runner.ok(&["maintenance", "end", "2"]);
    runner.ok(&["maintenance", "end", "1"]);
    let again = "SELECT count(*) FROM v1_runs WHERE journey = 'bad' AND is_counted AND maintenance IS NULL
                   AND slot_ms > (SELECT max(ended_ms) FROM v1_maintenance)";
    runner.until(again, |seen| seen != "0");
    assert!(runner.ok(&["maintenance", "list", "--past"]).contains("over"));
    assert_eq!(runner.end(Signal::TERM), Some(0));
    runner.is_accounted_for();
}

#[test]
fn maintenance_that_makes_no_sense_is_refused_with_a_word_on_the_mend() {
    let runner = Runner::start(TWO_TENANTS);
    let toml = "[http-check.good]\nurl = \"http://127.0.0.1:9/\"\n";
    runner.deploy("acme", toml, &[]);
    let refused = |more: &[&str], words: &str| {
        let expected = if words.contains("has no journey") { 4 } else { 2 };
        let (code, said) = runner.call(&[&["maintenance", "add", "--tenant", "acme"], more].concat());
        assert_eq!(code, Some(expected), "{more:?}\n{said}");
        assert!(said.contains(words), "{more:?}\n{said}");
    };
    refused(&["--for", "1h", "--journey", "god"], "tenant `acme` has no journey `god`");
    refused(&["--weekly", "sat 2-4"], "`2` is not a time of the day: write hours and minutes");
    refused(&["--from", "2020-01-01", "--for", "1h"], "maintenance cannot begin in the past");
    refused(&["--from", "2120-01-02", "--until", "2120-01-01"], "maintenance has to end after it begins");
    refused(&["--until", "2026-03-29T02:30", "--timezone", "Europe/Berlin"], "never comes in Europe/Berlin");
    refused(&[], "--for");
    refused(&["--for", "1h", "--mode", "quiet"], "write `skip` or `mute`");
    let (code, said) = runner.call(&["maintenance", "end", "7"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("there is no maintenance window 7"), "{said}");
    assert_eq!(runner.query("SELECT count(*) FROM v1_maintenance"), "0");
}

#[test]
fn a_token_of_a_tenant_ends_no_window_and_throws_no_switch_of_others() {
    let runner = Runner::start(TWO_TENANTS);
    runner.ok(&["maintenance", "add", "--all-tenants", "--for", "1h"]);
    runner.ok(&["maintenance", "add", "--tenant", "globex", "--for", "1h"]);
    let token = |role: &str| {
        runner.ok(&["tokens", "add", role, "--tenant", "acme", "--role", role, "-q"]).trim().to_owned()
    };
    let (author, operator) = (token("author"), token("operator"));
    let call = |token: &str, arguments: &[&str]| runner.call(&[arguments, &["--token", token]].concat());
    for (token, arguments, words) in [
        (&author, &["maintenance", "end", "2"][..], "there is no maintenance window 2"),
        (&author, &["maintenance", "end", "1"], "this takes the role `operator`"),
        (&operator, &["maintenance", "end", "1"], "`operator` is for tenant `acme`"),
        (&author, &["tenants", "stop", "acme"], "this takes the role `operator`"),
        (&operator, &["tenants", "stop", "globex"], "there is no tenant `globex`"),
        (&operator, &["tenants", "stop", "--all"], "`operator` is for tenant `acme`"),
    ] {
        let (code, said) = call(token, arguments);
        let expected = if words.starts_with("there is no") { 4 } else { 2 };
        assert_eq!(code, Some(expected), "{arguments:?}\n{said}");
        assert!(said.contains(words), "{arguments:?}\n{said}");
    }
    let (_, listed) = call(&author, &["maintenance", "list"]);
    assert!(listed.contains("all") && !listed.contains("globex"), "{listed}");
    assert_eq!(call(&author, &["maintenance", "add", "--for", "1h"]).0, Some(0));
    assert_eq!(call(&operator, &["tenants", "stop", "acme"]).0, Some(0));
}

#[test]
fn a_kill_switch_ends_runs_at_once_and_lasts_over_a_restart() {
    let silent = odd(Manner::Silent);
    let good = http(|_| text("Welcome"));
    let mut runner = Runner::start(TWO_TENANTS);
    let hangs = format!(
        "[http-check.hangs]\nurl = \"{}/\"\nschedule = \"every 1s\"\ntimeout = \"60s\"\n",
        silent.url()
    );
    let passes = format!("[http-check.passes]\nurl = \"{}/\"\nschedule = \"every 1s\"\n", good.url());
    runner.deploy("acme", &hangs, &[]);
    runner.deploy("globex", &passes, &[]);
    silent.wait_until_asked();
    runner.ok(&["tenants", "stop", "acme", "--note", "it floods the shop"]);
    let cancelled =
        "SELECT verdict, reason, attempts FROM v1_runs WHERE tenant = 'acme' AND started_ms IS NOT NULL";
    runner.until(cancelled, |seen| seen == "cancelled|kill-switch|1");
    let skipped = "SELECT count(*) FROM v1_runs WHERE tenant = 'acme' AND verdict = 'skipped' AND reason = 'kill-switch'";
    runner.until(skipped, |seen| seen != "0");
    let (code, said) = runner.call(&["trigger", "--tenant", "acme", "hangs"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the kill switch of tenant `acme`"), "{said}");
    assert!(
        runner.ok(&["tenants"]).contains("stopped by admin (token 1): it floods the shop"),
        "{}",
        runner.ok(&["tenants"])
    );
    assert!(runner.get("/metrics").contains("wayfarer_tenant_kill_switch{tenant=\"acme\"} 1\n"));

    assert_eq!(runner.end(Signal::KILL), None);
    runner.again();
    let before = runner.query(skipped);
    runner.until(skipped, |seen| seen != before);
    let others = "SELECT count(*) FROM v1_runs WHERE tenant = 'globex' AND is_good AND slot_ms >
                    (SELECT max(started_ms) FROM v1_runs WHERE reason = 'runner-lost' OR reason = 'kill-switch')";
    runner.until(others, |seen| seen != "0");
    runner.ok(&["tenants", "start", "acme"]);
    let again =
        "SELECT count(*) FROM v1_kill_switches WHERE until_ms IS NOT NULL AND started_by = 'admin (token 1)'";
    assert_eq!(runner.query(again), "1");
    let under_way = "SELECT count(*) FROM v1_runs WHERE tenant = 'acme' AND reason = 'overlap' AND slot_ms >
                       (SELECT max(until_ms) FROM v1_kill_switches)";
    runner.until(under_way, |seen| seen != "0");

    runner.ok(&["tenants", "stop", "--all"]);
    let all = "SELECT count(*) FROM v1_runs WHERE tenant = 'globex' AND reason = 'kill-switch'";
    runner.until(all, |seen| seen != "0");
    runner.ok(&["tenants", "start", "--all"]);
    runner.until(
        "SELECT count(*) FROM v1_runs WHERE tenant = 'globex' AND is_good AND slot_ms >
                    (SELECT max(until_ms) FROM v1_kill_switches)",
        |seen| seen != "0",
    );
    assert_eq!(runner.end(Signal::TERM), Some(0));
    runner.is_accounted_for();
}
