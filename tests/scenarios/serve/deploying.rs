//! Deploying is declarative: what is the same stays, what differs is a new version, what is gone goes when asked.

use std::path::Path;

use rustix::process::Signal;
use wayfarer_tests::support::server::{http, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, crafted, guest};

fn check(name: &str, url: &str, more: &str) -> String {
    format!("[http-check.{name}]\nurl = \"{url}/\"\n{more}\n")
}

#[test]
fn a_deployment_says_what_it_adds_changes_and_removes() {
    let target = http(|_| text("Welcome"));
    let url = target.url();
    let runner = Runner::start(TWO_TENANTS);
    let both = check("one", &url, "schedule = \"0 9 * * MON\"\ntimezone = \"Europe/Berlin\"")
        + &check("two", &url, "");
    let said = runner.deploy("acme", &both, &["--preview"]);
    assert!(said.contains("+ one  added") && said.contains("would be: 2 added"), "{said}");
    assert_eq!(runner.query("SELECT count(*) FROM v1_journeys"), "0", "a preview changes nothing");
    let said = runner.deploy("acme", &both, &["-v"]);
    assert!(said.contains("added; `0 9 * * MON Europe/Berlin`, next "), "{said}");
    assert!(said.contains("+ two  added; no schedule: runs only when triggered"), "{said}");
    assert_eq!(
        said.matches("09:00:00+0").count(),
        5,
        "the next five starts, in the schedule's timezone\n{said}"
    );
    assert!(runner.deploy("acme", &both, &[]).contains("2 unchanged"));
    let one = check("one", &url, "schedule = \"every 1h\"");
    let said = runner.deploy("acme", &one, &[]);
    assert!(said.contains("~ one  changed: schedule `0 9 * * MON` Europe/Berlin → `every 1h` UTC"), "{said}");
    assert!(said.contains("1 changed, 1 left alone"), "{said}");
    let said = runner.deploy("acme", &one, &["--prune"]);
    assert!(said.contains("- two  removed"), "{said}");
    let versions =
        runner.query("SELECT journey, version, is_removed FROM v1_journeys ORDER BY journey, version");
    assert_eq!(versions, "one|1|0\none|2|0\ntwo|1|0\ntwo|2|1");
    let (code, said) = runner.call(&["trigger", "--tenant", "acme", "two"]);
    assert_eq!((code, said.contains("has no journey `two`")), (Some(4), true), "{said}");
}

#[test]
fn everything_that_stands_in_the_way_is_said_at_once_and_nothing_is_deployed() {
    let runner = Runner::start(TWO_TENANTS);
    let toml = "[http-check.far]\nurl = \"https://shop.example.com/\"\n\
                [http-check.near]\nurl = \"http://127.0.0.1:1/\"\nretries = 99\n";
    let project = runner.folder().join("project");
    std::fs::create_dir_all(&project).unwrap();
    std::fs::write(project.join("journey.toml"), toml).unwrap();
    let project = project.display().to_string();
    let (code, said) = runner.call(&["deploy", "--tenant", "acme", "-C", &project]);
    assert_eq!(code, Some(2), "{said}");
    for text in ["shop.example.com", "[tenants.acme.network]", "retries"] {
        assert!(said.contains(text), "`{text}`:\n{said}");
    }
    assert_eq!(runner.query("SELECT count(*) FROM v1_journeys"), "0");
}

#[test]
fn a_component_of_another_interface_is_refused_with_the_way_out() {
    let runner = Runner::start(TWO_TENANTS);
    let ours = std::fs::read(guest("raw_steps")).unwrap();
    for (version, way) in [("0.1.0", "build it again with the current SDK"), ("0.3.0", "update the runner")] {
        let (status, body) = runner.upload("acme", &crafted::of_version(&ours, version));
        assert_eq!(status, 422, "{body}");
        assert!(body.contains(version) && body.contains(way), "{body}");
    }
    assert_eq!(runner.query("SELECT count(*) FROM component"), "0");
}

/// The places at which the odd guest puts its secret.
const PLACES: &str =
    "header = ['x-api-key', 'authorization']\nbasic = true\nquery = 'key'\njson = '$.key'\nform = 'key'\n";

#[test]
fn secrets_reach_the_target_and_nothing_else() {
    const VALUE: &str = "hunter2-hunter2";
    let target = http(|asked| text(format!("{:?} {} {:?}", asked.headers, asked.target, asked.body)));
    let config = "[tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\n\
                  [tenants.acme.secrets.password]\nenv = \"ACME_PASSWORD\"\nplaintext = true\n";
    let runner = Runner::with(&format!("{config}{PLACES}"), &[("ACME_PASSWORD", VALUE)]);
    let project = runner.folder().join("project");
    std::fs::create_dir_all(&project).unwrap();
    let component = guest("wayfarer_guest_odd");
    std::os::unix::fs::symlink(component, project.join("odd.wasm")).unwrap();
    let toml = "[network]\nallow = [\"127.0.0.1:*\"]\n[secrets.password]\nenv = \"X\"\nplaintext = true\n";
    std::fs::write(project.join("journey.toml"), format!("{toml}{PLACES}")).unwrap();
    let odd = project.join("odd.wasm").display().to_string();
    let base = format!("base_url={}", target.url());
    let (code, said) = runner.call(&["deploy", "--component", &odd, "-e", &base, "-e", "size=1"]);
    assert_eq!(code, Some(2), "an operator of every tenant says whose journeys are meant: {said}");
    runner.ok(&["deploy", "--tenant", "acme", "--component", &odd, "-e", &base, "-e", "size=1"]);
    runner.call(&["trigger", "--tenant", "acme", "sends-a-secret"]);
    let asked = target.asked();
    assert!(asked.iter().any(|asked| asked.headers.get("x-api-key").is_some_and(|value| value == VALUE)));
    assert!(asked.iter().any(|asked| asked.target.contains(VALUE)), "in the query");
    assert!(
        asked.iter().any(|asked| asked.body.windows(VALUE.len()).any(|part| part == VALUE.as_bytes())),
        "in a body"
    );
    for file in ["wayfarer.db", "wayfarer.db-wal"] {
        let bytes = std::fs::read(runner.data_dir().join(file)).unwrap();
        assert!(!bytes.windows(VALUE.len()).any(|part| part == VALUE.as_bytes()), "{file}");
    }
}

#[test]
fn secrets_are_read_again_on_sighup() {
    let target = http(|asked| text(format!("{:?}", asked.headers)));
    let config = "[tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\n\
                  [tenants.acme.secrets.password]\nfile = \"password\"\nplaintext = true\n";
    let write = |folder: &Path, value: &str| std::fs::write(folder.join("password"), value).unwrap();
    let runner = Runner::among(&format!("{config}{PLACES}"), &[], |folder| write(folder, "first-value\n"));
    let project = runner.folder().join("project");
    std::fs::create_dir_all(&project).unwrap();
    std::os::unix::fs::symlink(guest("wayfarer_guest_odd"), project.join("odd.wasm")).unwrap();
    let toml = "[network]\nallow = [\"127.0.0.1:*\"]\n[secrets.password]\nenv = \"X\"\nplaintext = true\n";
    std::fs::write(project.join("journey.toml"), format!("{toml}{PLACES}")).unwrap();
    let odd = project.join("odd.wasm").display().to_string();
    let base = format!("base_url={}", target.url());
    runner.ok(&["deploy", "--tenant", "acme", "--component", &odd, "-e", &base, "-e", "size=1"]);
    let sent = || {
        runner.call(&["trigger", "--tenant", "acme", "sends-a-secret"]);
        let asked = target.asked();
        let key = asked.iter().rev().find_map(|asked| asked.headers.get("x-api-key"));
        key.map(|key| key.to_str().unwrap().to_owned())
    };
    assert_eq!(sent().as_deref(), Some("first-value"));
    // What cannot be read changes nothing.
    std::fs::remove_file(runner.folder().join("password")).unwrap();
    runner.signal(Signal::HUP);
    runner.until_said("those from before stay");
    assert_eq!(sent().as_deref(), Some("first-value"));
    write(runner.folder(), "second-value\n");
    runner.signal(Signal::HUP);
    let taken_over = (0..500).any(|_| sent().as_deref() == Some("second-value"));
    assert!(taken_over, "runs that begin later have the new value");
}
