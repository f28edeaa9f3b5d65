//! Checks without code on a server: deployed from a file of checks, run on their schedule, read as they were stored before.

use wayfarer_tests::support::Runner;
use wayfarer_tests::support::server::{http, status, text};

const CONFIG: &str = "[server]\ngrace = \"2s\"\n[tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\n\
                      [tenants.acme.secrets.key]\nenv = \"KEY\"\nplaintext = true\nhosts = [\"127.0.0.1:*\"]\n";

/// Writes a file of checks beside the server and deploys it.
fn deploy(runner: &Runner, checks: &str) -> (Option<i32>, String) {
    let file = runner.data_dir().join("../checks.toml");
    std::fs::write(&file, checks).unwrap();
    runner.call(&["deploy", "--tenant", "acme", &file.display().to_string()])
}

#[test]
fn a_file_of_checks_is_deployed_and_runs_with_its_defaults_and_sealed_secrets() {
    let target = http(|asked| {
        let is_known =
            asked.headers.get("authorization").is_some_and(|value| value == "Bearer hunter2-hunter2");
        match asked.target.as_str() {
            "/token" if is_known => text("{\"token\":\"t-1\"}"),
            "/orders?t=t-1" => text("orders"),
            _ => status(401, "no"),
        }
    });
    let runner = Runner::with(CONFIG, &[("KEY", "hunter2-hunter2")]);
    let checks = format!(
        "[params]\nbase = \"{}\"\n[secrets.key]\nenv = \"KEY\"\nplaintext = true\n\
         [http-check-defaults]\nschedule = \"every 1s\"\nowner = \"team shop\"\n\
         [[http-check.orders.request]]\nname = \"token\"\nurl = \"${{param.base}}/token\"\nbearer = \"${{secret.key}}\"\n\
         capture.token = \"$.token\"\n\
         [[http-check.orders.request]]\nname = \"orders\"\nurl = \"${{param.base}}/orders\"\nquery.t = \"${{token}}\"\ncontains = \"orders\"\n\
         [http-check.off]\nurl = \"${{param.base}}/\"\nschedule = \"off\"\nstatus = 401\n",
        target.url()
    );
    let (code, said) = deploy(&runner, &checks);
    assert_eq!(code, Some(0), "{said}");
    runner.until("SELECT count(*) FROM v1_runs WHERE journey = 'orders' AND verdict = 'passed'", |seen| {
        seen != "0"
    });
    let wrong = "SELECT count(*) FROM v1_runs WHERE verdict <> 'passed'";
    assert_eq!(runner.query(wrong), "0");
    assert_eq!(runner.query("SELECT DISTINCT owner FROM v1_journeys WHERE journey = 'orders'"), "team shop");
    runner.ok(&["trigger", "--tenant", "acme", "off"]);
    let stored = runner.query("SELECT spec FROM journey_version");
    assert!(stored.contains("format") && !stored.contains("hunter2"), "{stored}");
    let (code, said) =
        deploy(&runner, "[http-check.orders]\nurl = \"http://127.0.0.1:1/\"\nheaders.x = \"${KEY}\"\n");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("checks.toml: [http-check.orders]: `${KEY}` stands for nothing"), "{said}");
}

#[test]
fn a_check_that_was_stored_before_requests_had_a_list_runs_as_it_did() {
    let target = http(|asked| {
        let is_literal = asked.headers.get("x-note").is_some_and(|value| value == "${as it is}");
        if is_literal { text("{\"state\":\"ok\"}") } else { status(400, "no") }
    });
    let mut runner = Runner::with(CONFIG, &[("KEY", "hunter2-hunter2")]);
    let _ = deploy(&runner, &format!("[http-check.old]\nurl = \"{}/\"\n", target.url()));
    runner.end(rustix::process::Signal::TERM);
    let old = format!(
        "{{\\\"url\\\":\\\"{}/\\\",\\\"method\\\":\\\"get\\\",\\\"headers\\\":{{\\\"x-note\\\":\\\"${{as it is}}\\\"}},\\\"json\\\":[\\\"$.state=ok\\\"]}}",
        target.url()
    );
    runner.tamper(&format!(
        "UPDATE journey_version SET spec = json_set(spec, '$.code', json('{{\"http-check\":\"{old}\"}}'), \
         '$.descriptor.steps', json_array('GET {}/'))",
        target.url()
    ));
    runner.again();
    runner.ok(&["trigger", "--tenant", "acme", "old"]);
    assert_eq!(runner.query("SELECT verdict FROM v1_runs ORDER BY run_number DESC LIMIT 1"), "passed");
}
