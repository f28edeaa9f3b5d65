//! A product that is there, one that ends, one that never answers, and that nothing is left of it.

use std::cell::RefCell;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use wayfarer_model::cancel::CancelCause;
use wayfarer_testkit::until;

use super::*;
use crate::config::Project;

fn table(command: &str, port: u16) -> ServerTable {
    let text = format!("command = '{command}'\nurl = \"http://127.0.0.1:{port}/\"\ntimeout = \"300ms\"");
    toml::from_str(&text).unwrap()
}

fn project(dir: &std::path::Path) -> Project {
    Project { dir: dir.to_owned(), file: None, toml: toml::from_str("").unwrap() }
}

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn what_answers_already_is_used() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 503 Sorry\r\n\r\n").await.unwrap();
    });
    let stop = Cancellation::new();
    let said = RefCell::new(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let say = |line: &str| said.borrow_mut().push(line.to_owned());
    let server =
        TestServer::start(&project(folder.path()), &table("exit 1", port), &stop, say).await.unwrap();
    assert!(server.child.is_none());
    assert!(said.borrow()[0].contains("answers already"), "{said:?}");
}

#[tokio::test]
async fn one_that_ends_shows_its_last_words() {
    let stop = Cancellation::new();
    let folder = tempfile::tempdir().unwrap();
    let table = table("echo port in use; exit 3", free_port().await);
    let error =
        TestServer::start(&project(folder.path()), &table, &stop, |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("ended with exit status: 3") && error.ends_with("\n  | port in use"), "{error}");
}

#[tokio::test]
async fn one_that_is_silent_is_ended_with_all_that_it_started() {
    let stop = Cancellation::new();
    let folder = tempfile::tempdir().unwrap();
    let table = table("sleep 77 & echo $! > pid; wait", free_port().await);
    let error =
        TestServer::start(&project(folder.path()), &table, &stop, |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("did not answer within"), "{error}");
    let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    let stat = format!("/proc/{}/stat", pid.as_raw_nonzero());
    let state = async || std::fs::read_to_string(&stat).unwrap_or_default();
    let is_gone = |state: &String| state.is_empty() || state.contains(") Z ");
    until("what it started is gone", state, is_gone).await;
}

#[tokio::test]
async fn waiting_for_it_can_be_interrupted() {
    let stop = Cancellation::new();
    stop.cancel(CancelCause::Person);
    let folder = tempfile::tempdir().unwrap();
    let (project, table) = (project(folder.path()), table("sleep 77", free_port().await));
    let started = TestServer::start(&project, &table, &stop, |_| {}).await;
    assert!(matches!(started, Err(TestServerError::Interrupted)));
}
