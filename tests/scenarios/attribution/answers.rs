//! What comes back from a target that speaks HTTP, or nearly.

use std::time::Duration;

use wayfarer_tests::support::server::{Answer, End, Script, Web, http, redirect, scripted, status, text};
use wayfarer_tests::support::{Case, Ended};

use super::rows::{Row, all_hold, row};

#[test]
fn what_comes_back_is_the_targets() {
    all_hold("http", 23, [statuses(), bodies(), heads()].into_iter().flatten().collect());
}

fn answered(journey: &'static str, answer: fn() -> Answer) -> impl FnOnce() -> Ended + Send {
    move || Case::odd(journey).target(&http(move |_| answer())).run()
}

fn told(journey: &'static str, script: Script) -> impl FnOnce() -> Ended + Send {
    move || Case::odd(journey).target(&scripted("http", script)).run()
}

fn later(code: u16) -> Answer {
    let mut answer = status(code, "slow down");
    answer.headers_mut().insert("retry-after", "30".parse().unwrap());
    answer
}

fn statuses() -> Vec<Row> {
    vec![
        row("500", "failed/check", answered("get", || status(500, "no"))),
        row("503 + Retry-After", "failed/check", answered("get", || later(503))),
        row("429 + Retry-After (we are rate limited)", "failed/check", answered("get", || later(429))),
        row("401 (secret rotated?)", "failed/check", answered("get", || status(401, "who?"))),
        row("403 of a WAF", "failed/check", answered("get", || status(403, "<html>blocked</html>"))),
        row("404", "failed/check", answered("get", || status(404, "no"))),
        row("204", "failed/check", answered("get", || status(204, ""))),
        row("redirect loop", "failed/protocol", answered("get", || redirect("/again"))),
        // Of a version that has never been good; see `redirects` of the server for one that has.
        row(
            "redirect to a host not allowed",
            "broken/denied",
            answered("get", || redirect("http://elsewhere.test/")),
        ),
    ]
}

/// Answers with a body of 80 MB.
fn large() -> Web {
    http(|_| text(vec![b'x'; 80_000_000]))
}

fn bodies() -> Vec<Row> {
    const FIRST: &str = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"items\": [";
    let json = |body: &str| {
        let length = body.len();
        Script::says(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    };
    let drips = Script::says(FIRST).and_drips(Duration::from_millis(100));
    let no_gzip = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nplain";
    vec![
        row(
            "200 html instead of JSON",
            "failed/error",
            answered("reads-items", || text("<html>hello</html>")),
        ),
        row("200 empty body", "failed/error", answered("reads-items", || text(""))),
        row("200 invalid JSON", "failed/error", told("reads-items", json("{\"items\": [1,"))),
        row("200, no items", "failed/check", told("reads-items", json("{\"items\": []}"))),
        row(
            "truncated body + RST",
            "failed/protocol",
            told("reads-items", Script::says(FIRST).and_then(End::Resets)),
        ),
        row("truncated body + FIN", "failed/protocol", told("reads-items", Script::says(FIRST))),
        row("body that hangs", "failed/timeout", told("impatient", Script::says(FIRST).and_then(End::Holds))),
        row("body drips", "failed/timeout", told("impatient", drips)),
        row("80 MB body", "failed/error or failed/too-large", || {
            Case::odd("reads-items").target(&large()).run()
        }),
        row(
            "gzip that is none",
            "failed/protocol or failed/error",
            told("reads-items", Script::says(no_gzip)),
        ),
    ]
}

fn heads() -> Vec<Row> {
    let large = format!("HTTP/1.1 200 OK\r\nx-large: {}\r\ncontent-length: 0\r\n\r\n", "x".repeat(70 << 10));
    let bad_chunk = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\nhello\r\n";
    let close = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello";
    vec![
        row(
            "malformed status line",
            "failed/protocol",
            told("get", Script::says("HTTP/1.1 OK fine\r\n\r\n")),
        ),
        row("70 KB header", "failed/too-large or failed/protocol", told("get", Script::says(large))),
        row("bad chunk", "failed/protocol", told("get", Script::says(bad_chunk))),
        row("Connection: close", "failed/error", told("reads-items", Script::says(close))),
    ]
}
