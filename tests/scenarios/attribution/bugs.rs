//! Bugs of the journey, and calls that it tolerates.

use std::time::Duration;

use wayfarer_tests::support::server::{Script, Web, http, scripted, shop, status, text};
use wayfarer_tests::support::{Case, Ended};

use super::rows::{Row, all_hold, row};

/// Connections are refused: port 1 is reserved, and nothing listens.
const NOBODY: &str = "127.0.0.1:1";
const REFUSED: &str = "http://127.0.0.1:1/";
/// There is no name server, so a call by a name is the runner's own trouble.
const UNRESOLVED: &str = "http://nowhere.test/";
const NOT_ALLOWED: &str = "http://not-allowed.test/";

#[test]
fn a_bug_of_the_journey_is_told_from_an_outage() {
    all_hold(
        "bugs",
        25,
        [own_bugs(), tolerated_calls(), limits(), parameters()].into_iter().flatten().collect(),
    );
}

fn well() -> Web {
    http(|_| text("{\"items\": [\"a tea pot\"]}"))
}

fn down() -> Web {
    http(|_| status(500, "{\"items\": []}"))
}

fn alone(journey: &'static str, target: fn() -> Web) -> impl FnOnce() -> Ended + Send {
    move || Case::odd(journey).target(&target()).run()
}

/// Walks a journey of two targets.
fn both(journey: &'static str, target: fn() -> Web, other: &'static str) -> impl FnOnce() -> Ended + Send {
    move || {
        let target = target();
        let allow = format!("allow = ['{}', '{NOBODY}', 'nowhere.test']", target.place());
        let toml = format!("[network]\nresolver = '{NOBODY}'\n{allow}\n");
        Case::odd(journey).url(&target.url()).param("other_url", other).toml(&toml).run()
    }
}

fn own_bugs() -> Vec<Row> {
    let none = || http(|_| text("{\"items\": []}"));
    vec![
        row("index out of range before any answer", "broken/panic", alone("bug-before-any-answer", well)),
        row("index out of range after a good answer", "failed/panic", alone("bug-after-an-answer", well)),
        row("unwrap on None after a good answer, own step", "failed/panic", alone("unwraps-nothing", well)),
        row("items[0] of an empty list (target gave none)", "failed/panic", alone("first-item", none)),
        row("items[0] after a 500", "failed/panic", alone("first-item", down)),
        row(
            "optional call refused, tolerated; then index bug",
            "failed/panic",
            both("bug-after-a-tolerated-call", well, REFUSED),
        ),
        row("no step", "broken/no-step", alone("no-step", well)),
    ]
}

fn tolerated_calls() -> Vec<Row> {
    vec![
        row(
            "optional call refused, tolerated; rest well",
            "passed/none",
            both("tolerates-and-goes-on", well, REFUSED),
        ),
        row(
            "target 500, then a tolerated call to a name the runner cannot resolve",
            "failed/check",
            both("tolerates-and-compares", down, UNRESOLVED),
        ),
        row(
            "target 500, then a tolerated call to a refused port",
            "failed/check",
            both("tolerates-and-compares", down, REFUSED),
        ),
        row(
            "runner DNS dead for first call, then a check on it fails",
            "inconclusive/runner-network",
            both("requires-what-failed", well, UNRESOLVED),
        ),
        row("good answer, then a host not allowed", "broken/denied", both("calls-both", well, NOT_ALLOWED)),
        row(
            "500, cleanup to a host not allowed, check fails",
            "failed/check",
            both("tolerates-and-compares", down, NOT_ALLOWED),
        ),
        row("host not allowed", "broken/denied", || Case::odd("get").url(NOT_ALLOWED).run()),
    ]
}

fn limits() -> Vec<Row> {
    let short = |journey: &'static str| {
        move || Case::odd(journey).target(&shop()).arguments(["--timeout", "500ms"]).run()
    };
    let spins = |journey: &'static str| {
        move || Case::odd(journey).target(&shop()).toml("[limits]\ncpu = '200ms'\n").run()
    };
    let slow = |journey: &'static str| {
        move || {
            let answer = Script::says("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
            Case::odd(journey).target(&scripted("http", answer.after(Duration::from_millis(700)))).run()
        }
    };
    vec![
        row("spins for ever before", "broken/cpu", spins("endless-loop")),
        row("spins for ever after an answer", "broken/cpu", spins("spins-after-an-answer")),
        row("sleeps past its time, nothing asked", "broken/deadline", short("sleeps")),
        row("sleeps past its time after a good answer", "broken/deadline", short("sleeps-after-an-answer")),
        row("memory hog after a good answer", "broken/memory", || {
            Case::odd("memory-growth").target(&shop()).run()
        }),
        row("eventually never", "failed/check", || Case::odd("eventually").target(&shop()).run()),
        row("own timeout of 300 ms, target takes 2 s", "failed/timeout", slow("impatient")),
        row("hard check of latency, target takes 2 s", "failed/check", slow("quick")),
    ]
}

fn parameters() -> Vec<Row> {
    let url =
        |url: &'static str| move || Case::odd("get").url(url).arguments(["--allow", "127.0.0.1:*"]).run();
    vec![
        // `wayfarer test` refuses what it was told on the same command line, and makes no run of it. A deployed journey that
        // comes to such a value is `broken (parameter)`.
        row("parameter is no URL", "exit 2", url("shop without a scheme")),
        row("userinfo and odd scheme", "exit 2", url("ftp://ana:secret@127.0.0.1/")),
        row("port 0", "broken/malformed-request or failed/connect", url("http://127.0.0.1:0/")),
    ]
}
