//! A server under load to which something happens: what people were answered, and what of it is there afterwards.

use std::fmt::Write as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{Web, http, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, run_of, verified};

/// Checks of each of the two tenants, one run a second each.
const CHECKS: u32 = 8;

/// The server, its target, and the runs whose results were acknowledged to somebody.
pub(crate) struct Loaded {
    pub(crate) runner: Runner,
    pub(crate) acknowledged: Vec<String>,
    _target: Web,
}

/// A question whether a run went well, which is not answered yet.
pub(crate) struct Asking(Child);

impl Loaded {
    /// Slots wait for the machine rather than to become `missed`: who else works on it is not what is tested.
    pub(crate) fn start() -> Self {
        let target = http(|_| {
            std::thread::sleep(Duration::from_millis(40));
            text("Welcome")
        });
        let runner = Runner::start(TWO_TENANTS);
        let mut toml = String::new();
        for number in 0..CHECKS {
            let (url, when) = (target.url(), "schedule = \"every 1s\"\ngrace = \"2m\"\noverlap = \"allow\"");
            writeln!(toml, "[http-check.check-{number}]\nurl = \"{url}/{number}\"\n{when}").unwrap();
        }
        runner.deploy("acme", &toml, &[]);
        runner.deploy("globex", &toml, &[]);
        Self { runner, acknowledged: Vec::new(), _target: target }
    }

    /// Waits until so many slots are settled. The watermark stands still at a slot that waits for a busy machine, and an audit ends there.
    pub(crate) fn until_settled(&self, slots: u64) {
        let settled = || self.runner.audit()["due"].as_u64().unwrap();
        until_blocking("slots are settled", settled, |settled| *settled > slots);
    }

    /// Begins to ask for a run.
    pub(crate) fn ask(&self) -> Asking {
        let mut command =
            self.runner.command(&["trigger", "--tenant", "acme", "check-0", "--reporter", "json"]);
        Asking(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Waits for what comes of it, which is nothing where the server ends; false then.
    pub(crate) fn hear(&mut self, Asking(asking): Asking) -> bool {
        // A call gives up by itself.
        let output = asking.wait_with_output().unwrap();
        if output.status.success() {
            self.acknowledged.push(run_of(&String::from_utf8(output.stdout).unwrap()));
        }
        output.status.success()
    }

    /// Asks for a run and waits for what comes of it, which has to be its result.
    #[track_caller]
    pub(crate) fn hear_one(&mut self) {
        let asking = self.ask();
        assert!(self.hear(asking), "a run was asked for, and there is no result");
    }

    /// Requires that what was acknowledged is there once, that the file is sound and that every slot has its row: once load
    /// has gone on a little and the server has been stopped.
    pub(crate) fn verify(&mut self, what: &str) {
        let passed = "SELECT count(*) FROM v1_runs WHERE verdict = 'passed'";
        let before: u32 = self.runner.query(passed).parse().unwrap();
        self.runner.until(passed, |seen| seen.parse::<u32>().unwrap() > before);
        let stopped = self.runner.end(Signal::TERM);
        verified(&format!("{what}: exit code of a stop after it"), &json!(0), &json!(stopped));
        verify_file(&self.runner, &self.acknowledged, what);
    }
}

/// Requires of the file of a server that is not up what [`Loaded::verify`] says.
pub(crate) fn verify_file(runner: &Runner, acknowledged: &[String], what: &str) {
    let (count, off) = (acknowledged.len(), not_once(runner, acknowledged));
    verified(
        &format!("{what}: acknowledged results that are not there once, of {count}"),
        &json!(0),
        &json!(off),
    );
    verified(&format!("{what}: integrity_check"), &json!("ok"), &json!(integrity(runner)));
    let problems = &runner.json(&["db", "check"])["problems"];
    verified(&format!("{what}: problems that db check finds"), &json!([]), problems);
    let report = runner.audit();
    let due = report["due"].as_u64().unwrap();
    verified(
        &format!("{what}: slots without exactly one row, of {due}"),
        &json!(0),
        &json!(differing(&report)),
    );
    assert!(due > 0, "{report:#}");
}

/// How many of these runs are lost, or there twice.
pub(crate) fn not_once(runner: &Runner, acknowledged: &[String]) -> usize {
    let kept = runner.query("SELECT run FROM v1_runs WHERE lane = 'manual'");
    let kept: Vec<&str> = kept.lines().collect();
    let times_kept = |run: &String| kept.iter().filter(|kept| *kept == run).count();
    acknowledged.iter().filter(|run| times_kept(run) != 1).count()
}

/// What SQLite says of the file, by a version of it that is not the server's.
pub(crate) fn integrity(runner: &Runner) -> String {
    runner.query_by_python("PRAGMA integrity_check")
}

/// Slots that an audit found without a row, with too many, or with one that should not be.
pub(crate) fn differing(report: &Value) -> u64 {
    ["missing", "unexpected", "doubled"].iter().map(|key| report[key].as_u64().unwrap()).sum()
}

/// Now, for instants that are compared with the server's.
pub(crate) fn now_ms() -> u64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    u64::try_from(since.as_millis()).unwrap()
}
