//! One smoke guest a language, and the J5 of `make bench` in some: built, found to ask for nothing that the runner does not
//! offer, and walked by the real binary against a real server.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the report, helpers included"
)]

use std::path::{Path, PathBuf};

use hyper::StatusCode;
use wayfarer_tests::support::server::{Manner, Web, http, odd, status, text};
use wayfarer_tests::support::{Ended, component};
use wayfarer_tests::toolchain::{self, BuildError, surface};

const GUEST: &str = "wayfarer:journey/guest@0.2.0";
const OWN_HTTP: [&str; 1] = ["wayfarer:journey/http"];
const WASI_HTTP: [&str; 2] = ["wasi:http/types", "wasi:http/outgoing-handler"];

/// What a component may import, version aside: the interfaces that the runner serves, and those that it
/// has inert versions of because a language's runtime imports them. A `/` or `-` at the end stands for
/// all that begins so.
const OFFERED: [&str; 14] = [
    "wayfarer:journey/",
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/stderr",
    "wasi:cli/terminal-",
    "wasi:clocks/",
    "wasi:io/",
    "wasi:random/",
    "wasi:filesystem/",
    "wasi:sockets/",
    "wasi:http/types",
    "wasi:http/outgoing-handler",
];

/// Long enough that a runtime's heap grows while the host hands it over.
const PAGE: usize = 3 << 20;

/// Builds a guest and looks at what it imports and exports.
#[track_caller]
fn fits(built: Result<PathBuf, BuildError>, imports: &[&str]) -> PathBuf {
    let component = built.unwrap_or_else(|error| panic!("{error}"));
    let surface = surface(&component).unwrap();
    assert!(surface.exports.iter().any(|export| export == GUEST), "{:?}", surface.exports);
    let asked: Vec<&str> = surface.imports.iter().map(|import| import.split('@').next().unwrap()).collect();
    for import in &asked {
        let within =
            |family: &str| *import == family || family.ends_with(['/', '-']) && import.starts_with(family);
        assert!(OFFERED.into_iter().any(within), "the runner would refuse {import}");
    }
    assert!(imports.iter().all(|wanted| asked.contains(wanted)), "{imports:?} not in {asked:?}");
    component
}

/// A page that is there at first and gone when it is asked for again.
fn page() -> Web {
    http(|asked| {
        let mut answer = text(vec![b'x'; PAGE]);
        if asked.number > 0 {
            *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        answer
    })
}

/// Walks the two steps of a smoke guest, and then the way on which the first one fails.
#[track_caller]
fn works(guest: &Path) {
    let page = page();
    let ended = component(guest).journey("smoke").target(&page).run();
    ended.is(0, "passed", "none").shows("2/2 steps, 1 request");
    let recording = &ended.attempt()["recording"];
    assert_eq!(recording["checks"].as_array().unwrap().len(), 2, "{ended}");
    let metric = &recording["metrics"][0];
    assert_eq!((metric["name"].as_str(), metric["value"].as_f64()), (Some("body_size"), Some(PAGE as f64)));
    assert_eq!(page.asked().len(), 1, "{ended}");

    let ended = component(guest).journey("smoke").target(&page).run();
    ended.is(1, "failed", "check").shows("check failed: status is 200").shows("- compare");
    assert_eq!(statuses(&ended), [503]);
}

/// Walks a guest into an assertion of its own: an empty page.
#[track_caller]
fn panics(guest: &Path, message: &str, place: &str) {
    let page = http(|_| text(Vec::new()));
    let ended = component(guest).target(&page).run();
    ended.is(1, "failed", "panic").shows(message).shows(place).shows("1/2 steps");
}

/// Walks J5, and then the way on which the value that its last request asks for is another.
#[track_caller]
fn walks_five(guest: &Path) {
    let shop = http(|asked| match (asked.method.as_str(), asked.target.as_str()) {
        ("GET", "/page") => status(200, r#"{"ok":true}"#),
        ("POST", "/session") if &asked.body[..] == br#"{"user":"ana"}"# => status(200, r#"{"token":"t"}"#),
        ("POST", "/items") if &asked.body[..] == br#"{"sku":"A1"}"# => status(201, r#"{"id":7}"#),
        ("GET", "/items/7") => status(200, r#"{"id":7}"#),
        ("DELETE", "/items/7") if asked.number < 5 => status(200, r#"{"deleted":true}"#),
        ("DELETE", "/items/7") => status(200, r#"{"deleted":false}"#),
        _ => status(404, "{}"),
    });
    let ended = component(guest).target(&shop).run();
    ended.is(0, "passed", "none").shows("1/1 step, 5 requests");
    assert_eq!(ended.attempt()["recording"]["checks"].as_array().unwrap().len(), 10, "{ended}");
    let connected = |request: &serde_json::Value| request["phases"]["connect_us"] != 0;
    assert_eq!(ended.requests().iter().filter(|request| connected(request)).count(), 1, "{ended}");

    let ended = component(guest).target(&shop).run();
    ended.is(1, "failed", "check").shows("check failed: $.deleted of /items/7");
    assert_eq!(statuses(&ended), [200, 200, 201, 200, 200]);
}

/// Walks a guest that says it is content and did nothing.
#[track_caller]
fn did_nothing(guest: &Path) {
    let page = page();
    component(guest).target(&page).run().is(3, "broken", "no-step");
    assert!(page.asked().is_empty());
}

fn statuses(ended: &Ended) -> Vec<u64> {
    ended.requests().iter().map(|request| request["status"].as_u64().unwrap()).collect()
}

#[test]
fn quickjs() {
    works(&fits(toolchain::quickjs(), &OWN_HTTP));
}

#[test]
fn python() {
    works(&fits(toolchain::python(), &OWN_HTTP));
}

#[test]
fn go() {
    works(&fits(toolchain::go(), &OWN_HTTP));
}

#[test]
fn c() {
    works(&fits(toolchain::c(), &OWN_HTTP));
}

#[test]
fn assemblyscript() {
    let guest = fits(toolchain::assemblyscript(), &OWN_HTTP);
    works(&guest);
    panics(&guest, "the page is empty", "smoke.ts:");
}

#[test]
fn java() {
    let guest = fits(toolchain::java(), &OWN_HTTP);
    works(&guest);
    panics(&guest, "java.lang.IllegalStateException: the page is empty", "Smoke.java:");
}

#[test]
fn quickjs_j5() {
    walks_five(&fits(toolchain::quickjs_j5(), &OWN_HTTP));
}

#[test]
fn python_j5() {
    walks_five(&fits(toolchain::python_j5(), &OWN_HTTP));
}

#[test]
fn go_j5() {
    walks_five(&fits(toolchain::go_j5(), &OWN_HTTP));
}

#[test]
fn c_j5() {
    walks_five(&fits(toolchain::c_j5(), &OWN_HTTP));
}

#[test]
fn waki() {
    works(&fits(toolchain::waki(), &WASI_HTTP));
}

/// No client but the guest's own, and no interface but those of `wit/`.
#[test]
fn wasi_http() {
    works(&fits(toolchain::wasi_http(), &WASI_HTTP));
}

#[test]
fn go_net_http() {
    works(&fits(toolchain::go_net_http(), &WASI_HTTP));
}

#[test]
fn wstd() {
    works(&fits(toolchain::wstd(), &WASI_HTTP));
}

/// A client that gives up: the record says when, and the silence is the target's fault.
#[test]
fn wstd_lets_go_of_a_request() {
    let guest = fits(toolchain::wstd(), &WASI_HTTP);
    let ended = component(&guest).target(&odd(Manner::Silent)).run();
    ended.is(1, "failed", "timeout");
    let request = &ended.requests()[0];
    assert_eq!(request["error"]["kind"], "cancelled", "{ended}");
    let message = request["error"]["message"].as_str().unwrap();
    assert!(message.contains("let go of the request") && message.contains("waiting"), "{message}");
    let waited = request["phases"]["wait_us"].as_u64().unwrap();
    assert!((2_500_000..8_000_000).contains(&waited), "{ended}");
}

#[test]
fn an_async_function_on_quickjs_is_no_journey() {
    did_nothing(&fits(toolchain::quickjs_async(), &[]));
}

#[test]
fn a_recovered_panic_in_go_is_no_journey() {
    did_nothing(&fits(toolchain::go_recovered(), &[]));
}

/// The page answered, and yet it is not the page's fault.
#[test]
fn a_value_without_a_form_in_the_interface_is_the_journeys_fault_on_quickjs() {
    let guest = fits(toolchain::quickjs_values(), &OWN_HTTP);
    let page = http(|_| text("hello"));
    let run = |journey: &str| component(&guest).journey(journey).target(&page).run();
    for (journey, words) in [
        ("half-a-character", "it passed a text with half of a character (a lone surrogate)"),
        ("throws-half-a-character", "it passed a text with half of a character (a lone surrogate)"),
        ("a-bigint", "it passed a BigInt where the interface has a number: convert it with `Number()`"),
        ("throws-a-bigint", "it passed a BigInt where the interface has a number"),
        ("a-bigint-as-text", "it passed a BigInt where the interface has a text: convert it with `String()`"),
    ] {
        let ended = run(journey);
        ended.is(3, "broken", "interface").shows(&format!("the journey misused an interface: {words}"));
    }
    run("mends-a-character").is(0, "passed", "none");
}

#[test]
fn an_exception_that_nobody_catches_on_quickjs_is_told_in_its_own_words() {
    let guest = fits(toolchain::quickjs_values(), &OWN_HTTP);
    let page = http(|_| text("hello"));
    let ended = component(&guest).journey("catches-nothing").target(&page).run();
    ended.is(1, "failed", "panic").shows("panicked: no stock").shows("smoke.js:");
}
