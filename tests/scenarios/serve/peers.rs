//! Whoever reaches the API: connections that say nothing, texts that aim at the operator's terminal, tokens.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::json;
use wayfarer_testkit::{LIMIT, none_differ, until_blocking};
use wayfarer_tests::support::server::{http, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, verified};

/// Resident memory of the server, in bytes.
fn memory(runner: &Runner) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", runner.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

#[test]
fn silent_connections_cost_little_and_keep_nobody_out() {
    let runner = Runner::start("[server]\nconnections = 200\nconnections_per_peer = 200\n");
    assert_eq!(runner.get("/healthz"), "ok\n");
    let before = memory(&runner);
    let silent: Vec<TcpStream> = (0..400).map(|_| runner.connect()).collect();
    assert_eq!(runner.get("/healthz"), "ok\n", "beside more silent connections than there may be");
    let open = || std::fs::read_dir(format!("/proc/{}/fd", runner.pid())).unwrap().count();
    let held = until_blocking("no more are held than may be", open, |open| *open < 300);
    let each = memory(&runner).saturating_sub(before) / 200;
    println!("{held} descriptors, {each} bytes a connection");
    verified(
        "400 silent connections, 200 allowed: less than 64 KiB each",
        &json!(true),
        &json!(each < 64 << 10),
    );
    drop(silent);
}

/// A connection that comes from another address of this machine.
fn from_another_peer(runner: &Runner) -> TcpStream {
    let connecting = async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        let address = runner.url().trim_start_matches("http://").parse().unwrap();
        socket.connect(address).await.unwrap().into_std().unwrap()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let stream = runtime.block_on(connecting);
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

#[test]
fn a_peer_with_many_connections_crowds_out_nobody_but_itself() {
    let runner = Runner::start("[server]\nconnections = 100\nconnections_per_peer = 40\n");
    let mut other = from_another_peer(&runner);
    let many: Vec<TcpStream> = (0..300).map(|_| runner.connect()).collect();
    assert_eq!(runner.get("/healthz"), "ok\n", "all of them were taken by now");
    // It has been idle for longest.
    let mut said = String::new();
    let asked = other.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let heard = asked.and_then(|()| other.read_to_string(&mut said));
    println!("{heard:?}: {said}");
    verified(
        "a peer opens 300 connections where 40 of one are allowed and 100 in all: another peer's is answered",
        &json!(true),
        &json!(said.ends_with("ok\n")),
    );
    drop(many);
}

#[test]
fn a_server_dumps_no_core() {
    let runner = Runner::start("");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", runner.pid())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    verified("a server's largest core dump, in bytes", &json!("0"), &json!(line.split_whitespace().nth(4)));
}

/// Clears the screen, breaks the line, turns the text around.
const HOSTILE: &str = "x\u{1b}[2J\u{9b}1mNAME\r\nadmin\u{202e}";

#[test]
fn names_and_notes_take_no_control_characters() {
    let runner = Runner::start(TWO_TENANTS);
    let calls: [&[&str]; 4] = [
        &["tokens", "add", HOSTILE, "--tenant", "acme"],
        &["maintenance", "add", "--tenant", "acme", "--for", "1h", "--note", HOSTILE],
        &["tenants", "stop", "acme", "--note", HOSTILE],
        &["pause", "--tenant", "acme", "absent", "--note", HOSTILE],
    ];
    let mut obeyed = Vec::new();
    for call in calls {
        let (code, said) = runner.call(call);
        assert!(code != Some(0) && said.contains("control character \\u{1b}"), "{call:?}: {code:?} {said}");
        obeyed.extend(said.contains(['\u{1b}', '\u{9b}', '\u{202e}']).then_some(call));
    }
    let case = "names and notes with escape sequences: refusals that a terminal would obey";
    none_differ(case, obeyed.len(), &format!("{obeyed:?}"));
}

#[test]
fn what_was_written_before_is_shown_without_what_a_terminal_obeys() {
    let mut runner = Runner::start(TWO_TENANTS);
    runner.ok(&["tokens", "add", "spoofed", "--tenant", "acme"]);
    runner.ok(&["maintenance", "add", "--tenant", "acme", "--for", "1h", "--note", "spoofed"]);
    runner.ok(&["tenants", "stop", "acme", "--note", "spoofed"]);
    assert_eq!(runner.end(rustix::process::Signal::TERM), Some(0));
    let hostile = "'x' || char(27) || '[2J' || char(155) || '1m' || char(10) || 'admin' || char(8238)";
    for (table, column) in [("token", "name"), ("maintenance", "note"), ("kill_switch", "note")] {
        runner.tamper(&format!("UPDATE {table} SET {column} = {hostile} WHERE {column} = 'spoofed'"));
    }
    runner.again();
    let calls: [&[&str]; 6] = [
        &["tokens", "list"],
        &["maintenance", "list"],
        &["tenants"],
        &["--json", "tokens", "list"],
        &["--json", "maintenance", "list"],
        &["--json", "tenants"],
    ];
    let mut obeyed = Vec::new();
    for call in calls {
        let said = runner.ok(call);
        let shown = if call[0] == "--json" { "\\u001b[2J" } else { "\\u{1b}[2J" };
        assert!(said.contains(shown), "{call:?}: {said}");
        let is_obeyed = said.contains(['\u{1b}', '\u{9b}', '\u{202e}']);
        let is_forged = said.lines().any(|line| line.starts_with("admin"));
        obeyed.extend((is_obeyed || is_forged).then_some(said));
    }
    let case = "names and notes with escape sequences, written before: lists that a terminal would obey";
    none_differ(case, obeyed.len(), &format!("{obeyed:?}"));
}

#[test]
fn a_token_ends_and_is_named_with_its_number() {
    let target = http(|_| text("Welcome"));
    let runner = Runner::start(TWO_TENANTS);
    let add = |name: &str, more: &[&str]| {
        runner.call(&[&["--quiet", "tokens", "add", name, "--tenant", "acme"], more].concat())
    };
    let (code, token) = add("ci", &["--expires", "240h"]);
    assert_eq!(code, Some(0), "{token}");
    let (code, said) = add("ci", &[]);
    assert!(code == Some(2) && said.contains("there is a token `ci` already"), "{said}");
    let (code, short) = add("short", &["--expires", "1ms"]);
    assert_eq!(code, Some(0), "{short}");
    let call = |token: &str, arguments: &[&str]| {
        let output = runner.command(arguments).env("WAYFARER_TOKEN", token.trim()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) =
        until_blocking("the token ends", || call(&short, &["journeys"]), |(code, _)| *code != Some(0));
    assert!(said.contains("the token expired at 2"), "{said}");
    verified("a token whose time is over: the exit code of its use", &json!(2), &json!(code));
    let project = runner.folder().join("project");
    std::fs::create_dir_all(&project).unwrap();
    std::fs::write(
        project.join("journey.toml"),
        format!("[http-check.front]\nurl = \"{}/\"\n", target.url()),
    )
    .unwrap();
    let (code, said) = call(&token, &["deploy", "-C", &project.display().to_string()]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(runner.query("SELECT deployed_by FROM v1_journeys"), "ci (token 2)");
    let used = || runner.json(&["tokens", "list"])[1]["used_ms"].as_u64();
    assert!(until_blocking("its use is noted", used, Option::is_some).is_some());
    assert!(runner.ok(&["tokens", "list"]).contains("expires"));
}
