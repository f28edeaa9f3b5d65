//! The audit trail: written at its end, never changed, and what was changed nevertheless is found.

use wayfarer_model::audit::{Actor, AuditAction, AuditOutcome};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{
    AuditEvent, AuditFilter, AuditTrailReport, BrokenEvent, Store, check, export, verify_audit_trail,
};
use wayfarer_testkit::none_differ;

use crate::fixture::{Fixture, NOON, run_python, tamper};

fn event(minute: u64, tenant: Option<&str>, action: AuditAction) -> AuditEvent {
    AuditEvent {
        occurred: UnixMillis(NOON.0 + minute * 60_000),
        tenant: tenant.map(|name| name.parse().unwrap()),
        actor: Actor::Token { number: 3, name: "ci of the Bäckerei: 7".to_owned() },
        action,
        object: "journey checkout".to_owned(),
        outcome: AuditOutcome::Done,
        count: 1,
    }
}

/// Ten events, one a minute.
async fn ten(store: &Store) {
    let server = AuditEvent {
        actor: Actor::Server,
        object: String::new(),
        ..event(0, None, AuditAction::ServerStart)
    };
    store.record_audit_events(vec![server]).await.unwrap();
    for minute in 1..10 {
        let tenant = if minute % 2 == 0 { "acme" } else { "globex" };
        store.record_audit_events(vec![event(minute, Some(tenant), AuditAction::Pause)]).await.unwrap();
    }
}

async fn verified(fixture: &Fixture) -> AuditTrailReport {
    verify_audit_trail(fixture.dir.path()).await.unwrap()
}

/// A statement of somebody else's; true if the database refused it.
fn is_refused(fixture: &Fixture, sql: &str) -> bool {
    const PROGRAM: &str = "import sqlite3, sys
try:
    sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])
except sqlite3.IntegrityError as error:
    print(error)";
    let file = fixture.dir.path().join("wayfarer.db").display().to_string();
    !run_python(&[PROGRAM, &file, sql]).is_empty()
}

/// The same after the triggers are gone: what somebody can do who may write the file.
fn force(fixture: &Fixture, sql: &str) {
    let triggers = fixture
        .query("SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE type = 'trigger'");
    tamper(fixture.dir.path(), &format!("{triggers};{sql}"));
}

#[tokio::test]
async fn events_are_read_back_newest_first_by_what_is_asked_for() {
    let fixture = Fixture::new().await;
    ten(&fixture.store).await;
    let numbers = async |filter: AuditFilter| -> Vec<i64> {
        let filter = AuditFilter { limit: if filter.limit == 0 { 100 } else { filter.limit }, ..filter };
        fixture.store.audit_events(&filter).await.unwrap().iter().map(|row| row.number).collect()
    };
    let all = AuditFilter::default;
    assert_eq!(numbers(all()).await, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(numbers(AuditFilter { tenant: Some("acme".parse().unwrap()), ..all() }).await, [9, 7, 5, 3]);
    assert_eq!(numbers(AuditFilter { actor: Some("server".to_owned()), ..all() }).await, [1]);
    assert_eq!(numbers(AuditFilter { actor: Some("3".to_owned()), limit: 2, ..all() }).await, [10, 9]);
    assert_eq!(numbers(AuditFilter { action: Some(AuditAction::ServerStart), ..all() }).await, [1]);
    let at = |minute: u64| Some(UnixMillis(NOON.0 + minute * 60_000));
    assert_eq!(numbers(AuditFilter { since: at(2), until: at(4), ..all() }).await, [4, 3]);
    assert_eq!(numbers(AuditFilter { before: Some(3), ..all() }).await, [2, 1]);
    let newest = fixture.store.audit_events(&AuditFilter { limit: 1, ..all() }).await.unwrap().remove(0);
    assert_eq!(newest.event, event(9, Some("globex"), AuditAction::Pause));
}

#[tokio::test]
async fn nobody_changes_an_event_and_only_retention_removes_some_from_the_beginning() {
    let fixture = Fixture::new().await;
    ten(&fixture.store).await;
    for sql in [
        "UPDATE audit_event SET object = 'journey search' WHERE id = 4",
        "DELETE FROM audit_event WHERE id = 4",
        "DELETE FROM audit_event",
        "INSERT OR REPLACE INTO audit_event SELECT 4, occurred_ms, tenant, actor_kind, actor_token, actor_name, action, object,
           outcome, count, hash FROM audit_event WHERE id = 5",
        "INSERT INTO audit_event SELECT 12, occurred_ms, tenant, actor_kind, actor_token, actor_name, action, object, outcome,
           count, hash FROM audit_event WHERE id = 5",
        "UPDATE audit_chain SET removed_id = 5",
        "UPDATE audit_chain SET newest_id = 5, newest_hash = (SELECT hash FROM audit_event WHERE id = 5)",
        "UPDATE audit_chain SET newest_hash = zeroblob(32)",
        "INSERT INTO audit_chain SELECT * FROM audit_chain",
        "DELETE FROM audit_chain",
    ] {
        assert!(is_refused(&fixture, sql), "{sql}");
    }
    let head = verified(&fixture).await.head;
    let removed = fixture.store.remove_audit_events(UnixMillis(NOON.0 + 4 * 60_000)).await.unwrap();
    assert_eq!((removed.count, removed.is_done), (4, true));
    assert_eq!(fixture.query("SELECT min(event), max(event) FROM v1_audit_events"), "5|10");
    assert!(is_refused(&fixture, "UPDATE audit_chain SET removed_id = 0, removed_hash = zeroblob(32)"));
    let report = verified(&fixture).await;
    let whole = AuditTrailReport { events: 6, removed_until: 4, newest: 10, head, broken: None };
    assert_eq!(report, whole);

    // All of them may go: the next one follows the last all the same.
    fixture.store.remove_audit_events(UnixMillis(NOON.0 + 60 * 60_000)).await.unwrap();
    fixture.store.record_audit_events(vec![event(70, None, AuditAction::Resume)]).await.unwrap();
    let report = verified(&fixture).await;
    assert_eq!((report.events, report.removed_until, report.newest, report.broken), (1, 10, 11, None));
    assert_eq!(check(fixture.dir.path()).await.unwrap().problems, Vec::<String>::new());
}

#[tokio::test]
async fn an_old_event_behind_a_young_one_stays_until_that_one_goes() {
    let fixture = Fixture::new().await;
    // A clock was behind for the second one.
    for minute in [50, 10, 60] {
        fixture.store.record_audit_events(vec![event(minute, None, AuditAction::Pause)]).await.unwrap();
    }
    let removed = |minute: u64| fixture.store.remove_audit_events(UnixMillis(NOON.0 + minute * 60_000));
    assert_eq!(removed(20).await.unwrap().count, 0);
    assert_eq!(removed(55).await.unwrap().count, 2);
}

#[tokio::test]
async fn a_change_behind_the_servers_back_is_found_at_its_event() {
    let (mut tried, mut missed) = (0, Vec::new());
    for (sql, first, what) in [
        ("UPDATE audit_event SET object = 'journey search' WHERE id = 4", 4, "its hash does not follow"),
        ("UPDATE audit_event SET actor_name = NULL WHERE id = 6", 6, "its hash does not follow"),
        // A text that moves from one field into the next.
        ("UPDATE audit_event SET action = 'pausej', object = 'ourney checkout' WHERE id = 8", 8, "its hash"),
        ("UPDATE audit_event SET hash = zeroblob(32) WHERE id = 3", 3, "its hash does not follow"),
        ("DELETE FROM audit_event WHERE id = 5", 5, "it is missing"),
        ("DELETE FROM audit_event WHERE id <= 2", 1, "it is missing"),
        ("DELETE FROM audit_event WHERE id >= 9", 9, "it once had events up to 10"),
        (
            "DELETE FROM audit_event; UPDATE audit_chain SET newest_id = 0",
            1,
            "the end of the trail is missing",
        ),
        ("DELETE FROM audit_chain", 1, "the ends of the trail are not recorded"),
        (
            "UPDATE audit_event SET id = 0 WHERE id = 5; UPDATE audit_event SET id = 5 WHERE id = 6;
             UPDATE audit_event SET id = 6 WHERE id = 0",
            5,
            "its hash does not follow",
        ),
        ("UPDATE audit_chain SET removed_id = 4", 1, "it is older than what retention removed"),
    ] {
        let fixture = Fixture::new().await;
        ten(&fixture.store).await;
        force(&fixture, sql);
        let broken = verified(&fixture).await.broken;
        let problems = check(fixture.dir.path()).await.unwrap().problems;
        let is_found = matches!(&broken, Some(BrokenEvent { event, what: found }) if *event == first && found.contains(what))
            && problems.iter().any(|problem| problem.contains("the audit trail is broken at event"));
        tried += 1;
        missed.extend((!is_found).then(|| format!("{sql}: {broken:?} {problems:?}")));
    }
    let case = format!(
        "{tried} changes of the audit trail behind the server's back: those that are not found at their event"
    );
    none_differ(&case, missed.len(), missed.first().map_or("", String::as_str));
}

/// What the page about the schema says of the encoding, by which anybody can verify the chain.
#[tokio::test]
async fn the_program_of_the_page_computes_the_same_chain() {
    const PAGE: &str = include_str!("../../SCHEMA.md");
    let program = PAGE.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let fixture = Fixture::new().await;
    ten(&fixture.store).await;
    fixture.store.remove_audit_events(UnixMillis(NOON.0 + 3 * 60_000)).await.unwrap();
    let folder = fixture.dir.path().display().to_string();
    let ran = || {
        let program = format!("import os, sys\nos.chdir(sys.argv[1])\n{program}");
        run_python(&[&program, &folder])
    };
    assert_eq!(ran(), "7 events, whole");
    force(&fixture, "UPDATE audit_event SET tenant = NULL WHERE id = 7");
    assert_eq!(ran(), "broken at event 7");
}

#[tokio::test]
async fn a_tenants_copy_has_a_trail_of_its_own_that_is_empty() {
    let fixture = Fixture::new().await;
    ten(&fixture.store).await;
    let folder = tempfile::tempdir().unwrap();
    export(fixture.dir.path(), &"acme".parse().unwrap(), &folder.path().join("wayfarer.db")).await.unwrap();
    let report = verify_audit_trail(folder.path()).await.unwrap();
    assert_eq!((report.events, report.newest, report.broken), (0, 0, None));
}
