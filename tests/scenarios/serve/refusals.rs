//! What a server refuses to start on, in words that say how to mend it.

use rustix::process::Signal;
use wayfarer_tests::support::Runner;

#[track_caller]
fn refused(runner: &Runner, arguments: &[&str], words: &[&str]) {
    let (code, said) = runner.call(&[&["serve"], arguments].concat());
    assert_eq!(code, Some(2), "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}`:\n{said}");
    }
}

#[test]
fn a_second_server_on_one_data_directory() {
    let runner = Runner::start("");
    refused(&runner, &["--listen", "127.0.0.1:0"], &["is in use by another server", "--data-dir"]);
    assert!(runner.ok(&["journeys"]).contains("nothing is deployed"), "the first one goes on");
}

#[test]
fn a_port_in_use() {
    let runner = Runner::start("");
    let place = runner.url().trim_start_matches("http://").to_owned();
    refused(&runner, &["--listen", &place, "--data-dir", "other"], &["cannot listen on", "--listen"]);
}

#[test]
fn a_database_of_a_newer_version() {
    let mut runner = Runner::start("");
    assert_eq!(runner.end(Signal::TERM), Some(0));
    let program = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA user_version = 999')";
    let file = runner.data_dir().join("wayfarer.db");
    let changed = std::process::Command::new("python3").args(["-c", program]).arg(file).status().unwrap();
    assert!(changed.success());
    refused(&runner, &["--listen", "127.0.0.1:0"], &["written by a newer version", "restore the backup"]);
    let (code, said) = runner.call(&["audit"]);
    assert_eq!((code, said.contains("newer version")), (Some(2), true), "{said}");
}

#[test]
fn a_data_directory_that_cannot_be_written() {
    let runner = Runner::start("");
    // Nobody may make a folder there, root neither.
    refused(
        &runner,
        &["--listen", "127.0.0.1:0", "--data-dir", "/proc/wayfarer"],
        &["cannot write /proc/wayfarer", "--data-dir"],
    );
}

#[test]
fn a_configuration_that_cannot_be_right() {
    let runner = Runner::start("");
    let write = |text: &str| std::fs::write(runner.folder().join("wayfarer.toml"), text).unwrap();
    write("[tenants.acme]\nrunz = 3\n");
    refused(&runner, &[], &["unknown key `runz`", "did you mean `runs`?"]);
    write(
        "[tenants.acme.secrets.a]\nenv = \"NOT_SET_ANYWHERE\"\n[tenants.acme.secrets.b]\nfile = \"absent\"\n",
    );
    refused(&runner, &["--data-dir", "other"], &["NOT_SET_ANYWHERE", "absent"]);
}

#[test]
fn nobody_there() {
    let mut runner = Runner::start("");
    assert_eq!(runner.end(Signal::TERM), Some(0));
    let (code, said) = runner.call(&["journeys"]);
    assert_eq!((code, said.contains("start one with `wayfarer serve`")), (Some(5), true), "{said}");
}
