//! From a deployment to rows, for each verdict that a run can have.

use std::time::Duration;

use rustix::process::Signal;
use wayfarer_tests::support::server::{Manner, Script, http, odd, scripted, shop, status, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, guest};

#[test]
fn each_verdict_finds_its_way_into_the_store_and_out_of_trigger() {
    // The guest is built first: while a server waits for that, so many runs fail that it spaces out their retries.
    let component = guest("wayfarer_guest_odd");
    let (good, bad) = (http(|_| text("Welcome")), http(|_| status(503, "{\"error\":\"inventory\"}")));
    // It is so slow that no wait for a processor explains it: a run that such a wait made slow is `inconclusive`.
    let slow =
        Script::says("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nWelcome").after(Duration::from_millis(300));
    let slow = scripted("http", slow);
    let config = format!("{TWO_TENANTS}[tenants.globex.secrets.password]\nenv = \"GLOBEX_PASSWORD\"\n");
    let runner = Runner::with(&config, &[("GLOBEX_PASSWORD", "hunter2-hunter2")]);
    let toml = format!(
        "[http-check.good]\nurl = \"{0}/\"\nschedule = \"every 1s\"\n\
         [http-check.slow]\nurl = \"{2}/\"\nmax_latency = \"1ms\"\nschedule = \"every 1s\"\n\
         [http-check.bad]\nurl = \"{1}/\"\nschedule = \"every 1s\"\nretries = 1\n",
        good.url(),
        bad.url(),
        slow.url()
    );
    let said = runner.deploy("acme", &toml, &[]);
    assert!(said.contains("+ good  added") && said.contains("every 1s UTC"), "{said}");
    let project = runner.folder().join("odd");
    std::fs::create_dir_all(&project).unwrap();
    std::os::unix::fs::symlink(component, project.join("odd.wasm")).unwrap();
    std::fs::write(
        project.join("journey.toml"),
        "[network]\nallow = [\"127.0.0.1:*\"]\n[secrets.password]\nenv = \"X\"\n",
    )
    .unwrap();
    let shop = shop();
    let odd = project.join("odd.wasm").display().to_string();
    let base = format!("base_url={}", shop.url());
    runner.ok(&["deploy", "--tenant", "globex", "--component", &odd, "-e", &base, "-e", "size=1"]);
    let word = "SELECT group_concat(DISTINCT verdict || ' ' || reason) FROM v1_runs WHERE lane = 'scheduled' AND journey = ";
    runner.until(&format!("{word}'good'"), |seen| seen == "passed none");
    runner.until(&format!("{word}'slow'"), |seen| seen == "degraded soft-check");
    runner.until(&format!("{word}'bad'"), |seen| seen == "failed check");
    for (tenant, journey, code, shows) in [
        ("acme", "good", 0, "PASS"),
        ("acme", "slow", 0, "DEGRADED"),
        ("acme", "bad", 1, "FAIL"),
        ("globex", "passes", 0, "PASS  passes"),
        ("globex", "checks-nothing", 0, "PASS  checks-nothing"),
        ("globex", "hard-check", 1, "arithmetic is elastic"),
        ("globex", "no-step", 3, "BROKEN  no-step"),
    ] {
        let (seen, said) = runner.call(&["trigger", "--tenant", tenant, journey]);
        assert_eq!(seen, Some(code), "{journey}: {said}");
        assert!(said.contains(shows), "{journey}: {said}");
    }
    let attempts =
        runner.query("SELECT DISTINCT attempts FROM v1_runs WHERE journey = 'bad' AND verdict = 'failed'");
    assert_eq!(attempts, "2", "every attempt is kept");
    assert!(
        runner.query("SELECT count(*) FROM v1_daily WHERE journey = 'no-step'") == "0",
        "only slots count"
    );
    let found =
        |value: &str| runner.ok(&["runs", "--tenant", "globex", "--annotation", &format!("order={value}")]);
    assert!(found("o-1017").contains("checks-nothing") && !found("o-1018").contains("checks-nothing"));
    runner.is_accounted_for();
}

#[test]
fn a_run_is_shown_with_everything_that_was_recorded() {
    let bad = http(|_| status(503, "{\"error\":\"inventory\"}"));
    let runner = Runner::start(TWO_TENANTS);
    runner.deploy("acme", &format!("[http-check.bad]\nurl = \"{}/orders\"\n", bad.url()), &[]);
    runner.call(&["trigger", "--tenant", "acme", "bad"]);
    let run = runner.query("SELECT run FROM v1_runs");
    let shown = runner.ok(&["show", &run]);
    for text in ["bad  failed (check)", "503 GET /orders", "▒", "inventory", "status is 200-399", "attempt 1"]
    {
        assert!(shown.contains(text), "`{text}`:\n{shown}");
    }
    let listed = runner.ok(&["runs", "--verdict", "failed"]);
    assert!(listed.contains(&run), "{listed}");
    let (code, said) = runner.call(&["show", "01a20f5b-1da6-78a5-9e02-048a7e1fc8f1"]);
    assert_eq!((code, said.contains("there is no run")), (Some(4), true), "{said}");
}

#[test]
fn a_pause_skips_slots_and_a_run_that_overlaps_is_skipped() {
    let (good, silent) = (http(|_| text("Welcome")), odd(Manner::Silent));
    let runner = Runner::start(TWO_TENANTS);
    let toml = format!(
        "[http-check.good]\nurl = \"{}/\"\nschedule = \"every 1s\"\n\
         [http-check.hangs]\nurl = \"{}/\"\nschedule = \"every 1s\"\ntimeout = \"2500ms\"\n",
        good.url(),
        silent.url()
    );
    runner.deploy("acme", &toml, &[]);
    runner.until("SELECT count(*) FROM v1_runs WHERE verdict = 'passed'", |seen| seen != "0");
    runner.ok(&["pause", "--tenant", "acme", "good", "--note", "a move"]);
    runner.until("SELECT count(*) FROM v1_runs WHERE reason = 'paused'", |seen| seen != "0");
    assert!(runner.ok(&["journeys"]).contains("paused"));
    runner.ok(&["resume", "--tenant", "acme", "good"]);
    let after = "SELECT count(*) FROM v1_runs WHERE verdict = 'passed' AND slot_ms >
                 (SELECT max(slot_ms) FROM v1_runs WHERE reason = 'paused')";
    runner.until(after, |seen| seen != "0");
    runner.until("SELECT count(*) FROM v1_runs WHERE reason = 'overlap'", |seen| seen != "0");
    runner.until("SELECT count(*) FROM v1_runs WHERE journey = 'hangs' AND reason = 'timeout'", |seen| {
        seen != "0"
    });
    runner.is_accounted_for();
}

#[test]
fn the_page_of_figures_speaks_prometheus() {
    let good = http(|_| text("Welcome"));
    let runner = Runner::start(TWO_TENANTS);
    runner.deploy(
        "acme",
        &format!("[http-check.good]\nurl = \"{}/\"\nschedule = \"every 1s\"\n", good.url()),
        &[],
    );
    runner.until("SELECT count(*) FROM v1_runs", |seen| seen != "0");
    let page = runner.get("/metrics");
    for line in [
        "probe_success{tenant=\"acme\",journey=\"good\",location=\"local\"} 1",
        "probe_http_duration_seconds{",
        "wayfarer_slot_lateness_seconds_bucket",
        "wayfarer_runs_total{tenant=\"acme\",lane=\"scheduled\",verdict=\"passed\"}",
    ] {
        assert!(page.contains(line), "`{line}`:\n{page}");
    }
    assert_eq!(runner.get("/healthz"), "ok\n");
    assert_eq!(runner.get("/readyz"), "ready\n");
}

#[test]
fn a_run_that_cannot_be_made_says_why_in_its_row() {
    let config = format!("{TWO_TENANTS}[tenants.acme.secrets.password]\nenv = \"ACME_PASSWORD\"\n");
    let mut runner = Runner::with(&config, &[("ACME_PASSWORD", "hunter2-hunter2")]);
    let project = runner.folder().join("odd");
    std::fs::create_dir_all(&project).unwrap();
    std::os::unix::fs::symlink(guest("wayfarer_guest_odd"), project.join("odd.wasm")).unwrap();
    std::fs::write(
        project.join("journey.toml"),
        "[network]\nallow = [\"127.0.0.1:*\"]\n[secrets.password]\nenv = \"X\"\n",
    )
    .unwrap();
    let odd = project.join("odd.wasm").display().to_string();
    let given = ["-e", "size=1", "-e", "base_url=http://127.0.0.1:1"];
    runner.ok(&[&["deploy", "--tenant", "acme", "--component", &odd], &given[..]].concat());
    assert_eq!(runner.end(Signal::TERM), Some(0));
    runner.tamper("UPDATE component SET content = x'00'");
    runner.again();
    let (code, said) = runner.call(&["trigger", "--tenant", "acme", "passes"]);
    assert_eq!(code, Some(3), "{said}");
    let seen = runner.query("SELECT verdict, reason, message FROM v1_attempts");
    assert!(seen.starts_with("broken|no-journey|") && seen.contains("not WebAssembly"), "{seen}");
    let run = runner.query("SELECT run FROM v1_runs");
    let shown = runner.ok(&["show", &run]);
    assert!(shown.contains("not WebAssembly"), "{shown}");
}
