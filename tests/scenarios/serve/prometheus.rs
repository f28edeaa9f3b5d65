//! `/metrics` as Prometheus sees it over a restart, and the rules of `examples/prometheus`, by Prometheus' own tool.

use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use wayfarer_tests::support::server::{http, status};
use wayfarer_tests::support::{Runner, TWO_TENANTS};
use wayfarer_tests::toolchain::promtool;

#[test]
fn a_restart_makes_no_alert_resolve() {
    let target = http(|_| status(503, "{}"));
    let mut runner = Runner::start(TWO_TENANTS);
    let every = |schedule: &str| {
        format!("[http-check.front]\nurl = \"{}/\"\nschedule = \"{schedule}\"\n", target.url())
    };
    runner.deploy("acme", &every("every 1s"), &[]);
    let failed = "SELECT count(*) FROM v1_runs WHERE verdict = 'failed' AND lane = 'scheduled'";
    runner.until(failed, |seen| seen != "0");
    // From now on no slot is due: whatever the server shows then it has read.
    runner.deploy("acme", &every("every 12h"), &[]);
    assert_eq!(runner.end(Signal::TERM), Some(0));
    runner.again();
    let page = runner.get("/metrics");
    let labels = "{tenant=\"acme\",journey=\"front\",location=\"local\"}";
    for line in [format!("probe_success{labels} 0"), format!("probe_http_status_code{labels} 503")] {
        assert!(page.lines().any(|known| known == line), "`{line}`:\n{page}");
    }
}

#[test]
fn the_rules_say_what_their_test_expects() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/prometheus");
    let mut tool = Command::new(promtool().unwrap());
    let output = tool.args(["test", "rules", "rules_test.yml"]).current_dir(rules).output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
