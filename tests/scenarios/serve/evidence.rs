//! What is kept of what a target answered, and who gets it; and that nothing stays green that nobody looks at.

use rustix::process::Signal;
use serde_json::Value;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{http, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, guest};

/// Makes a run and returns its id.
fn trigger(runner: &Runner, tenant: &str, journey: &str) -> String {
    runner.call(&["trigger", "--tenant", tenant, journey]);
    runner.query(&format!(
        "SELECT run FROM v1_runs WHERE journey = '{journey}' ORDER BY run_number DESC LIMIT 1"
    ))
}

fn har(runner: &Runner, run: &str) -> Value {
    serde_json::from_str(&runner.ok(&["show", run, "--har", "-o", "-"])).unwrap()
}

#[test]
fn a_check_that_fails_on_a_200_shows_what_was_answered() {
    let down = http(|_| text("<!doctype html>\n<title>Down for maintenance</title>"));
    let runner = Runner::start(TWO_TENANTS);
    let check = |contains: &str| {
        format!("[http-check.front]\nurl = \"{}/\"\ncontains = \"{contains}\"\n", down.url())
    };
    runner.deploy("acme", &check("Welcome"), &[]);
    let run = trigger(&runner, "acme", "front");
    let shown = runner.ok(&["show", &run]);
    for text in ["< content-type: text/plain", "> accept: ", "<title>Down for maintenance</title>"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let archive = har(&runner, &run);
    let entry = &archive["log"]["entries"][0];
    assert_eq!(entry["response"]["content"]["text"], "<!doctype html>\n<title>Down for maintenance</title>");
    assert_eq!(entry["request"]["headers"][0]["name"], "user-agent");
    let kept = "SELECT is_answered, received_body_bytes FROM v1_exchanges";
    assert_eq!(runner.query(kept), "1|51");

    // Of good runs one an hour, of each version.
    runner.deploy("acme", &check("Down"), &[]);
    let first = trigger(&runner, "acme", "front");
    let second = trigger(&runner, "acme", "front");
    let comment = |run: &str| har(&runner, run)["log"]["entries"][0]["comment"].clone();
    assert_eq!((comment(&first), comment(&second)), (Value::Null, "heads and bodies were not kept".into()));
    assert_eq!(runner.query("SELECT uses FROM v1_blobs"), "2", "the same page");
    let problems = runner.json(&["db", "check"])["problems"].clone();
    assert_eq!(problems, Value::Array(Vec::new()));
}

#[test]
fn what_a_journey_attached_is_written_out_for_its_tenant_alone_and_secrets_are_in_nothing() {
    const VALUE: &str = "hunter2-hunter2";
    const PLACES: &str = "header = ['x-api-key', 'authorization']\nbasic = true\nquery = 'key'\njson = '$.key'\nform = 'key'\n";
    let target = http(|asked| text(format!("{:?} {} {:?}", asked.headers, asked.target, asked.body)));
    let secret = "[tenants.acme.secrets.password]\nenv = \"ACME_PASSWORD\"\nplaintext = true\n";
    let mut runner = Runner::with(&format!("{TWO_TENANTS}{secret}{PLACES}"), &[("ACME_PASSWORD", VALUE)]);
    let project = runner.folder().join("project");
    std::fs::create_dir_all(&project).unwrap();
    std::os::unix::fs::symlink(guest("wayfarer_guest_odd"), project.join("odd.wasm")).unwrap();
    let toml = "[network]\nallow = [\"127.0.0.1:*\"]\n[secrets.password]\nenv = \"X\"\nplaintext = true\n";
    std::fs::write(project.join("journey.toml"), format!("{toml}{PLACES}")).unwrap();
    let odd = project.join("odd.wasm").display().to_string();
    let base = format!("base_url={}", target.url());
    runner.ok(&["deploy", "--tenant", "acme", "--component", &odd, "-e", &base, "-e", "size=1"]);

    let run = trigger(&runner, "acme", "large-artifact");
    let file = runner.folder().join("small.txt");
    let path = file.display().to_string();
    runner.ok(&["show", &run, "--artifact", "small", "-o", &path]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "hello");
    assert_eq!(runner.ok(&["show", &run, "--artifact", "small", "--attempt", "1", "-o", "-"]), "hello");
    assert!(runner.ok(&["show", &run]).contains("1 artifact: small (text/plain, 5 B)"));
    let (code, said) = runner.call(&["show", &run, "--artifact", "large", "-o", "-"]);
    assert_eq!((code, said.contains("has no artifact `large`")), (Some(4), true), "{said}");
    let (code, said) = runner.call(&["show", &run, "--artifact", "small"]);
    assert_eq!(code, Some(2), "{said}");
    let token =
        runner.ok(&["--quiet", "tokens", "add", "ci of globex", "--role", "author", "--tenant", "globex"]);
    let token = token.lines().next().unwrap().to_owned();
    let foreign = runner
        .command(&["show", &run, "--artifact", "small", "-o", "-"])
        .env("WAYFARER_TOKEN", &token)
        .output()
        .unwrap();
    assert_eq!(
        (foreign.status.code(), foreign.stdout.len()),
        (Some(4), 0),
        "another tenant's run is not there"
    );

    let sent = trigger(&runner, "acme", "sends-a-secret");
    let archive = har(&runner, &sent).to_string();
    assert!(archive.contains("[secret password]") && !archive.contains(VALUE), "{archive}");
    assert!(archive.contains("Basic [withheld]"), "{archive}");

    // As after a move of the data directory that left the folder `blobs` behind.
    runner.end(Signal::TERM);
    runner.tamper("UPDATE blob SET content = NULL, file = 'ab/ab' || id || '-0199f3-1-0'");
    runner.again();
    let (code, said) = runner.call(&["show", &run, "--artifact", "small", "-o", "-"]);
    assert_eq!((code, said.contains("is missing: restore the folder `blobs`")), (Some(4), true), "{said}");
    let shown = [har(&runner, &sent).to_string(), runner.ok(&["show", &sent])];
    assert!(shown.iter().all(|shown| shown.contains("is missing or damaged: restore it")), "{shown:?}");
}

#[test]
fn under_a_kill_switch_nothing_stays_green() {
    let good = http(|_| text("Welcome"));
    let runner = Runner::start(TWO_TENANTS);
    let toml = format!("[http-check.front]\nurl = \"{}/\"\nschedule = \"every 1s\"\n", good.url());
    runner.deploy("acme", &toml, &[]);
    let green = "probe_success{tenant=\"acme\",journey=\"front\",location=\"local\"} 1";
    let is_green = || runner.get("/metrics").contains(green);
    until_blocking("it is green", is_green, |green| *green);
    runner.ok(&["tenants", "stop", "acme", "--note", "a flood"]);
    until_blocking("it is not green any more", is_green, |green| !*green);
    let age = "wayfarer_last_counted_age_seconds{tenant=\"acme\",journey=\"front\",location=\"local\"} ";
    let aged = || {
        let page = runner.get("/metrics");
        page.lines().find_map(|line| line.strip_prefix(age)?.parse::<f64>().ok()).unwrap_or(0.0)
    };
    until_blocking("the age grows", aged, |age| *age > 2.0);
    let query = include_str!("../../../examples/queries/failing-now.sql");
    let query = [":tenant", ":journey", ":from_at"]
        .iter()
        .fold(query.to_owned(), |query, name| query.replace(name, "NULL"));
    let columns = format!(
        "SELECT verdict, reason, last_counted_at IS NOT NULL, coverage_percent FROM ({})",
        query.trim().trim_end_matches(';')
    );
    assert_eq!(runner.query(&columns), "skipped|kill-switch|1|0.0");
    assert_eq!(
        runner.query("SELECT coverage < 1.0, counted > 0 FROM v1_daily"),
        "1|1",
        "the rate says how much it knows"
    );
}
