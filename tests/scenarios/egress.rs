//! What a journey may reach, and what becomes of it where it reaches nobody.

use std::net::Ipv4Addr;

use wayfarer_tests::support::Case;
use wayfarer_tests::support::server::{NOBODY, NameServer, Names, http, redirect, text};

/// What stands in the first quotation marks after `add`: the line to add.
fn line_to_add(text: &str) -> String {
    text.split("add \"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn a_refused_host_is_broken_and_the_line_named_mends_it() {
    let server = http(|_| text("hello"));
    let ended = Case::odd("get").url(&server.url()).toml("[network]\nallow = []\n").run();
    let place = server.place();
    ended.is(3, "broken", "denied");
    ended.shows(&format!("host `{place}` is not allowed: add \"{place}\" to network.allow in journey.toml"));
    assert!(server.asked().is_empty(), "nothing was sent\n{ended}");

    let line = line_to_add(&ended.stdout);
    let mended = format!("[network]\nallow = [\"{line}\"]\n");
    Case::odd("get").url(&server.url()).toml(&mended).run().is(0, "passed", "none");
}

#[test]
fn without_a_file_the_flag_is_named() {
    let server = http(|_| text("hello"));
    let ended = Case::odd("get").url(&server.url()).run();
    ended.is(3, "broken", "denied").shows("--allow");
    assert_eq!(line_to_add(&ended.stdout), server.place(), "{ended}");
}

#[test]
fn a_journey_may_take_no_for_an_answer() {
    let server = http(|_| text("hello"));
    let ended = Case::odd("takes-no-for-an-answer").url(&server.url()).run();
    ended.is(0, "passed", "none");
    assert_eq!(ended.requests()[0]["error"]["kind"], "denied", "it is on record\n{ended}");
}

#[test]
fn a_name_that_leads_inside_needs_its_address_too() {
    let server = http(|_| text("hello"));
    let names = NameServer::start(Names::All(Ipv4Addr::LOCALHOST));
    let network = |allow: &str| format!("[network]\nresolver = '{}'\nallow = [{allow}]\n", names.address());
    let url = server.url_by("shop.test");
    let name = format!("\"shop.test:{}\"", server.port());

    let ended = Case::odd("get").url(&url).toml(&network(&name)).run();
    ended.is(3, "broken", "denied").shows("host `shop.test` resolves to `127.0.0.1`");
    assert!(server.asked().is_empty(), "nothing was sent\n{ended}");

    let address = line_to_add(&ended.stdout);
    let ended = Case::odd("get").url(&url).toml(&network(&format!("{name}, \"{address}\""))).run();
    ended.is(0, "passed", "none");
    assert_eq!(server.asked()[0].headers["host"], format!("shop.test:{}", server.port()), "{ended}");
}

#[test]
fn a_redirect_to_a_refused_host_is_refused() {
    let inside = http(|_| text("the inside"));
    let url = inside.url();
    let outside = http(move |_| redirect(&url));
    let ended = Case::odd("get").target(&outside).run();
    ended.is(3, "broken", "denied").shows(&format!("host `{}` is not allowed", inside.place()));
    assert!(inside.asked().is_empty(), "nothing was sent\n{ended}");
}

#[test]
fn a_refused_connection_is_the_targets_fault() {
    let ended = Case::odd("get")
        .url(&format!("http://{NOBODY}"))
        .arguments(["--allow".to_owned(), NOBODY.to_string()])
        .run();
    ended.is(1, "failed", "connect").shows(&format!("connection refused: {NOBODY}"));
}

/// Walks `get` toward a name, with a name server.
fn by_name(resolver: &str) -> wayfarer_tests::support::Ended {
    let toml = format!("[network]\nresolver = '{resolver}'\nallow = ['nowhere.test']\n");
    Case::odd("get").url("http://nowhere.test").toml(&toml).run()
}

#[test]
fn a_name_that_does_not_exist_is_the_targets_fault() {
    let names = NameServer::start(Names::Nothing);
    by_name(&names.address().to_string()).is(1, "failed", "dns").shows("host `nowhere.test` does not exist");
}

#[test]
fn a_name_that_cannot_be_resolved_though_others_can_is_the_targets_fault() {
    let names = NameServer::start(Names::Failing);
    by_name(&names.address().to_string()).is(1, "failed", "dns").shows("could not be resolved");
}

#[test]
fn a_name_server_that_denies_everything_or_lost_its_way_out_is_the_runners_fault() {
    for names in [Names::Denying, Names::CutOff] {
        let names = NameServer::start(names);
        let ended = by_name(&names.address().to_string());
        ended.is(5, "inconclusive", "runner-network").shows("does not know `com.` and `org.` either");
    }
}

#[test]
fn a_control_name_decides_whether_a_name_server_is_believed() {
    let names = NameServer::start(Names::Denying);
    let toml = format!("[network]\nresolver = '{}'\nallow = ['nowhere.test']\n", names.address());
    let ended = Case::odd("get")
        .url("http://nowhere.test")
        .toml(&toml)
        .arguments(["--control-name", "wiki.corp.test"].map(str::to_owned))
        .run();
    ended.is(5, "inconclusive", "runner-network").shows("does not know the control names either");
}

#[test]
fn no_name_server_is_the_runners_fault() {
    let ended = by_name(&NOBODY.to_string());
    ended.is(5, "inconclusive", "runner-network").shows("no working name server");
}
