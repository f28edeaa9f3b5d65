//! What an operator reads of a server: its log, whether its configuration is right, and what an audit compared.

use rustix::process::Signal;
use serde_json::Value;
use wayfarer_tests::support::server::{http, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, case};

#[test]
fn the_log_has_starts_commands_requests_and_stops_and_no_token() {
    let target = http(|_| text("hello"));
    let mut runner = Runner::with(TWO_TENANTS, &[("WAYFARER_LOG_FORMAT", "json")]);
    let toml = format!("[http-check.home]\nurl = \"{}/\"\n", target.url());
    runner.deploy("acme", &toml, &[]);
    runner.ok(&["pause", "--tenant", "acme", "home"]);
    let token = runner.admin_token();
    let wrong = "wf_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    runner.call(&["journeys", "--token", wrong]);
    runner.ok(&["journeys"]);
    runner.until_said("/api/v1/journeys");
    assert_eq!(runner.end(Signal::TERM), Some(0));
    let said = runner.said();
    let lines: Vec<Value> =
        said.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let has = |what: &dyn Fn(&Value) -> bool| assert!(lines.iter().any(what), "{said}");
    for message in ["server started", "server stopped"] {
        has(&|line| line["message"] == message);
    }
    has(&|line| line["message"].as_str().is_some_and(|text| text.starts_with("server stopping")));
    has(&|line| {
        line["message"] == "command" && line["action"] == "deploy" && line["object"] == "1 journeys: home"
    });
    has(&|line| line["message"] == "command" && line["action"] == "pause");
    has(&|line| {
        line["method"] == "GET"
            && line["path"] == "/api/v1/journeys"
            && line["status"] == 200
            && line["token"].as_str().is_some_and(|token| token.starts_with("admin (token "))
    });
    assert!(!said.contains(&token) && !said.contains("wf_"), "{said}");
}

#[test]
fn a_configuration_is_checked_without_a_server() {
    let check = |toml: &str| case(["serve", "--check"]).file("wayfarer.toml", toml).run();
    check(TWO_TENANTS).exits(0).shows("valid, 2 tenants, 0 channels");
    check("[tenants.acme]\nnetwork.alow = []\n").exits(2).complains("did you mean `allow`?");
    check("[tenants.acme]\nnetwork.allow = [\"http://x\"]\n").exits(2);
    let missing = "[tenants.acme.secrets.key]\nenv = \"NO_SUCH_VARIABLE\"\n";
    check(missing).exits(2).complains("tenant `acme`: the secret `key`").complains("NO_SUCH_VARIABLE");
    let ended = case(["serve", "--check", "--config", "missing.toml"]).run();
    ended.exits(2).complains("missing.toml");
}

#[test]
fn an_audit_says_what_it_read_and_that_nothing_was_due() {
    let runner = Runner::start(TWO_TENANTS);
    let (code, said) = runner.call(&["audit"]);
    assert_ne!(code, Some(0), "nothing was compared: {said}");
    assert!(said.contains("wayfarer.db") && !said.contains("clean:"), "{said}");
    for flag in [["--server", "http://127.0.0.1:1"], ["--tenant", "acme"]] {
        let (code, said) = runner.call(&[&["audit"][..], &flag].concat());
        assert_eq!((code, said.contains("means nothing")), (Some(2), true), "{said}");
    }
}

#[test]
fn a_token_that_is_refused_is_named_by_its_source() {
    let runner = Runner::start(TWO_TENANTS);
    let file = runner.folder().join("old-token");
    let revoked = "wf_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    std::fs::write(&file, revoked).unwrap();
    let path = file.display().to_string();
    let (code, said) = runner.call(&["journeys", "--token-file", &path]);
    assert_eq!((code, said.contains(&path)), (Some(2), true), "{said}");
    let viewer = runner.ok(&["tokens", "add", "reader", "--tenant", "acme", "--role", "viewer"]);
    let token = viewer.split_whitespace().find(|word| word.starts_with("wf_")).unwrap();
    std::fs::write(&file, token).unwrap();
    let (code, said) = runner.call(&["pause", "home", "--tenant", "acme", "--token-file", &path]);
    assert_eq!((code, said.contains(&format!("the token is that of {path}"))), (Some(2), true), "{said}");
}
