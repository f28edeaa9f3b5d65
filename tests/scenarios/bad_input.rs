//! Mistakes in what a person writes or has installed: a clear word and the exit code that goes with it.

use wayfarer_tests::support::{Case, binary, case};

#[test]
fn an_unknown_key_names_its_place_and_the_nearest() {
    let ended = Case::odd("passes").toml("[network]\nalow = ['shop.test']\n").run();
    ended.exits(2).complains("journey.toml:2:1: unknown key `alow`: did you mean `allow`?");
    let ended = Case::odd("passes").toml("[netwrok]\n").run();
    ended.exits(2).complains("unknown key `netwrok`: did you mean `network`?");
}

#[test]
fn a_value_that_breaks_its_rule_names_its_place() {
    let ended = Case::odd("passes").toml("[network]\nallow = ['https://shop.test/']\n").run();
    ended.exits(2).complains("journey.toml:2:").complains("is a URL, not a host: write `shop.test`");
    let ended = Case::odd("passes").toml("[limits]\nmemory = 'lots'\n").run();
    ended.exits(2).complains("journey.toml:2:").complains("lots");
    Case::odd("passes").toml("[network\n").run().exits(2).complains("journey.toml:1:");
}

#[test]
fn no_project_here() {
    let ended = case(["test"]).run();
    ended.exits(2).complains("no journey.toml").complains("wayfarer new");
    case(["test", "-C", "."]).run().exits(2).complains("has no journey.toml");
}

#[test]
fn an_unknown_flag() {
    case(["test", "--alow", "shop.test"]).run().exits(2).complains("--alow").complains("--allow");
}

const MANIFEST: &str = "[package]\nname = 'walk'\nversion = '0.1.0'\nedition = '2024'\n\
                        [lib]\ncrate-type = ['cdylib']\n[workspace]\n";

#[test]
fn no_target_installed() {
    // What rustc says where only the machine's own target was installed: a folder that is not there.
    let rustc = "#!/bin/sh\n\
        for word in \"$@\"; do [ \"$word\" = target-libdir ] && echo /nowhere/lib && exit 0; done\n\
        echo 'this rustc only prints' >&2; exit 1\n";
    let case = case(["build"]).toml("").file("Cargo.toml", MANIFEST).file("src/lib.rs", "");
    let ended = case.program("rustc", rustc).run();
    ended.exits(3).complains("the target wasm32-wasip2 is not installed");
    ended.complains("rustup target add wasm32-wasip2");
}

#[test]
fn source_that_does_not_compile() {
    let case = case(["build"]).toml("").file("Cargo.toml", MANIFEST);
    let ended = case.file("src/lib.rs", "fn walk() { this is not Rust }").run();
    ended.exits(3).complains("src/lib.rs:1").complains("the build failed");
}

#[test]
fn nothing_to_build() {
    case(["build"]).toml("").run().exits(3).complains("has nothing to build").complains("[build]");
}

/// `wayfarer journeys` in a folder with both files, with one variable set; what it complains of.
fn journeys_with(variable: &str, file: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("server.toml"), "[server]\nlisten = \"127.0.0.1:1\"\n").unwrap();
    std::fs::write(folder.path().join("mine.toml"), "server = \"http://127.0.0.1:2\"\n").unwrap();
    let ended = std::process::Command::new(binary())
        .arg("journeys")
        .env(variable, file)
        .env("WAYFARER_TOKEN", "wf_dHMOUNLh0UTx6gmQ9MHQdRUvZdbXMLLlzChlYYN1shx2tzKeB")
        .env("HOME", folder.path())
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(!ended.status.success());
    String::from_utf8(ended.stderr).unwrap()
}

#[test]
fn one_variable_names_the_servers_file_and_another_the_users_settings() {
    let said = journeys_with("WAYFARER_CONFIG", "server.toml");
    assert!(said.contains("no server answers at http://127.0.0.1:1/"), "{said}");
    let said = journeys_with("WAYFARER_SETTINGS", "mine.toml");
    assert!(said.contains("no server answers at http://127.0.0.1:2/"), "{said}");
    let said = journeys_with("WAYFARER_CONFIG", "mine.toml");
    assert!(said.contains("mine.toml") && said.contains("expected struct ServeTable"), "{said}");
    let said = journeys_with("WAYFARER_SETTINGS", "server.toml");
    assert!(said.contains("server.toml:1:"), "{said}");
}
