//! A tenant attacks the server with the targets of its journeys, while another tenant's three journeys are due every second.
//!
//! The bounds are those of the full form, which runs with a release build. A debug build on a machine that others use too is
//! given more in the quick form: see [`Bounds`].

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;
use wayfarer_tests::support::server::{Manner, http, odd, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, is_in_full, verified};

use crate::loaded::differing;

/// What an honest tenant and the operator may have to bear meanwhile.
struct Bounds {
    /// Of the time between an honest slot and its run's start.
    lateness_ms: u64,
    health: Duration,
    /// From the kill switch's call, the command's own start included, to the end of the last run.
    stop: Duration,
    /// How long the attack lasts.
    lasts: Duration,
}

impl Bounds {
    fn of_this_form() -> Self {
        let [lateness_ms, health_ms, stop_ms, lasts_s] =
            if is_in_full() { [250, 100, 1_000, 60] } else { [2_000, 1_500, 4_000, 8] };
        Self {
            lateness_ms,
            health: Duration::from_millis(health_ms),
            stop: Duration::from_millis(stop_ms),
            lasts: Duration::from_secs(lasts_s),
        }
    }
}

/// How the honest tenant fares.
const LATENESS: &str =
    "SELECT started_ms - due_ms FROM v1_runs WHERE tenant = 'acme' AND started_ms IS NOT NULL ORDER BY 1";

#[test]
#[expect(clippy::disallowed_methods, reason = "what is measured is the real clock")]
fn floods_of_two_targets_hold_up_neither_another_tenant_nor_the_operator() {
    let bounds = Bounds::of_this_form();
    let honest = http(|_| text("Welcome"));
    let floods = [odd(Manner::ChunksWithoutEnd), odd(Manner::HintsWithoutEnd)];
    let mut runner = Runner::start(TWO_TENANTS);
    let mut toml = String::new();
    for number in 0..3 {
        write!(
            toml,
            "[http-check.good-{number}]\nurl = \"{}/\"\nschedule = \"every 1s\"\noverlap = \"allow\"\n",
            honest.url()
        )
        .unwrap();
    }
    runner.deploy("acme", &toml, &[]);
    runner.until("SELECT count(*) FROM v1_runs WHERE tenant = 'acme' AND is_good", |seen| seen != "0");

    let mut toml = String::new();
    for number in 0..8 {
        let url = floods[number % 2].url();
        write!(
            toml,
            "[http-check.flood-{number}]\nurl = \"{url}/\"\nschedule = \"every 1s\"\ngrace = \"1h\"\n"
        )
        .unwrap();
    }
    runner.deploy("globex", &toml, &[]);
    for flood in &floods {
        flood.wait_until_asked();
    }
    let (began, mut slowest) = (Instant::now(), Duration::ZERO);
    while began.elapsed() < bounds.lasts {
        let asked = Instant::now();
        runner.get("/healthz");
        slowest = slowest.max(asked.elapsed());
        std::thread::sleep(Duration::from_millis(50));
    }
    let broken = "SELECT DISTINCT verdict || ' ' || reason FROM v1_runs WHERE tenant = 'globex' AND started_ms IS NOT NULL";

    let stopped = Instant::now();
    runner.ok(&["tenants", "stop", "globex"]);
    let in_flight = "SELECT count(*) FROM v1_runs WHERE tenant = 'globex' AND verdict = 'cancelled'";
    runner.until(in_flight, |seen| seen != "0");
    let took = stopped.elapsed();

    let lateness = runner.query(LATENESS);
    let lateness: Vec<u64> = lateness.lines().map(|line| line.parse().unwrap()).collect();
    let p99 = lateness[(lateness.len() * 99).div_ceil(100) - 1];
    let holds = |case: &str, holds: bool, seen: &dyn std::fmt::Debug| {
        println!("{case}: {seen:?}");
        verified(&format!("a flood: {case}"), &json!(true), &json!(holds));
    };
    holds("p99 of an honest tenant's lateness is within its bound", p99 <= bounds.lateness_ms, &p99);
    holds("/healthz answers within its bound", slowest <= bounds.health, &slowest);
    holds("the kill switch works within its bound", took <= bounds.stop, &took);
    let lost = "SELECT count(*) FROM v1_runs WHERE tenant = 'acme' AND NOT is_good";
    verified("a flood: honest slots without a good run", &json!("0"), &json!(runner.query(lost)));
    println!("{}", runner.query(broken));
    assert_eq!(runner.end(Signal::TERM), Some(0), "it is the process that was started");
    verified("a flood: slots without exactly one row", &json!(0), &json!(differing(&runner.audit())));
}

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
    assert_eq!(runner.query(bad), "0");
    assert_eq!(runner.end(Signal::TERM), Some(0));
}
