//! SCHEMA.md against the database: every view and column, in order, both ways; and every query on the page.

use std::collections::BTreeMap;

use wayfarer_model::audit::{Actor, AuditAction, AuditOutcome};
use wayfarer_model::report::{LogRecord, MetricRecord};
use wayfarer_model::units::Micros;
use wayfarer_model::verdict::Verdict;
use wayfarer_store::AuditEvent;

use crate::fixture::{Fixture, NOON, artifact, exchange, fill_empty_tables, finished, note};

const PAGE: &str = include_str!("../../SCHEMA.md");

/// The views that the page describes, each with its columns and its query.
fn described() -> BTreeMap<String, (Vec<String>, String)> {
    let mut views = BTreeMap::new();
    for part in PAGE.split("\n## ").filter(|part| part.starts_with("v1_")) {
        let name = part.lines().next().unwrap().to_owned();
        let columns = part
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .map(|line| line.split('`').next().unwrap().to_owned())
            .collect();
        let query = part.split("```sql\n").nth(1).unwrap().split("```").next().unwrap();
        views.insert(name, (columns, query.trim().trim_end_matches(';').to_owned()));
    }
    views
}

#[tokio::test]
async fn the_page_and_the_database_agree() {
    let fixture = Fixture::new().await;
    let names =
        fixture.query("SELECT name FROM sqlite_master WHERE type = 'view' AND name LIKE 'v1%' ORDER BY name");
    let described = described();
    assert_eq!(described.keys().map(String::as_str).collect::<Vec<_>>(), names.lines().collect::<Vec<_>>());
    for (view, (columns, _)) in &described {
        let there = fixture.query(&format!("SELECT name FROM pragma_table_info('{view}')"));
        assert_eq!(
            columns.iter().map(String::as_str).collect::<Vec<_>>(),
            there.lines().collect::<Vec<_>>(),
            "{view}"
        );
    }
}

#[tokio::test]
async fn every_query_on_the_page_finds_something() {
    let fixture = Fixture::new().await;
    let started = fixture.started(NOON);
    let mut run = finished(started.identity, &[Verdict::Failed, Verdict::Passed], Micros(212_000));
    let report = std::sync::Arc::make_mut(&mut run.attempts[1]);
    report.recording.metrics.push(MetricRecord {
        step: Some(1),
        at_us: Micros(9),
        name: "order_total".to_owned(),
        value: 24.9,
        labels: vec![("country".to_owned(), "DE".to_owned())],
        unit: "EUR".to_owned(),
    });
    report.recording.annotations.push(note("order", "o-1017"));
    report.recording.logs.push(LogRecord {
        step: None,
        at_us: Micros(9),
        level: "info".to_owned(),
        message: "ordered".to_owned(),
        fields: vec![],
    });
    report.recording.artifacts.push(artifact("page", b"<p>ordered</p>"));
    report.recording.exchanges.push(exchange(0, b"{\"sku\":1}", b"{\"order\":7}"));
    fixture.store.start(started);
    fixture.store.finish(&run).await.unwrap();
    fixture.maintenance(NOON).await;
    fixture.store.stop_runs(None, "a test", "", NOON).await.unwrap();
    fixture.store.record_audit_events(vec![refused_token()]).await.unwrap();
    let made_up = fill_empty_tables(fixture.dir.path());
    assert!(!made_up.iter().any(|table| table == "run" || table == "attempt"), "{made_up:?}");
    for (view, (_, query)) in described() {
        assert!(query.contains(&view), "{view}: {query}");
        assert!(!fixture.query(&query).is_empty(), "{view}: {query}");
    }
    for (view, at) in [
        ("v1_runs", "slot"),
        ("v1_hourly", "from"),
        ("v1_audit_events", "occurred"),
        ("v1_requests", "certificate_expires"),
    ] {
        let sql = format!(
            "SELECT DISTINCT {at}_ms / 1000 = {at}_s AND {at}_s = CAST(strftime('%s', {at}_at) AS INTEGER) FROM {view}"
        );
        assert_eq!(fixture.query(&sql), "1", "{view}");
    }
}

fn refused_token() -> AuditEvent {
    AuditEvent {
        occurred: NOON,
        tenant: None,
        actor: Actor::Nobody,
        action: AuditAction::Authenticate,
        object: "GET /api/v1/tokens".to_owned(),
        outcome: AuditOutcome::Refused,
        count: 3,
    }
}

#[tokio::test]
async fn the_usual_questions_are_answered_by_an_index() {
    let fixture = Fixture::new().await;
    // Each with the large tables of which it may read a range alone, by the names that they have in the views.
    for (query, ranges) in [
        ("SELECT * FROM v1_runs WHERE tenant = 'acme' AND journey = 'checkout' AND slot_ms >= 1", &["r"][..]),
        ("SELECT * FROM v1_runs WHERE slot_ms BETWEEN 1 AND 2", &["r"]),
        ("SELECT * FROM v1_hourly WHERE tenant = 'acme' AND journey = 'checkout' AND from_ms >= 1", &["f"]),
        ("SELECT * FROM v1_daily WHERE tenant = 'acme' AND journey = 'checkout' AND from_ms >= 1", &["f"]),
        (
            "SELECT * FROM v1_step_hourly WHERE tenant = 'acme' AND journey = 'checkout' AND from_ms >= 1",
            &["h"],
        ),
        ("SELECT * FROM v1_attempts WHERE run_number = 1", &["r", "a"]),
        ("SELECT * FROM v1_steps WHERE run_number = 1", &["r", "a"]),
        ("SELECT * FROM v1_annotations WHERE run_number = 1", &["r", "n"]),
        ("SELECT * FROM v1_annotations WHERE name = 'order' AND value = 'o-1017'", &["n", "r"]),
        (
            "SELECT * FROM v1_annotations WHERE tenant = 'acme' AND name = 'order' AND value = 'o-1017'",
            &["n", "r"],
        ),
        (
            "SELECT * FROM v1_annotations WHERE tenant = 'acme' AND journey = 'checkout' AND slot_ms >= 1",
            &["r", "n"],
        ),
        (
            "SELECT * FROM v1_requests WHERE tenant = 'acme' AND journey = 'checkout' AND slot_ms >= 1",
            &["r", "a"],
        ),
    ] {
        let plan = fixture.query(&format!("EXPLAIN QUERY PLAN {query}"));
        for table in ranges {
            let of_table: Vec<&str> = plan
                .lines()
                .filter_map(|line| line.rsplit('|').next())
                .filter(|line| line.split_whitespace().nth(1) == Some(table))
                .collect();
            let is_range = |line: &&str| line.starts_with("SEARCH ") && line.contains(" USING ");
            assert!(!of_table.is_empty() && of_table.iter().all(is_range), "{table}: {query}\n{plan}");
        }
    }
}
