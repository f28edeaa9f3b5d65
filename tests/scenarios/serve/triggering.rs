//! Checks after a deployment: several journeys by name or tag, one summary and one exit code; and how their runs are found again.

use wayfarer_tests::support::server::{http, status, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, guest};

fn check(name: &str, url: &str, tags: &str) -> String {
    format!("[http-check.{name}]\nurl = \"{url}/{name}\"\ntags = [{tags}]\n")
}

/// The places at which the odd guest puts its secret.
const PLACES: &str =
    "header = ['x-api-key', 'authorization']\nbasic = true\nquery = 'key'\njson = '$.key'\nform = 'key'\n";

/// Three checks, of which `search` fails.
fn three(url: &str) -> String {
    check("home", url, "\"after-deploy\", \"quick\"")
        + &check("search", url, "\"after-deploy\"")
        + &check("sign-up", url, "\"quick\"")
}

#[test]
fn several_journeys_have_one_summary_and_one_exit_code() {
    let target = http(|asked| if asked.target == "/search" { status(503, "later") } else { text("hello") });
    let runner = Runner::start(TWO_TENANTS);
    runner.deploy("acme", &three(&target.url()), &[]);
    let trigger = |more: &[&str]| runner.call(&[&["trigger", "--tenant", "acme"], more].concat());
    let (code, said) = trigger(&["home", "sign_up"]);
    assert_eq!((code, said.matches("PASS  ").count()), (Some(0), 2), "{said}");
    assert!(said.contains("Summary  2 passed"), "{said}");
    let (code, said) = trigger(&["--tag", "after-deploy"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("Summary  1 passed, 1 failed"), "{said}");
    let (code, said) = trigger(&["home", "search", "--tag", "quick"]);
    assert_eq!((code, said.contains("Summary  1 passed")), (Some(0), true), "{said}");
    let (code, said) = trigger(&["home", "serch"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("no journey `serch` is deployed; did you mean `search`?"), "{said}");
    let (code, said) = trigger(&["--tag", "nosuch"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("there are `after-deploy`, `quick`"), "{said}");
    assert_eq!(trigger(&[]).0, Some(2), "nothing is meant by no name");
    assert_eq!(target.asked().len(), 5, "nothing ran beside what was meant");
    let ids = runner.ok(&["trigger", "--tenant", "acme", "home", "sign-up", "--no-wait"]);
    assert_eq!(ids.lines().count(), 2, "{ids}");
    let junit = runner.folder().join("junit.xml");
    trigger(&["--tag", "after-deploy", "--reporter", &format!("junit={}", junit.display())]);
    assert!(std::fs::read_to_string(junit).unwrap().contains("tests=\"2\" failures=\"1\""));
}

#[test]
fn parameters_hold_for_the_triggered_run_alone() {
    let (one, other) = (http(|_| text("one")), http(|_| text("other")));
    let config = "[tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\n\
                  [tenants.acme.secrets.password]\nenv = \"ACME_PASSWORD\"\nplaintext = true\n";
    let runner = Runner::with(&format!("{config}{PLACES}"), &[("ACME_PASSWORD", "hunter2-hunter2")]);
    let project = runner.folder().join("project");
    std::fs::create_dir_all(&project).unwrap();
    std::os::unix::fs::symlink(guest("wayfarer_guest_odd"), project.join("odd.wasm")).unwrap();
    let toml = "[network]\nallow = [\"127.0.0.1:*\"]\n[secrets.password]\nenv = \"X\"\nplaintext = true\n";
    std::fs::write(project.join("journey.toml"), format!("{toml}{PLACES}")).unwrap();
    let odd = project.join("odd.wasm").display().to_string();
    let base = format!("base_url={}", one.url());
    runner.ok(&["deploy", "--tenant", "acme", "--component", &odd, "-e", &base, "-e", "size=1"]);
    let to_other = format!("base_url={}", other.url());
    runner.ok(&["trigger", "--tenant", "acme", "get", "-e", &to_other]);
    assert_eq!((one.asked().len(), other.asked().len()), (0, 1));
    runner.ok(&["trigger", "--tenant", "acme", "get"]);
    assert_eq!((one.asked().len(), other.asked().len()), (1, 1), "the version is what it was");
    let (code, said) = runner.call(&["trigger", "--tenant", "acme", "get", "-e", "base_ulr=x"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("did you mean `base_url`?"), "{said}");
    let (code, said) = runner.call(&["trigger", "--tenant", "acme", "get", "-e", "base_url=no-url"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`base_url`") && said.contains("URL"), "{said}");
    let events = runner.query(
        "SELECT object FROM v1_audit_events WHERE action = 'trigger' AND outcome = 'done' ORDER BY event",
    );
    assert_eq!(events, "journey get with own base_url\njourney get");
}

#[test]
fn a_run_is_found_by_its_journey_by_the_beginning_of_its_id_and_as_the_last() {
    let target = http(|_| text("hello"));
    let runner = Runner::start(TWO_TENANTS);
    runner.deploy("acme", &three(&target.url()), &[]);
    let (code, said) = runner.call(&["show", "last"]);
    assert_eq!((code, said.contains("no runs yet")), (Some(4), true), "{said}");
    for journey in ["home", "sign-up", "home"] {
        runner.ok(&["trigger", "--tenant", "acme", journey]);
    }
    let runs = runner.json(&["runs"]);
    let id = |place: usize| runs[place]["run"].as_str().unwrap();
    let shown = |text: &str| runner.json(&["show", text])["run"]["run"].as_str().unwrap().to_owned();
    assert_eq!(shown("last"), id(0));
    assert_eq!((shown("home"), shown("sign_up")), (id(0).to_owned(), id(1).to_owned()));
    // All but the last two digits tell two runs of this century apart.
    let beginning = &id(2)[..34];
    assert_eq!((shown(beginning), shown(&beginning.replace('-', ""))), (id(2).to_owned(), id(2).to_owned()));
    let (code, said) = runner.call(&["show", &id(0)[..4]]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("3 runs begin with") && (0..3).all(|place| said.contains(id(place))), "{said}");
    let (code, said) = runner.call(&["show", "sgn-up"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("did you mean the journey `sign-up`?"), "{said}");
    let (code, said) = runner.call(&["show", "search"]);
    assert_eq!((code, said.contains("`search` has no runs yet")), (Some(4), true), "{said}");
    let foreign = runner.ok(&["tokens", "add", "reader", "--tenant", "globex", "--role", "viewer"]);
    let token = foreign.split_whitespace().find(|word| word.starts_with("wf_")).unwrap();
    let (code, said) = runner.call(&["show", beginning, "--token", token]);
    assert_eq!(code, Some(4), "a foreign run is no run\n{said}");
}

#[test]
fn a_deployment_names_its_revision_and_everything_shows_it() {
    let target = http(|_| text("hello"));
    let runner = Runner::start(TWO_TENANTS);
    let toml = check("home", &target.url(), "");
    runner.deploy("acme", &toml, &["--revision", "1f3c0de", "--label", "pipeline=1017", "--label", "by=ana"]);
    runner.ok(&["trigger", "--tenant", "acme", "home"]);
    let labels = r#"{"by":"ana","pipeline":"1017"}"#;
    assert_eq!(runner.query("SELECT revision, labels FROM v1_journeys"), format!("1f3c0de|{labels}"));
    assert_eq!(runner.query("SELECT revision, labels FROM v1_runs"), format!("1f3c0de|{labels}"));
    assert_eq!(
        runner.query("SELECT object FROM v1_audit_events WHERE action = 'deploy'"),
        "1 journeys of revision 1f3c0de, by=ana, pipeline=1017: home"
    );
    assert!(runner.ok(&["journeys"]).contains("1f3c0de"));
    assert!(runner.ok(&["show", "last"]).contains("1 (revision 1f3c0de, by=ana, pipeline=1017)"));
    let run = &runner.json(&["runs"])[0];
    assert_eq!((&run["revision"], &run["labels"]["pipeline"]), (&"1f3c0de".into(), &"1017".into()), "{run}");
    // The same code of another revision is no other version.
    let said = runner.deploy("acme", &toml, &["--revision", "2222222"]);
    assert!(said.contains("1 unchanged"), "{said}");
    for (arguments, what) in
        [(["--revision", "a\u{1b}[2J"], "control character"), (["--label", "a b=c"], "is no name of a label")]
    {
        let project = runner.folder().join("project-acme").display().to_string();
        let (code, said) =
            runner.call(&[&["deploy", "--tenant", "acme", "-C", &project][..], &arguments].concat());
        assert_eq!((code, said.contains(what)), (Some(2), true), "{said}");
    }
}

#[test]
fn a_preview_uploads_nothing_and_a_journey_is_a_line() {
    let target = http(|_| text("hello"));
    let runner = Runner::start(TWO_TENANTS);
    let project = runner.folder().join("project");
    std::fs::create_dir_all(&project).unwrap();
    let allow = format!("[network]\nallow = [\"{}\"]\n", target.place());
    std::os::unix::fs::symlink(guest("raw_steps"), project.join("raw.wasm")).unwrap();
    std::fs::write(project.join("journey.toml"), allow).unwrap();
    let raw = project.join("raw.wasm").display().to_string();
    let base = format!("base_url={}", target.url());
    let (code, said) = runner.call(&[
        "deploy",
        "--tenant",
        "acme",
        "--component",
        &raw,
        "-e",
        &base,
        "--schedule",
        "every 3s",
        "--preview",
    ]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("would upload "), "{said}");
    assert_eq!(runner.query("SELECT count(*) FROM component"), "0", "{said}");
    let said_by_server = runner.said();
    assert!(!said_by_server.contains("method=PUT"), "{said_by_server}");
    assert!(said_by_server.contains("method=POST path=/api/v1/deployments status=200"), "{said_by_server}");
    for line in said.lines().filter(|line| line.starts_with('+')) {
        assert!(line.contains("added; `every 3s UTC`, next ") && line.ends_with("then every 3 s"), "{line}");
    }
}

#[test]
fn what_stands_in_the_way_of_several_journeys_is_said_once() {
    let runner = Runner::start(TWO_TENANTS);
    let toml: String = ["a", "b", "c"]
        .map(|name| format!("[http-check.{name}]\nurl = \"https://shop.example.com/\"\n"))
        .concat();
    let project = runner.folder().join("project");
    std::fs::create_dir_all(&project).unwrap();
    std::fs::write(project.join("journey.toml"), toml).unwrap();
    let (code, said) = runner.call(&["deploy", "--tenant", "acme", "-C", &project.display().to_string()]);
    assert_eq!(code, Some(2), "{said}");
    assert_eq!(
        said.matches("shop.example.com").count() % 3,
        said.matches("shop.example.com").count(),
        "{said}"
    );
    assert!(said.contains("journey `a`: ") && said.contains("; the same of `b`, `c`"), "{said}");
}
