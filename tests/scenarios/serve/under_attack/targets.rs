//! Attacks by what a target sends: bodies, interim answers and frames without end.

use wayfarer_tests::support::Authority;
use wayfarer_tests::support::server::{Frames, Manner, flood, odd};

use super::siege::{Attack, Siege, check};

/// Runs of each target at the same time.
const RUNS: usize = 4;

fn checks(name: &str, url: &str) -> String {
    (0..RUNS).map(|number| check(&format!("{name}-{number}"), url, "")).collect()
}

#[test]
fn floods_over_http_1_hold_up_nobody() {
    let chunks = odd(Manner::ChunksWithoutEnd);
    let hints = odd(Manner::HintsWithoutEnd);
    let siege = Siege::begin("", |_| {});
    siege.withstands(
        "floods over HTTP/1.1",
        vec![
            Attack::by_journeys("chunks of one byte without end", checks("chunks", &chunks.url())),
            Attack::by_journeys("interim answers without end", checks("hints", &hints.url())),
        ],
    );
    siege.ends_well("floods over HTTP/1.1");
}

#[test]
fn floods_over_http_2_hold_up_nobody() {
    let authority = Authority::new();
    let floods = Frames::ALL.map(|frames| flood(authority.leaf("127.0.0.1").server(&["h2"]), frames));
    let trusted = "tls.ca = [\"ca.pem\"]";
    let siege = Siege::begin(&format!("network.{trusted}"), |folder| {
        std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    });
    let attacks = floods.iter().zip(Frames::ALL).enumerate().map(|(number, (flood, frames))| {
        Attack::by_journeys(
            format!("HTTP/2 without end: {frames:?}"),
            checks(&format!("frames-{number}"), &flood.url()),
        )
    });
    siege.withstands("floods over HTTP/2", attacks.collect());
    siege.ends_well("floods over HTTP/2");
}
