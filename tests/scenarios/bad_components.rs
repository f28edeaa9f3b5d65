//! Files that are no component, or none of ours: exit code 3 and a word on how to mend it.

use std::fs;
use std::time::{Duration, Instant};

use wayfarer_tests::support::{Case, Ended, case, crafted, guest};

/// `wayfarer check` of a file with this content.
fn check(content: impl AsRef<[u8]>) -> Ended {
    case(["check", "journey.wasm"]).file("journey.wasm", content).run()
}

#[test]
fn a_file_that_is_not_wasm() {
    let ended = check("#!/bin/sh\necho hello\n");
    ended
        .exits(3)
        .complains("journey.wasm: the file is not WebAssembly")
        .complains("give the path of a built component");
    check("").exits(3).complains("is not WebAssembly");
}

#[test]
fn a_file_that_is_not_there() {
    let ended = case(["check", "nowhere.wasm"]).run();
    ended.exits(3).complains("cannot read nowhere.wasm");
}

#[test]
fn a_damaged_file() {
    let whole = fs::read(guest("raw_twice")).unwrap();
    let ended = check(&whole[..whole.len() / 2]);
    ended.exits(3).complains("damaged WebAssembly").complains("build it again");
}

#[test]
fn a_core_module() {
    let ended = check(crafted::core_module());
    ended.exits(3).complains("a core WebAssembly module, not a component").complains("wasm32-wasip2");
}

#[test]
fn a_component_without_journeys() {
    let ended = check(crafted::no_journey());
    ended.exits(3).complains("does not export `wayfarer:journey/guest@0.2.0`").complains("exports: none");
}

#[test]
fn a_component_of_a_newer_world() {
    let ended = check(crafted::of_version(&fs::read(guest("raw_steps")).unwrap(), "0.3.0"));
    ended.exits(3).complains("speaks `wayfarer:journey@0.3.0` and this runner speaks `@0.2.0`");
    ended.complains("update the runner, or build with an older SDK");
}

#[test]
fn a_component_of_an_older_world() {
    let ended = check(crafted::of_version(&fs::read(guest("raw_steps")).unwrap(), "0.1.0"));
    ended
        .exits(3)
        .complains("speaks `wayfarer:journey@0.1.0`")
        .complains("build it again with the current SDK");
}

#[test]
fn a_component_that_wants_more_than_it_is_given() {
    let ended = check(crafted::importing("evil:corp/vault@0.1.0"));
    ended.exits(3).complains("imports what the runner does not offer: `evil:corp/vault@0.1.0`");
    let ended = check(crafted::importing("wasi:clocks/system-clock@0.3.0"));
    ended.exits(3).complains("WASI 0.3 is not offered: build for WASI 0.2");
}

#[test]
fn a_component_whose_guest_is_hollow() {
    let ended = check(crafted::hollow_guest());
    ended.exits(3).complains("does not fit the interface").complains("build it again with the current SDK");
}

#[test]
fn a_component_with_two_journeys_by_one_name() {
    let ended = case(["check".as_ref(), guest("raw_twice").as_os_str()]).run();
    ended.exits(3).complains("`checkout`").complains("twice");
}

#[test]
fn a_component_that_never_says_what_it_holds() {
    let ended = case(["check".as_ref(), guest("raw_busy").as_os_str()]).run();
    ended.exits(3).complains("failed to say which journeys it holds: it took too much time");
    ended.complains("leave the work to the journeys");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test measures the real clock")]
fn a_component_that_waits_before_it_says_what_it_holds() {
    let began = Instant::now();
    let ended = case(["check".as_ref(), guest("raw_dozing").as_os_str()]).run();
    ended.exits(3).complains("failed to say which journeys it holds").complains("`describe` must not sleep");
    let ended = case(["check".as_ref(), guest("raw_waiting").as_os_str()]).run();
    ended.exits(3).complains("waited for more than 1000 ms");
    assert!(began.elapsed() < Duration::from_secs(29), "neither may sleep for 29 seconds");
}

#[test]
fn a_component_that_says_megabytes_of_itself() {
    let ended = case(["check".as_ref(), guest("raw_verbose").as_os_str()]).run();
    ended.exits(3).complains("failed to say which journeys it holds").complains("says too much");
}

#[test]
fn a_component_that_blows_up_the_compiler() {
    let bomb = crafted::compile_bomb();
    assert!(bomb.len() < 1 << 20, "{} bytes are not few", bomb.len());
    let ended = check(bomb);
    ended.exits(3).complains("compiling the component took more than 1.0 GiB of memory");
    ended.complains("memory allocation of").complains("make it smaller");
}

/// What a component imports says that none of its journeys records a check; it never says that one does.
#[test]
fn a_component_whose_journeys_cannot_record_a_check() {
    const TOLD: &str = "no journey of this component records a check";
    let check = |name: &str| case(["check".as_ref(), guest(name).as_os_str()]);
    let ended = check("raw_steps").run();
    ended.exits(0).complains(TOLD).complains("check a status or a value");
    check("raw_steps").argument("--strict").run().exits(3).complains(TOLD);
    // By the SDK too: what no journey uses is not in its component.
    check("wayfarer_guest_hostile").argument("--strict").run().exits(3).complains(TOLD);

    // It holds a journey that checks nothing, beside many that do: a run of that one tells.
    check("wayfarer_guest_odd").argument("--strict").run().exits(0).nowhere(TOLD);
}

#[test]
fn test_says_the_same_as_check() {
    let ended =
        case(["test", "--component", "journey.wasm"]).file("journey.wasm", crafted::core_module()).run();
    ended.exits(3).complains("a core WebAssembly module, not a component");
    Case::odd("passes").url("http://127.0.0.1").file("journey.wasm", b"").run().exits(3);
}
