//! A machine that has run out of file descriptors, whichever socket it is that gets none. In a process of its own, because the
//! limit is the process's.

use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use wayfarer_model::traffic::Blame;

use super::name_server::{NameServer, book};
use super::rig::{Echo, Rig};
use crate::net::{NetworkSettings, Security, Timeouts};

/// Set in the process that has a limit of its own.
const INSIDE: &str = "WAYFARER_TEST_DESCRIPTORS";

/// The name of the test below.
const NAME: &str = "net::tests::descriptors::a_socket_that_cannot_be_made_is_the_runners_fault";

#[test]
fn a_socket_that_cannot_be_made_is_the_runners_fault() {
    if std::env::var_os(INSIDE).is_some() {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(inside());
        return;
    }
    let mut alone = Command::new(std::env::current_exe().unwrap());
    alone.args(["--exact", NAME, "--nocapture", "--test-threads=1"]).env(INSIDE, "1");
    let ended = alone.output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(ended.status.success() && said.contains("all limits tried"), "{ended:?}");
}

async fn inside() {
    let (names, echo) = (NameServer::start(book).await, Echo::plaintext().await);
    let settings = || NetworkSettings { resolver: Some(names.address), ..NetworkSettings::default() };
    let usual = getrlimit(Resource::Nofile);
    let mut seen = Vec::new();
    for limit in 3..40 {
        let rig = Rig::new(&["127.0.0.0/8", "*:*"], settings());
        setrlimit(Resource::Nofile, Rlimit { current: Some(limit), ..usual }).unwrap();
        let port = echo.address.port();
        let dialled = rig.dial("a.example", port, Security::Plaintext, Timeouts::default()).await;
        setrlimit(Resource::Nofile, usual).unwrap();
        seen.push(dialled.is_ok());
        if let Err(error) = dialled {
            assert_eq!(error.blame, Blame::Runner, "{limit} descriptors: {error:?}");
        }
    }
    assert!(seen.contains(&true) && seen.contains(&false), "{seen:?}");
    println!("all limits tried");
}
