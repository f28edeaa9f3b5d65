//! A certificate that expires soon is one ticket for its host, until a run sees a renewed one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::Signal;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use wayfarer_tests::support::server::{https, text};
use wayfarer_tests::support::{Authority, Runner};

/// The certificate of the one or of the other.
#[derive(Debug)]
struct Renewable {
    before: Arc<dyn ResolvesServerCert>,
    after: Arc<dyn ResolvesServerCert>,
    is_renewed: Arc<AtomicBool>,
}

impl ResolvesServerCert for Renewable {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if self.is_renewed.load(Ordering::Acquire) {
            self.after.resolve(hello)
        } else {
            self.before.resolve(hello)
        }
    }
}

/// Year, month and day of an instant some days ahead.
fn ahead(days: u32) -> (i32, u8, u8) {
    let calendar = rusqlite::Connection::open_in_memory().unwrap();
    let text: String =
        calendar.query_row("SELECT date('now', ?)", [format!("+{days} days")], |row| row.get(0)).unwrap();
    (text[..4].parse().unwrap(), text[5..7].parse().unwrap(), text[8..10].parse().unwrap())
}

#[test]
fn a_certificate_that_expires_is_one_ticket_until_it_is_renewed() {
    let authority = Authority::new();
    let is_renewed = Arc::new(AtomicBool::new(false));
    let [before, after] =
        [6, 300].map(|days| authority.leaf_until("127.0.0.1", ahead(days)).server(&["http/1.1"]));
    let mut config = before.clone();
    config.cert_resolver = Arc::new(Renewable {
        before: before.cert_resolver,
        after: after.cert_resolver,
        is_renewed: Arc::clone(&is_renewed),
    });
    // A resumed session would show the certificate of the first one.
    config.send_tls13_tickets = 0;
    let target = https(config, |_| text("Welcome"));
    let toml = "[server]\ngrace = \"2s\"\n[tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\nnetwork.tls.ca = [\"ca.pem\"]\n[tenants.globex]\n";
    let mut runner =
        Runner::among(toml, &[], |folder| std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap());
    let journeys = ["one", "two"]
        .map(|name| format!("[http-check.{name}]\nurl = \"{}/\"\nschedule = \"every 1s\"\n", target.url()));
    runner.deploy("acme", &journeys.concat(), &[]);
    runner.until("SELECT count(DISTINCT journey) FROM v1_runs WHERE is_good", |seen| seen == "2");
    // The server looks at its start, and every ten minutes.
    runner.end(Signal::TERM);
    runner.again();
    let seen = "SELECT group_concat(tenant || ' ' || subject || ' ' || is_open || coalesce(journey, '')) FROM v1_incidents WHERE kind = 'certificate'";
    runner.until(seen, |seen| seen == format!("acme {} 1", target.place()));
    let listed = runner.json(&["incidents", "list", "--tenant", "acme"]);
    assert!(listed[0]["message"].as_str().unwrap().ends_with(", within 7 days"), "{listed}");
    let said = runner.ok(&["incidents", "show", "1"]);
    assert!(said.contains(&target.place()), "{said}");

    let number = "SELECT max(run_number) FROM v1_runs";
    let last = runner.query(number);
    is_renewed.store(true, Ordering::Release);
    let newer =
        format!("SELECT count(DISTINCT journey) FROM v1_runs WHERE is_good AND run_number > {last} + 4");
    runner.until(&newer, |seen| seen == "2");
    runner.end(Signal::TERM);
    runner.again();
    runner.until(seen, |seen| seen == format!("acme {} 0", target.place()));
    assert_eq!(runner.query("SELECT group_concat(kind) FROM v1_incident_events"), "opened,resolved");

    // Another location finds it by itself, and the removal of the journeys ends it there.
    is_renewed.store(false, Ordering::Release);
    let last = runner.query(number);
    let older =
        format!("SELECT count(DISTINCT journey) FROM v1_runs WHERE is_good AND run_number > {last} + 4");
    runner.until(&older, |seen| seen == "2");
    runner.end(Signal::TERM);
    runner.again();
    runner.until(seen, |seen| seen == format!("acme {} 1", target.place()));
    runner.end(Signal::TERM);
    let moved = toml.replace("[server]\n", "[server]\nlocation = \"fra1\"\n");
    std::fs::write(runner.folder().join("wayfarer.toml"), moved).unwrap();
    runner.again();
    let twice = [0, 1].map(|is_open| format!("acme {} {is_open}", target.place())).join(",");
    runner.until(seen, |seen| seen == twice);
    runner.deploy("acme", "[http-check.other]\nurl = \"http://127.0.0.1:1/\"\n", &["--prune"]);
    runner.end(Signal::TERM);
    runner.again();
    let over = [0, 0].map(|is_open| format!("acme {} {is_open}", target.place())).join(",");
    runner.until(seen, |seen| seen == over);
    let notes =
        "SELECT group_concat(note, '; ') FROM v1_incident_events WHERE kind = 'resolved' AND note <> ''";
    assert_eq!(
        runner.query(notes),
        "the server does not work at the location local any more; the journeys that called the host were removed"
    );
}
