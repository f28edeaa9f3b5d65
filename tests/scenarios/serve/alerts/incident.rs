//! An incident of a journey whose run is there, and its events, written beside the server.

use std::time::Duration;

use rusqlite::Connection;
use wayfarer_tests::support::Runner;

/// What happens to it.
pub(super) struct Incident {
    pub(super) number: i64,
}

fn open(runner: &Runner) -> Connection {
    let connection = Connection::open(runner.data_dir().join("wayfarer.db")).unwrap();
    connection.busy_timeout(Duration::from_secs(20)).unwrap();
    connection
}

/// An incident of a journey of `acme`.
pub(super) fn opened(runner: &Runner, journey: &str) -> Incident {
    let [incident] = opened_together(runner, [journey]);
    incident
}

/// Runs journeys of the tenant `acme` that fail, by hand, so that no rule looks at them; then opens an incident of each at once.
pub(super) fn opened_together<const N: usize>(runner: &Runner, journeys: [&str; N]) -> [Incident; N] {
    for journey in journeys {
        let (code, said) = runner.call(&["trigger", "--tenant", "acme", journey]);
        assert_eq!(code, Some(1), "{said}");
    }
    inserted(runner, journeys)
}

/// Opens an incident of each journey's newest run at once.
fn inserted<const N: usize>(runner: &Runner, journeys: [&str; N]) -> [Incident; N] {
    let connection = open(runner);
    let now = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
    let insert = format!(
        "INSERT INTO incident (tenant, journey, location, kind, first_run, opening_run, latest_run, began_ms,
           opened_ms, looks, bad_looks, statistic, bound)
         SELECT j.tenant, r.journey, r.location, 'failing', r.id, r.id, r.id, {now} - 75000, {now}, 3, 3, 1.3e6, 1.2e6
         FROM run r JOIN journey j ON j.id = r.journey WHERE j.name = ? ORDER BY r.id DESC LIMIT 1"
    );
    journeys.map(|journey| {
        connection.execute(&insert, [journey]).unwrap();
        let number = connection.last_insert_rowid();
        event(&connection, number, "opened");
        Incident { number }
    })
}

/// The same of a run whose recording a fault of the disk has changed.
pub(super) fn opened_without_a_readable_run(runner: &Runner, journey: &str) -> Incident {
    let (code, said) = runner.call(&["trigger", "--tenant", "acme", journey]);
    assert_eq!(code, Some(1), "{said}");
    let changed = open(runner).execute("UPDATE attempt SET detail = '7'", []).unwrap();
    assert_eq!(changed, 1);
    let [incident] = inserted(runner, [journey]);
    incident
}

/// It is over.
pub(super) fn resolved(runner: &Runner, incident: &Incident) {
    let connection = open(runner);
    connection
        .execute(
            "UPDATE incident SET resolved_ms = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE id = ?",
            [incident.number],
        )
        .unwrap();
    event(&connection, incident.number, "resolved");
}

fn event(connection: &Connection, incident: i64, kind: &str) {
    connection
        .execute(
            "INSERT INTO incident_event (incident, occurred_ms, kind) VALUES (?, CAST(unixepoch('subsec') * 1000 AS INTEGER), ?)",
            (incident, kind),
        )
        .unwrap();
}

/// A journey that fails, deployed for `acme`.
pub(super) fn failing_journey(runner: &Runner, names: &[&str], target: &str) {
    let tables = names.iter().map(|name| format!("[http-check.{name}]\nurl = \"{target}/orders\"\n"));
    runner.deploy("acme", &tables.collect::<String>(), &[]);
}
