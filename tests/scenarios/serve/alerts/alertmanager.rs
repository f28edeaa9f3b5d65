//! Alertmanager itself, as Debian has it: an incident is an alert there while it is open, and each instance is told.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::Runner;
use wayfarer_tests::support::server::{http, status};
use wayfarer_tests::toolchain;

use super::incident::{failing_journey, opened, resolved};

/// An instance, until it is dropped.
struct Instance {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Instance {
    fn start() -> Self {
        let binary = toolchain::alertmanager().unwrap_or_else(|error| panic!("{error}"));
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("alertmanager.yml");
        std::fs::write(&config, "route:\n  receiver: nobody\nreceivers:\n- name: nobody\n").unwrap();
        // It names no port that it was given by itself.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(binary);
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--cluster.listen-address=")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let instance = Self { child: command.spawn().unwrap(), port, _folder: folder };
        until_blocking("Alertmanager is up", || instance.ask("/-/ready"), Option::is_some);
        instance
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn ask(&self, path: &str) -> Option<String> {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        write!(stream, "GET {path} HTTP/1.0\r\nhost: a\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        head.contains(" 200 ").then(|| body.to_owned())
    }

    /// Its alerts that are active.
    fn alerts(&self) -> Vec<Value> {
        let body = self.ask("/api/v2/alerts?active=true").unwrap();
        serde_json::from_str(&body).unwrap()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_incident_is_an_alert_of_each_instance_until_it_is_over() {
    let (one, two) = (Instance::start(), Instance::start());
    let shop = http(|_| status(503, "inventory is away"));
    let config = format!(
        "[alerting]\ngroup_within = \"1s\"\n[channels.am.alertmanager]\nurls = [\"{}\", \"{}\"]\nlabels.team = \"sre\"\n\
         [[alerts]]\nto = \"am\"\n[tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\n",
        one.url(),
        two.url()
    );
    let runner = Runner::start(&config);
    failing_journey(&runner, &["shop"], &shop.url());
    let incident = opened(&runner, "shop");
    for instance in [&one, &two] {
        let alerts = until_blocking("the alert is there", || instance.alerts(), |alerts| !alerts.is_empty());
        let labels = &alerts[0]["labels"];
        assert_eq!(
            [
                &labels["alertname"],
                &labels["tenant"],
                &labels["journey"],
                &labels["location"],
                &labels["team"]
            ],
            ["JourneyFailing", "acme", "shop", "local", "sre"]
        );
        assert!(alerts[0]["annotations"]["summary"].as_str().unwrap().starts_with("shop fails at"));
    }
    // It is told again, so the row waits for its next time.
    runner.until("SELECT state, delivered_ms IS NOT NULL FROM v1_deliveries", |seen| seen == "waiting|1");
    let is_told = |metrics: &String| metrics.contains("wayfarer_alert_deliveries_waiting 0\n");
    until_blocking("which is no backlog", || runner.get("/metrics"), is_told);
    resolved(&runner, &incident);
    for instance in [&one, &two] {
        until_blocking("the alert is over", || instance.alerts(), Vec::is_empty);
    }
    runner.until("SELECT group_concat(DISTINCT state) FROM v1_deliveries", |seen| seen == "delivered");
}
