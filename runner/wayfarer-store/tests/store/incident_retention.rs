//! Incidents and deliveries go when their period is over, and never while somebody needs them.

use wayfarer_model::incident::IncidentKind;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Due, Matter, RetentionKind, check, export};

use super::fixture::{Fixture, NOON, consumer, tamper};
use super::retention::{DAY, remove};

const INCIDENTS: &str = "SELECT group_concat(id) FROM incident";
const DELIVERIES: &str = "SELECT group_concat(id) FROM delivery";

/// Removes what was over `days` after noon.
async fn go(fixture: &Fixture, kind: RetentionKind, is_platforms: bool, days: u64) -> u64 {
    fixture.store.planned_until(fixture.location, UnixMillis(NOON.0 + 900 * DAY));
    fixture.store.flush().await.unwrap();
    let before = UnixMillis(NOON.0 + days * DAY);
    remove(&fixture.store, &Due { kind, tenants: vec![fixture.tenant], is_platforms, before }).await
}

/// An incident that was over so many days after noon, or is open, with an event that is routed.
fn incident(fixture: &Fixture, number: i64, over: Option<u64>) {
    let resolved = over.map_or("NULL".to_owned(), |days| (NOON.0 + days * DAY).to_string());
    let sql = format!(
        "INSERT INTO incident (id, tenant, journey, location, kind, first_run, opening_run, latest_run, began_ms, opened_ms, resolved_ms)
         SELECT {number}, j.tenant, j.id, 1, 'failing', {number}, {number}, {number}, {0}, {0}, {resolved} FROM journey j;
         INSERT INTO incident_event (id, incident, occurred_ms, kind, routed_ms) VALUES ({number}0, {number}, {0}, 'opened', {0});",
        NOON.0
    );
    tamper(fixture.dir.path(), &sql);
}

/// A delivery of that incident in the conversation of another one, which ended a day after noon if it ended.
fn delivery(fixture: &Fixture, number: i64, incident: i64, thread: i64, state: &str) {
    let sql = format!(
        "INSERT INTO delivery (id, tenant, incident, incident_event, kind, ordinal, channel, thread, state, routed_ms, due_ms, delivered_ms)
         VALUES ({number}, 1, {incident}, {incident}0, 'opened', {number}, 'chat', {thread}, '{state}', {0}, {0}, {1})",
        NOON.0,
        NOON.0 + DAY
    );
    tamper(fixture.dir.path(), &sql);
}

async fn is_sound(fixture: &Fixture) {
    let problems = check(fixture.dir.path()).await.unwrap().problems;
    assert_eq!(problems, Vec::<String>::new());
}

#[tokio::test]
async fn incidents_go_when_they_were_over_for_long_with_time_line_and_deliveries() {
    let fixture = Fixture::new().await;
    incident(&fixture, 1, Some(5));
    incident(&fixture, 2, Some(50));
    incident(&fixture, 3, None);
    delivery(&fixture, 1, 1, 1, "delivered");
    delivery(&fixture, 2, 2, 2, "delivered");
    delivery(&fixture, 3, 3, 3, "delivered");
    assert_eq!(go(&fixture, RetentionKind::Incidents, false, 5).await, 0, "it was over at that instant");
    assert_eq!(go(&fixture, RetentionKind::Incidents, false, 20).await, 1);
    assert_eq!((fixture.query(INCIDENTS), fixture.query(DELIVERIES)), ("2,3".to_owned(), "2,3".to_owned()));
    assert_eq!(fixture.query("SELECT group_concat(id) FROM incident_event"), "20,30");
    assert_eq!(go(&fixture, RetentionKind::Incidents, false, 800).await, 1);
    assert_eq!(fixture.query(INCIDENTS), "3", "an open one never goes");
    is_sound(&fixture).await;
    let folder = tempfile::tempdir().unwrap();
    export(fixture.dir.path(), &"acme".parse().unwrap(), &folder.path().join("wayfarer.db")).await.unwrap();
    assert_eq!(consumer(folder.path(), "SELECT group_concat(incident) FROM v1_incidents"), "3");
}

#[tokio::test]
async fn nothing_goes_of_which_somebody_is_still_to_be_told() {
    let fixture = Fixture::new().await;
    for number in 1..=4 {
        incident(&fixture, number, Some(5));
    }
    incident(&fixture, 5, None);
    tamper(fixture.dir.path(), "UPDATE incident_event SET routed_ms = NULL WHERE incident = 1");
    for (number, state) in [(1, "waiting"), (2, "held"), (3, "sending")] {
        delivery(&fixture, number, 2, 2, state);
    }
    delivery(&fixture, 4, 2, 2, "delivered");
    // The conversation that 3 began tells of 5, which is open.
    delivery(&fixture, 5, 3, 3, "delivered");
    delivery(&fixture, 6, 5, 3, "grouped");
    for kind in [RetentionKind::Deliveries, RetentionKind::Incidents] {
        go(&fixture, kind, false, 800).await;
    }
    assert_eq!(fixture.query(INCIDENTS), "1,2,3,5");
    assert_eq!(fixture.query(DELIVERIES), "1,2,3,4,5,6", "a conversation goes on as a whole");
    is_sound(&fixture).await;
    let now_over = format!(
        "UPDATE incident SET resolved_ms = {0}; UPDATE delivery SET state = 'dead';
         UPDATE incident_event SET routed_ms = {0}",
        NOON.0
    );
    tamper(fixture.dir.path(), &now_over);
    assert_eq!(go(&fixture, RetentionKind::Incidents, false, 800).await, 4);
    assert_eq!((fixture.query(INCIDENTS), fixture.query(DELIVERIES)), (String::new(), String::new()));
    is_sound(&fixture).await;
}

#[tokio::test]
async fn deliveries_go_before_their_incidents() {
    let fixture = Fixture::new().await;
    incident(&fixture, 1, Some(5));
    incident(&fixture, 2, Some(50));
    for (number, incident, thread, state) in [
        (1, 1, 1, "delivered"),
        (2, 1, 1, "dead"),
        (3, 1, 1, "grouped"),
        (4, 2, 2, "delivered"),
        (5, 1, 2, "delivered"),
    ] {
        delivery(&fixture, number, incident, thread, state);
    }
    assert_eq!(go(&fixture, RetentionKind::Deliveries, false, 20).await, 3);
    assert_eq!(fixture.query(DELIVERIES), "4,5", "a conversation that was over later");
    assert_eq!(fixture.query(INCIDENTS), "1,2");
    is_sound(&fixture).await;
}

#[tokio::test]
async fn the_platforms_own_go_where_they_are_meant() {
    let fixture = Fixture::new().await;
    incident(&fixture, 1, Some(5));
    let matter = || Matter { tenant: None, kind: IncidentKind::RunnerUnwell, subject: String::new() };
    let summary = "its beacons are dark".to_owned();
    assert!(fixture.store.open_matter(matter(), summary, NOON, NOON).await.unwrap());
    assert!(fixture.store.close_matter(matter(), "", UnixMillis(NOON.0 + DAY)).await.unwrap());
    tamper(fixture.dir.path(), "UPDATE incident_event SET routed_ms = 1");
    assert_eq!(go(&fixture, RetentionKind::Incidents, false, 800).await, 1);
    assert_eq!(fixture.query(INCIDENTS), "2");
    assert_eq!(go(&fixture, RetentionKind::Incidents, true, 800).await, 1);
    is_sound(&fixture).await;
}

#[tokio::test]
async fn many_go_in_steps() {
    let fixture = Fixture::new().await;
    incident(&fixture, 1, Some(5));
    delivery(&fixture, 1, 1, 1, "delivered");
    let all = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100)";
    let more = format!(
        "INSERT INTO incident (id, tenant, journey, location, kind, first_run, opening_run, latest_run, began_ms, opened_ms, resolved_ms)
           {all} SELECT i, tenant, journey, location, kind, i, i, i, began_ms, opened_ms, resolved_ms FROM n, incident WHERE id = 1;
         INSERT INTO incident_event (id, incident, occurred_ms, kind, routed_ms)
           {all} SELECT i * 10, i, occurred_ms, kind, routed_ms FROM n, incident_event WHERE id = 10;
         INSERT INTO delivery (id, tenant, incident, incident_event, kind, ordinal, channel, thread, state, routed_ms, due_ms, delivered_ms)
           {all} SELECT i, tenant, i, i * 10, kind, i, channel, i, state, routed_ms, due_ms, delivered_ms FROM n, delivery WHERE id = 1;"
    );
    tamper(fixture.dir.path(), &more);
    assert_eq!(go(&fixture, RetentionKind::Deliveries, false, 800).await, 100);
    assert_eq!(go(&fixture, RetentionKind::Incidents, false, 800).await, 100);
    is_sound(&fixture).await;
}
