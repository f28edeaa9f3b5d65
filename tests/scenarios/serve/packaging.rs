//! What `make dist` gives to systemd: the unit is right and closed, and the server keeps the promises of it.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use wayfarer_tests::support::Runner;
use wayfarer_tests::toolchain;

const PACKAGING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../runner/wayfarer/packaging");

/// A service manager that started the server.
struct Manager {
    socket: UnixDatagram,
}

impl Manager {
    fn at(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        Self { socket }
    }

    /// The server's next message, for which it waits a minute at most.
    fn told(&self) -> String {
        let mut message = [0; 256];
        let length =
            self.socket.recv(&mut message).unwrap_or_else(|error| panic!("the server says nothing: {error}"));
        String::from_utf8_lossy(&message[..length]).trim().to_owned()
    }
}

#[test]
fn systemd_is_told_that_the_server_listens_that_it_lives_and_that_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = Manager::at(&path);
    let environment = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "400000")];
    let mut runner = Runner::with("", &environment);
    assert_eq!(manager.told(), "READY=1");
    for _ in 0..3 {
        assert_eq!(manager.told(), "WATCHDOG=1");
    }
    runner.signal(Signal::STOP);
    manager.socket.set_nonblocking(true).unwrap();
    let mut message = [0; 256];
    // What it sent before it was stopped.
    while manager.socket.recv(&mut message).is_ok() {}
    manager.socket.set_nonblocking(false).unwrap();
    manager.socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    assert!(manager.socket.recv(&mut message).is_err(), "a server that stands still feeds no watchdog");
    manager.socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    runner.signal(Signal::CONT);
    assert_eq!(manager.told(), "WATCHDOG=1");
    runner.signal(Signal::TERM);
    let last = std::iter::repeat_with(|| manager.told()).find(|said| said != "WATCHDOG=1");
    assert_eq!(last.as_deref(), Some("STOPPING=1"));
    assert_eq!(runner.ends_by_itself(), None, "no signal ended it");
}

#[test]
fn the_unit_is_one_that_systemd_takes_and_hardly_exposed() {
    let unit = std::fs::read_to_string(format!("{PACKAGING}/wayfarer.service")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wayfarer.service");
    // The program need not be installed here.
    let any = std::env::current_exe().unwrap();
    std::fs::write(&path, unit.replace("/usr/bin/wayfarer", any.to_str().unwrap())).unwrap();
    let analyse = |arguments: &[&str]| {
        let mut command = toolchain::systemd_analyze().unwrap_or_else(|error| panic!("{error}"));
        let output = command.args(arguments).arg(&path).output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.success(), said)
    };
    let (is_right, said) = analyse(&["verify", "--man=no"]);
    assert!(is_right && !said.contains("wayfarer.service"), "{said}");
    // 2.0 of 10: what is left is the network, and that a group may read the database.
    let (is_closed, said) = analyse(&["security", "--offline=true", "--threshold=20", "--no-pager"]);
    assert!(is_closed, "{said}");
}
