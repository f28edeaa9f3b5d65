//! Attacks by host calls: what a guest makes the host draw, search, copy, keep and send.

use wayfarer_tests::support::guest;
use wayfarer_tests::support::server::{http, text};

use super::siege::{Attack, Siege, VALUE};

/// The journeys of `guests/hostile`, and what each does.
const JOURNEYS: [(&str, &str); 7] = [
    ("draws-64-mebibytes", "random numbers of 64 MiB at once"),
    ("draws-without-end", "random numbers without end"),
    ("has-first-letters-sealed", "16 MiB of a secret's first letter, answered, logged and attached"),
    ("attaches-what-is-refused", "artifacts of 16 MiB that are refused"),
    ("fills-fields", "header fields of 115 KiB, thousands of them"),
    ("sends-a-hundred-thousand", "100,000 requests begun at once"),
    ("begins-bodies", "bodies of wasi:http that are begun and not sent"),
];

#[test]
fn hostile_guests_hold_up_nobody() {
    let letters = VALUE.as_bytes()[..1].repeat(16 << 20);
    let target = http(move |_| text(letters.clone()));
    let siege = Siege::begin("", |_| {}).with_component(guest("wayfarer_guest_hostile"));
    let attacks = JOURNEYS.iter().map(|(journey, does)| {
        let timing = "schedule = \"every 1s\"\ngrace = \"1h\"\noverlap = \"allow\"";
        let params = format!("params = {{ base_url = \"{}/\" }}", target.url());
        Attack::by_journeys(*does, format!("[journeys.{journey}]\n{timing}\n{params}\n"))
    });
    siege.withstands("hostile guests", attacks.collect());
    siege.ends_well("hostile guests");
}
