//! Where the runner's memory is not enough for what runs want to keep.

use rustix::process::Signal;
use serde_json::json;
use wayfarer_tests::support::server::{Manner, http, odd, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, verified};

#[test]
fn bodies_for_which_there_is_no_room_wait_and_then_are_skipped() {
    let honest = http(|_| text("Welcome"));
    let large = odd(Manner::Lingering);
    // Half of it, which is the tenant's, has room for one body and the search in it, and not for two.
    let config = TWO_TENANTS.replace("[server]", "[limits]\nmemory = \"96MiB\"\n[server]");
    let mut runner = Runner::start(&config);
    let journey = |name: &str, url: String, more: &str| {
        format!("[http-check.{name}]\nurl = \"{url}/\"\nschedule = \"every 1s\"\ngrace = \"2s\"\n{more}\n")
    };
    runner.deploy("acme", &journey("good", honest.url(), ""), &[]);
    let hoards: String = (0..6)
        .map(|number| journey(&format!("hoard-{number}"), large.url(), "not_contains = [\"y\"]"))
        .collect();
    runner.deploy("globex", &hoards, &[]);
    let skipped =
        "SELECT count(*) FROM v1_runs WHERE tenant = 'globex' AND verdict = 'skipped' AND reason = 'quota'";
    runner.until(skipped, |seen| seen != "0");
    let passed = "SELECT count(*) FROM v1_runs WHERE tenant = 'globex' AND is_good";
    runner.until(passed, |seen| seen.parse::<u32>().unwrap() > 2);
    let metrics = runner.get("/metrics");
    assert!(
        metrics.contains("wayfarer_tenant_memory_limit_bytes{tenant=\"globex\"} 50331648\n"),
        "{metrics}"
    );
    let bad = "SELECT count(*) FROM v1_runs WHERE tenant = 'acme' AND NOT is_good";
    let case = "bodies beyond a tenant's share of memory";
    verified(&format!("{case}: honest slots without a good run"), &json!("0"), &json!(runner.query(bad)));
    let ended = runner.end(Signal::TERM);
    verified(
        &format!("{case}: exit code of a stop after it, not killed by the kernel"),
        &json!(0),
        &json!(ended),
    );
}
