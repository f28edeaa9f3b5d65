//! Who did what, over the real binary: every change is in the trail under the token that made it, and the trail shows when
//! somebody changed it.

use std::io::Write as _;
use std::net::TcpStream;

use rustix::process::Signal;
use serde_json::{Value, json};
use wayfarer_tests::support::server::{Manner, odd};
use wayfarer_tests::support::{Runner, TWO_TENANTS, guest, verified};

/// Rows of the trail: actor, action, object, outcome and tenant, the oldest first.
const TRAIL: &str = "SELECT coalesce(actor_name, actor_kind) || ' ' || action || ' [' || object || '] ' || outcome || ' ' || coalesce(tenant, 'all')
    FROM v1_audit_events ORDER BY event";

#[track_caller]
fn holds(trail: &str, lines: &[&str]) {
    for line in lines {
        assert!(trail.lines().any(|found| found == *line), "`{line}` is not in\n{trail}");
    }
}

#[test]
fn every_change_is_in_the_trail_under_its_token_and_each_token_sees_its_tenants() {
    let mut runner = Runner::start(TWO_TENANTS);
    let toml = "[http-check.front]\nurl = \"http://127.0.0.1:1/\"\n";
    let token = |name: &str, role: &str, tenant: &str| {
        let arguments = ["--quiet", "tokens", "add", name, "--role", role, "--tenant", tenant];
        runner.ok(&arguments).trim().to_owned()
    };
    let (author, other) = (token("ci of acme", "author", "acme"), token("eyes", "viewer", "globex"));
    runner.deploy("acme", toml, &["--token", &author]);
    runner.deploy("acme", toml, &["--token", &author]);
    let by_author = |arguments: &[&str]| runner.call(&[arguments, &["--token", &author]].concat());
    for (arguments, code) in [
        (&["trigger", "front"][..], 1),
        (&["pause", "front", "--note", "the shop moves"], 0),
        (&["resume", "front"], 0),
        (&["maintenance", "add", "--for", "1h", "--mode", "mute"], 0),
        (&["maintenance", "end", "1"], 0),
        (&["tenants", "stop", "acme"], 2),
        (&["pause", "absent"], 4),
    ] {
        let (found, said) = by_author(arguments);
        assert_eq!(found, Some(code), "{arguments:?}\n{said}");
    }
    runner.ok(&["tenants", "stop", "acme", "--note", "a flood"]);
    runner.ok(&["tenants", "start", "acme"]);
    runner.ok(&["tenants", "stop", "--all"]);
    runner.ok(&["tenants", "start", "--all"]);
    runner.ok(&["tokens", "revoke", "3"]);
    assert_eq!(runner.call(&["journeys", "--token", &other]).0, Some(2));
    runner.signal(Signal::HUP);
    let last =
        "SELECT count(*) FROM v1_audit_events WHERE action = 'configuration-read' OR actor_name = 'eyes'";
    runner.until(last, |seen| seen == "3");
    let trail = runner.query(TRAIL);
    holds(
        &trail,
        &[
            "server token-add [token admin (operator)] done all",
            "admin token-add [token 2 ci of acme (author)] done acme",
            "ci of acme deploy [1 journeys: front] done acme",
            "ci of acme trigger [journey front] done acme",
            "ci of acme pause [journey front] done acme",
            "ci of acme resume [journey front] done acme",
            "ci of acme maintenance-add [maintenance 1 (mute)] done acme",
            "ci of acme maintenance-end [maintenance 1] done acme",
            "ci of acme kill-switch-throw [tenant acme] refused acme",
            "ci of acme pause [journey absent] refused acme",
            "admin kill-switch-throw [tenant acme] done acme",
            "admin kill-switch-release [tenant acme] done acme",
            "admin kill-switch-throw [all tenants] done all",
            "admin kill-switch-release [all tenants] done all",
            "admin token-revoke [token 3] done all",
            "eyes authenticate [GET /api/v1/journeys] refused globex",
        ],
    );
    assert_eq!(trail.matches(" deploy [").count(), 1, "the second one changed nothing\n{trail}");
    let (first, second) = (trail.lines().next().unwrap(), trail.lines().nth(1).unwrap());
    assert!(first.starts_with("server server-start [wayfarer "), "{first}");
    assert!(
        second.starts_with("server configuration-read [") && second.contains("wayfarer.toml"),
        "{second}"
    );

    let seen = by_author(&["audit-log", "-n", "1000", "--json"]).1;
    let seen: Vec<Value> = serde_json::from_str(&seen).unwrap();
    assert!(seen.len() > 5 && seen.iter().all(|event| event["tenant"] == "acme"), "{seen:?}");
    assert_eq!(by_author(&["audit-log", "--tenant", "globex"]).0, Some(4));
    let listed = runner.ok(&["audit-log", "--tenant", "acme", "--actor", "2", "--action", "deploy"]);
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.contains("ci of acme (token 2)  deploy"), "{listed}");
    let (code, said) = runner.call(&["audit-log", "--action", "deploi"]);
    assert!(code == Some(2) && said.contains("is not an action of the audit trail"), "{said}");
    assert_eq!(runner.end(Signal::TERM), Some(0));
    assert!(runner.query(TRAIL).ends_with("server server-stop [] done all"));
}

#[test]
fn values_that_journeys_were_given_and_texts_that_were_withheld_are_in_the_trail() {
    let config = "[tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\n\
                  [tenants.acme.secrets.password]\nenv = \"ACME_PASSWORD\"\nplaintext = true\n";
    // The one that the guest guesses.
    let given = [("ACME_PASSWORD", "correct-horse-battery")];
    let journey_toml = "[network]\nallow = [\"127.0.0.1:*\"]\n[secrets.password]\nenv = \"X\"\nplaintext = true\nreveal = true\n";
    let place = |runner: &Runner| {
        let project = runner.folder().join("project");
        std::fs::create_dir_all(&project).unwrap();
        std::os::unix::fs::symlink(guest("wayfarer_guest_odd"), project.join("odd.wasm")).unwrap();
        std::fs::write(project.join("journey.toml"), journey_toml).unwrap();
        project.join("odd.wasm").display().to_string()
    };
    let deploy = |runner: &Runner| {
        let odd = place(runner);
        let fixed = ["deploy", "--tenant", "acme", "-e", "size=1", "-e", "base_url=http://127.0.0.1:1"];
        runner.call(&[&fixed[..], &["--component", &odd]].concat())
    };

    let sealed = Runner::with(config, &given);
    let (code, said) = deploy(&sealed);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("add `reveal = true` under [tenants.acme.secrets.password]"), "{said}");

    let mut runner = Runner::with(&format!("{config}reveal = true\n"), &given);
    let (code, said) = deploy(&runner);
    assert_eq!(code, Some(0), "{said}");
    for journey in ["reveals-a-secret", "reveals-a-secret", "guesses-at-a-secret"] {
        runner.call(&["trigger", "--tenant", "acme", journey]);
    }
    let told = |action: &str| {
        format!(
            "SELECT actor_kind || ' ' || actor_name || ' [' || object || '] ' || outcome || ' ' || tenant || ' ' || count
             FROM v1_audit_events WHERE action = '{action}' ORDER BY event"
        )
    };
    let first = "journey reveals-a-secret [secret password] done acme 1";
    runner.until(&told("secret-reveal"), |seen| seen == first);
    let run = runner.query("SELECT run FROM v1_runs WHERE journey = 'guesses-at-a-secret'");
    let withheld = format!("journey guesses-at-a-secret [run {run}] done acme 1");
    runner.until(&told("text-withhold"), |seen| seen == withheld);
    assert_eq!(runner.end(Signal::TERM), Some(0));
    // What was counted is written at the latest when the server stops.
    assert_eq!(runner.query(&told("secret-reveal")), format!("{first}\n{first}"));
    assert!(runner.ok(&["audit-log", "--verify"]).contains("whole: "));
}

#[test]
fn a_client_that_hangs_up_does_not_get_around_the_trail() {
    let silent = odd(Manner::Silent);
    let runner = Runner::start(TWO_TENANTS);
    let toml = format!("[http-check.hangs]\nurl = \"{}/\"\ntimeout = \"60s\"\n", silent.url());
    runner.deploy("acme", &toml, &[]);
    let token = std::fs::read_to_string(runner.data_dir().join("admin.token")).unwrap();
    let mut stream = TcpStream::connect(runner.url().trim_start_matches("http://")).unwrap();
    let head = format!(
        "POST /api/v1/journeys/hangs/trigger?tenant=acme&wait_ms=60000 HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\
         authorization: Bearer {}\r\n\r\n",
        token.trim()
    );
    stream.write_all(head.as_bytes()).unwrap();
    silent.wait_until_asked();
    drop(stream);
    runner.until(TRAIL, |trail| trail.contains("admin trigger [journey hangs] cut-off acme"));
}

#[test]
fn verify_says_whether_the_trail_is_whole_and_where_it_is_not() {
    let mut runner = Runner::start(TWO_TENANTS);
    for note in ["1", "2", "3"] {
        runner.ok(&["tenants", "stop", "acme", "--note", note]);
        runner.ok(&["tenants", "start", "acme"]);
    }
    let said = runner.ok(&["audit-log", "--verify"]);
    assert!(said.contains("whole: 9 events; the newest is 9, its hash "), "beside a server\n{said}");
    assert_eq!(runner.end(Signal::KILL), None);
    runner.again();
    assert_eq!(runner.end(Signal::TERM), Some(0));
    let report = runner.json(&["audit-log", "--verify"]);
    assert_eq!((&report["broken"], &report["events"]), (&Value::Null, &Value::from(12)), "{report:#}");
    assert_eq!(report["head"], runner.query("SELECT hash FROM v1_audit_events WHERE event = 12"));

    runner.tamper(
        "DROP TRIGGER audit_event_stays_as_it_is; UPDATE audit_event SET outcome = 'refused' WHERE id = 6",
    );
    let (code, said) = runner.call(&["audit-log", "--verify"]);
    verified(
        "an event of the audit trail changed on a stopped server: exit code of --verify",
        &json!(1),
        &json!(code),
    );
    assert!(said.contains("NOT WHOLE: event 6: its hash does not follow"), "{said}");
    let (code, said) = runner.call(&["db", "check"]);
    assert!(code == Some(1) && said.contains("the audit trail is broken at event 6"), "{said}");
}

#[test]
fn what_is_older_than_its_time_goes_and_the_rest_stays_whole() {
    let config = format!("[retention]\naudit = \"1d\"\n{TWO_TENANTS}");
    let mut runner = Runner::start(&config);
    runner.ok(&["tenants", "stop", "acme"]);
    assert_eq!(runner.end(Signal::TERM), Some(0));
    // As if it had been three days ago.
    runner.tamper(
        "DROP TRIGGER audit_event_stays_as_it_is; UPDATE audit_event SET occurred_ms = occurred_ms - 259200000",
    );
    runner.again();
    runner.until("SELECT min(event) FROM v1_audit_events", |first| first == "6");
    let said = runner.ok(&["audit-log", "--verify"]);
    assert!(said.contains("events after 5, which retention removed"), "{said}");
    let metrics = runner.get("/metrics");
    assert!(metrics.contains("wayfarer_retention_removed_total{kind=\"audit\"} 5\n"), "{metrics}");
}
