//! What a server refuses to start on, in words that say how to mend it.

use std::os::unix::fs::PermissionsExt as _;

use rustix::process::Signal;
use serde_json::json;
use wayfarer_tests::support::{Runner, verified};

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
    let known = runner.query("PRAGMA user_version");
    runner.tamper("PRAGMA user_version = 999");
    let (file, versions) =
        (runner.data_dir().join("wayfarer.db"), format!("schema 999, this one knows {known}"));
    let before = std::fs::read(&file).unwrap();
    let words = ["written by a newer version", &versions, "run that version, or restore the backup"];
    let calls: [&[&str]; 5] = [
        &["serve", "--listen", "127.0.0.1:0"],
        &["audit"],
        &["db", "check"],
        &["db", "rebuild"],
        &["db", "migrate"],
    ];
    let mut helpful = 0;
    for call in calls {
        let (code, said) = runner.call(call);
        println!("{call:?}: {code:?} {said}");
        helpful += u32::from(code == Some(2) && words.iter().all(|word| said.contains(word)));
    }
    let what = "a database of a newer version";
    verified(
        &format!("{what}: commands that refuse it, name both versions and the way out"),
        &json!(calls.len()),
        &json!(helpful),
    );
    let is_same = std::fs::read(&file).unwrap() == before;
    verified(&format!("{what}: the file is byte for byte what it was"), &json!(true), &json!(is_same));
    runner.tamper(&format!("PRAGMA user_version = {known}"));
    runner.again();
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
fn a_data_directory_that_others_can_write_or_that_leads_elsewhere() {
    let mut runner = Runner::start("");
    assert_eq!(runner.end(Signal::TERM), Some(0));
    let data = runner.data_dir();
    let mode = |mode: u32| std::fs::set_permissions(&data, std::fs::Permissions::from_mode(mode)).unwrap();
    for open in [0o757, 0o771, 0o1777] {
        mode(open);
        refused(&runner, &["--listen", "127.0.0.1:0"], &["is not safe for a server's data", "chmod go-w"]);
    }
    mode(0o2751);
    for name in ["wayfarer.db", "wayfarer.db-wal", "reserve", "admin.token", "lock", "components"] {
        let (file, elsewhere) = (data.join(name), data.join("elsewhere"));
        std::fs::rename(&file, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
        refused(&runner, &["--listen", "127.0.0.1:0"], &[name, "it is a link"]);
        std::fs::remove_file(&file).unwrap();
        std::fs::rename(&elsewhere, &file).unwrap();
    }
    runner.again();
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
