//! Runs that an operator takes out of the rates and puts back.

use wayfarer_tests::support::server::{http, status, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS};

#[test]
fn an_operator_takes_runs_out_of_the_rates_and_puts_them_back() {
    let (good, bad) = (http(|_| text("Welcome")), http(|_| status(503, "moving")));
    let runner = Runner::start(TWO_TENANTS);
    let toml = format!(
        "[http-check.good]\nurl = \"{}/\"\nschedule = \"every 1s\"\n\
         [http-check.bad]\nurl = \"{}/\"\nschedule = \"every 1s\"\n",
        good.url(),
        bad.url()
    );
    runner.deploy("acme", &toml, &[]);
    runner.until("SELECT count(*) FROM v1_runs WHERE journey = 'bad' AND is_counted", |seen| seen > "1");
    runner.until("SELECT count(*) FROM v1_runs WHERE journey = 'good' AND is_counted", |seen| seen != "0");
    runner.ok(&["pause", "bad", "--tenant", "acme"]);
    runner.ok(&["pause", "good", "--tenant", "acme"]);
    runner.until("SELECT count(*) FROM started", |seen| seen == "0");
    let of_bad = ["--since", "1h", "--journey", "bad", "--tenant", "acme"];
    let void = |more: &[&str]| {
        runner.ok(&[&["runs", "void"], &of_bad[..], &["--note", "our uplink was down"], more].concat())
    };
    let failed = runner.query("SELECT sum(failed) FROM v1_daily WHERE journey = 'bad'");
    let promised = void(&["--dry-run"]);
    assert_eq!(promised.trim(), format!("would void {failed} runs of bad: {failed} failed"));
    assert_eq!(runner.query("SELECT count(*) FROM v1_runs WHERE is_void"), "0");
    assert_eq!(void(&[]).trim(), format!("voided {failed} runs of bad: {failed} failed"));
    let daily = "SELECT sum(failed), sum(counted), sum(voided) FROM v1_daily WHERE journey = 'bad'";
    assert_eq!(runner.query(daily), format!("0|0|{failed}"));
    assert_ne!(runner.query("SELECT sum(counted) FROM v1_daily WHERE journey = 'good'"), "0");
    let listed = runner.ok(&["runs", "--tenant", "acme", "--journey", "bad"]);
    assert!(listed.contains("void: our uplink was down"), "{listed}");
    let run = runner.query("SELECT run FROM v1_runs WHERE is_void ORDER BY run_number LIMIT 1");
    let shown = runner.ok(&["show", &run, "--tenant", "acme"]);
    assert!(shown.contains("our uplink was down (admin (token 1), "), "{shown}");
    let events =
        "SELECT action, object, actor_name FROM v1_audit_events WHERE action LIKE 'runs-%' ORDER BY event";
    assert_eq!(runner.query(events), format!("runs-void|{failed} runs of bad|admin"));

    let back = runner.ok(&[&["runs", "unvoid"], &of_bad[..]].concat());
    assert_eq!(back.trim(), format!("put back {failed} runs of bad: {failed} failed"));
    assert_eq!(runner.query(daily), format!("{failed}|{failed}|0"));

    let author =
        runner.ok(&["--quiet", "tokens", "add", "an author", "--role", "author", "--tenant", "acme"]);
    let author = author.lines().next().unwrap();
    let refused = |token: Option<&str>, args: &[&str], words: &str| {
        let mut all = [&["runs", "void", "--tenant", "acme"], args].concat();
        all.extend(token.iter().flat_map(|token| ["--token", token]));
        let (code, said) = runner.call(&all);
        assert_eq!(code, Some(2), "{args:?}\n{said}");
        assert!(said.contains(words), "{args:?}\n{said}");
    };
    refused(Some(author), &[&run, "--note", "mine"], "this takes the role `operator`");
    refused(None, &[&run], "--note");
    refused(None, &[&run, "--note", " "], "say in `note` why these runs do not count");
    refused(None, &["--note", "all"], "RUN");
    refused(
        None,
        &["--since", "1h", "--until", "2h", "--note", "x"],
        "`until_ms` is to be later than `since_ms`",
    );
    let none = "0199f3c0-0000-7000-8000-000000000000";
    refused(None, &[none, "--note", "x"], "none of these is a run of tenant `acme` that rates count");
    assert_eq!(runner.query(daily), format!("{failed}|{failed}|0"));
    runner.is_accounted_for();
}
