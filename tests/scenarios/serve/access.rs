//! Who sees what: tenants with the same names, tokens, and consumers under another uid.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::process::Command;

use rustix::process::Signal;
use wayfarer_tests::support::server::{http, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS};

#[test]
fn tenants_with_the_same_names_do_not_meet() {
    let (one, other) = (http(|_| text("one")), http(|_| text("other")));
    let runner = Runner::start(TWO_TENANTS);
    let toml = |url: String| format!("[http-check.front]\nurl = \"{url}/\"\n");
    runner.deploy("acme", &toml(one.url()), &[]);
    runner.deploy("globex", &toml(other.url()), &[]);
    runner.ok(&["trigger", "--tenant", "acme", "front"]);
    assert_eq!((one.asked().len(), other.asked().len()), (1, 0));
    assert_eq!(runner.query("SELECT tenant, count(*) FROM v1_runs"), "acme|1");
    let run = runner.query("SELECT run FROM v1_runs");
    let token =
        runner.ok(&["--quiet", "tokens", "add", "ci of globex", "--role", "author", "--tenant", "globex"]);
    let token = token.lines().next().unwrap().to_owned();
    let call = |arguments: &[&str]| {
        let output = runner.command(arguments).env("WAYFARER_TOKEN", &token).output().unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        )
    };
    let (code, said) = call(&["show", &run]);
    assert_eq!(
        (code, said.contains("there is no run")),
        (Some(4), true),
        "another's run is not there: {said}"
    );
    let (code, said) = call(&["journeys", "--tenant", "acme"]);
    assert_eq!((code, said.contains("there is no tenant `acme`")), (Some(4), true), "{said}");
    assert!(!call(&["journeys"]).1.contains("acme"));
    let (code, said) = call(&["tokens", "list"]);
    assert_eq!((code, said.contains("takes the role `operator`")), (Some(2), true), "{said}");
    assert_eq!(call(&["trigger", "front"]).0, Some(0));
    let id = runner.json(&["tokens", "list"])[1]["id"].to_string();
    runner.ok(&["tokens", "revoke", &id]);
    let (code, said) = call(&["journeys"]);
    assert_eq!((code, said.contains("was revoked")), (Some(2), true), "{said}");
}

#[test]
fn the_first_start_leaves_a_token_for_its_operator_alone() {
    let runner = Runner::start("");
    let file = runner.data_dir().join("admin.token");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let (code, said) = runner.call(&["journeys", "--token", "wf_nonsense"]);
    assert_eq!((code, said.contains("copy all of it")), (Some(2), true), "{said}");
    assert!(runner.ok(&["tenants"]).contains("local"), "no configuration: one tenant");
}

#[test]
fn a_consumer_under_another_uid_reads_at_all_times() {
    const OTHER: u32 = 65_534;
    if !rustix::process::geteuid().is_root() {
        eprintln!("not run: taking another uid takes root");
        return;
    }
    let good = http(|_| text("Welcome"));
    let mut runner = Runner::start(TWO_TENANTS);
    assert_eq!(runner.end(Signal::TERM), Some(0));
    // As an operator would do it: a group of consumers owns the folder, and new files in it inherit the group.
    std::fs::set_permissions(runner.folder(), std::fs::Permissions::from_mode(0o711)).unwrap();
    let data = runner.data_dir();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o2751)).unwrap();
    for file in ["", "wayfarer.db", "wayfarer.db-wal", "wayfarer.db-shm"] {
        chown(data.join(file), None, Some(OTHER)).unwrap();
    }
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o2751)).unwrap();
    let reads = |when: &str| {
        let program = "import os, sqlite3, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
rows = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True).execute('SELECT count(*) FROM v1_runs')
print(rows.fetchone()[0])";
        let output =
            Command::new("python3").args(["-c", program]).arg(data.join("wayfarer.db")).output().unwrap();
        assert!(output.status.success(), "{when}: {}", String::from_utf8_lossy(&output.stderr));
    };
    reads("before the second start");
    runner.again();
    runner.deploy(
        "acme",
        &format!("[http-check.good]\nurl = \"{}/\"\nschedule = \"every 1s\"\n", good.url()),
        &[],
    );
    runner.until("SELECT count(*) FROM v1_runs", |seen| seen != "0");
    reads("while it runs");
    runner.end(Signal::KILL);
    reads("after a kill");
    runner.again();
    assert_eq!(runner.end(Signal::TERM), Some(0));
    reads("after a clean stop");
}
