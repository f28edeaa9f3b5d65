//! The runner watches its own way out: beacons that go dark make it unready, and say so in its figures.

use std::net::TcpListener;

use wayfarer_tests::support::Runner;
use wayfarer_tests::support::server::NOBODY;

#[test]
fn a_runner_whose_beacons_are_all_dark_says_so_and_one_that_answers_is_enough() {
    let house = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = house.local_addr().unwrap();
    let dark = format!("[network]\nbeacons = [\"tcp://{NOBODY}\"]\n");
    let mut runner = Runner::start(&dark);
    let said = runner.until_unready("network is unwell since");
    assert!(said.contains("none of its beacons answers"), "{said}");
    let figures = runner.get("/metrics");
    let down = format!("wayfarer_beacon_up{{beacon=\"tcp://{NOBODY}\"}} 0\n");
    assert!(figures.contains(&down) && figures.contains("wayfarer_network_unwell 1\n"), "{figures}");
    assert!(!figures.contains("wayfarer_beacon_latency_seconds{"), "there is none");
    runner.until_said("the runner's own network is unwell");

    let one = format!("[network]\nbeacons = [\"tcp://{NOBODY}\", \"tcp://{address}\"]\n");
    std::fs::write(runner.folder().join("wayfarer.toml"), one).unwrap();
    runner.end(rustix::process::Signal::TERM);
    runner.again();
    runner.until_ready();
    let up = format!("wayfarer_beacon_up{{beacon=\"tcp://{address}\"}} 1\n");
    let seen = || runner.get("/metrics");
    let figures = wayfarer_testkit::until_blocking("the beacons were asked", seen, |seen| seen.contains(&up));
    assert!(figures.contains(&down) && figures.contains("wayfarer_network_unwell 0\n"), "{figures}");
    assert!(figures.contains("wayfarer_beacon_latency_seconds{"), "{figures}");
}
