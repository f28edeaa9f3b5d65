//! A client of the journey's own over `wasi:http`, with the bindings of the world `journey-wasi-http`: the records, limits
//! and secrets of the runner's own interface hold there too.

use wayfarer_tests::support::server::{Answer, Asked, Web, http, text};
use wayfarer_tests::support::{Case, Ended, component};
use wayfarer_tests::toolchain;

const VALUE: &str = "s3cr3t-w0rd";
const MEBIBYTE: usize = 1 << 20;

/// Echoes the key that it received, in a header and in the body.
fn echo(asked: &Asked) -> Answer {
    let key = asked.headers["x-api-key"].clone();
    let mut answer = text(format!("you said {}", key.to_str().unwrap()));
    answer.headers_mut().insert("x-echo", key);
    answer
}

fn guest(journey: &str) -> Case {
    component(&toolchain::wasi_http().unwrap()).journey(journey)
}

/// Posts with the secret, and with `table` in its entry.
fn posted(target: &Web, table: &str) -> Ended {
    let place = target.place();
    let allow = format!("[network]\nallow = ['{place}']\n");
    let secret = format!("[secrets.key]\nenv = 'KEY'\nheader = 'x-api-key'\n{table}\n");
    guest("post").url(&target.url()).toml(&(allow + &secret)).env("KEY", VALUE).argument("-vvv").run()
}

#[test]
fn a_secret_is_put_in_on_the_way_and_taken_out_of_the_answer() {
    let target = http(echo);
    let ended = posted(&target, "plaintext = true");
    ended.is(0, "passed", "none").nowhere(VALUE);
    assert_eq!(target.asked()[0].headers["x-api-key"], VALUE, "{ended}");
}

#[test]
fn a_secret_goes_to_its_own_hosts_only() {
    let target = http(echo);
    let ended = posted(&target, "hosts = ['bank.example']\nplaintext = true");
    ended.is(3, "broken", "denied").nowhere(VALUE);
    ended.shows(&format!("secret `key` is not for host `{}`", target.place()));
    assert!(target.asked().is_empty(), "nothing was sent\n{ended}");
}

#[test]
fn a_request_is_on_record_with_its_phases() {
    let target = http(|_| text(vec![b'x'; MEBIBYTE]));
    let ended = guest("smoke").target(&target).run();
    ended.is(0, "passed", "none");
    let record = &ended.requests()[0];
    assert_eq!((&record["method"], &record["status"]), (&"GET".into(), &200.into()), "{ended}");
    assert_eq!((&record["step"], &record["received_bytes"]), (&0.into(), &MEBIBYTE.into()), "{ended}");
    let phases = &record["phases"];
    let spent = ["connect_us", "wait_us", "receive_us"].map(|phase| phases[phase].as_u64().unwrap());
    assert!(spent.iter().all(|spent| *spent > 0), "{ended}");
}

#[test]
fn a_host_that_is_not_allowed_is_refused_and_on_record() {
    let target = http(|_| text("hello"));
    let ended = guest("smoke").url(&target.url()).toml("[network]\nallow = []\n").run();
    ended.is(3, "broken", "denied").shows(&format!("add \"{}\" to network.allow", target.place()));
    assert_eq!(ended.requests()[0]["error"]["kind"], "denied", "{ended}");
    assert!(target.asked().is_empty(), "nothing was sent\n{ended}");
}

/// Walks a journey under one limit toward an answer of a mebibyte.
fn limited(journey: Case, limit: &str) -> Ended {
    let target = http(|_| text(vec![b'x'; MEBIBYTE]));
    let allow = format!("[network]\nallow = ['{}']\n", target.place());
    let secret = "[secrets.key]\nenv = 'KEY'\nheader = 'x-api-key'\nplaintext = true\n";
    let toml = format!("{allow}{secret}[limits]\n{limit}\n");
    journey.url(&target.url()).toml(&toml).env("KEY", VALUE).run()
}

#[test]
fn the_limits_of_bodies_and_of_traffic_hold() {
    let post = guest("post").param("size", &MEBIBYTE.to_string());
    let ended = limited(post, "request_body = '64KiB'");
    ended.is(3, "broken", "too-large").shows("raise `limits.request_body`");
    assert_eq!(ended.requests()[0]["sent_bytes"], 0, "{ended}");
    let smoke = |limit: &str| limited(guest("smoke"), limit);
    smoke("response_body = '64KiB'").is(1, "failed", "too-large").shows("limits.response_body");
    smoke("traffic = '64KiB'").is(3, "broken", "limit").shows("raise `limits.traffic`");
    smoke("requests = 0").is(3, "broken", "limit").shows("raise `limits.requests`");
}
