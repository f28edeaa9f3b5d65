//! What goes over the wire when all is well: bodies, connections, order.

use wayfarer_tests::support::server::{Answer, Asked, http, http_together, text};
use wayfarer_tests::support::{Case, Ended};

const SIZE: usize = 10_000_000;

/// Walks a journey toward ten megabytes.
fn ten_megabytes(journey: &str) -> Ended {
    let target = http(|_| text(vec![b'x'; SIZE]));
    let ended = Case::odd(journey).target(&target).param("size", &SIZE.to_string()).run();
    ended.is(0, "passed", "none");
    assert_eq!(ended.requests()[0]["received_bytes"], SIZE, "{ended}");
    ended
}

#[test]
fn a_large_body_costs_memory_only_where_it_is_kept() {
    let peak = |ended: &Ended| ended.attempt()["memory_peak"].as_u64().unwrap();
    let (kept, discarded) = (ten_megabytes("keeps-the-body"), ten_megabytes("discards-the-body"));
    assert!(peak(&kept) >= SIZE as u64, "{} bytes\n{kept}", peak(&kept));
    assert!(peak(&discarded) < 4 << 20, "{} bytes\n{discarded}", peak(&discarded));
}

fn echo_path(asked: &Asked) -> Answer {
    text(asked.target.clone())
}

#[test]
fn requests_sent_together_are_answered_in_order() {
    // An answer that came before the last request was sent would leave it a connection.
    let target = http_together(3, echo_path);
    let ended = Case::odd("at-once").target(&target).run();
    ended.is(0, "passed", "none");
    let mut paths: Vec<_> = target.asked().into_iter().map(|asked| asked.target).collect();
    paths.sort();
    assert_eq!(paths, ["/one", "/three", "/two"], "{ended}");
    let fresh = ended.requests().iter().filter(|request| request["reused"] == false).count();
    assert_eq!(fresh, 3, "each has a connection of its own\n{ended}");
}

#[test]
fn a_connection_is_kept_within_an_attempt() {
    let target = http(echo_path);
    let ended = Case::odd("two-in-a-row").target(&target).run();
    ended.is(0, "passed", "none");
    let requests = ended.requests();
    assert_eq!((&requests[0]["reused"], &requests[1]["reused"]), (&false.into(), &true.into()), "{ended}");
    assert_eq!(requests[1]["phases"]["connect_us"], 0, "{ended}");
    assert_eq!((&requests[0]["step"], &requests[1]["step"]), (&0.into(), &1.into()), "{ended}");
    assert_eq!(requests[0]["protocol"], "HTTP/1.1", "{ended}");
}
