//! The binary: its output, its shutdown, and its errors at the start.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

fn shop(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wayfarer-shop"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_remove("WAYFARER_SHOP_LISTEN").env_remove("WAYFARER_SHOP_USERS");
    command
}

/// Starts the shop on a free port, and returns its first line of output.
fn start() -> (Child, String) {
    let mut child = shop(&["--listen", "127.0.0.1:0"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line)
}

#[test]
fn it_says_where_it_listens_and_stops_cleanly() {
    for signal in [Signal::TERM, Signal::INT] {
        let (mut child, line) = start();
        let port = line.trim_end().strip_prefix("shop listening on http://127.0.0.1:").expect(&line);
        assert_ne!(port.parse::<u16>().unwrap(), 0);
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_port_in_use_is_named_with_its_mend() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = shop(&["--listen", &address]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.starts_with(&format!("error: cannot listen on {address}: the port is in use")), "{said}");
    assert!(said.contains("--listen 127.0.0.1:"), "{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_malformed_user_is_a_usage_error() {
    let output = shop(&["--user", "ana"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("expected NAME:PASSWORD"));
}
