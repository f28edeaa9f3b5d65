//! How far the export of traces is: it begins with the runs of then, outlives a kill, knows what was removed meanwhile, and forgets when
//! it is turned off.

use wayfarer_model::context::Lane;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{Due, RetentionKind, RunCursor, SkippedSlot, Started, TraceBacklog};

use crate::fixture::{Fixture, NOON, finished};
use crate::retention::remove;

fn at(minute: u64) -> UnixMillis {
    UnixMillis(NOON.0 + minute * 60_000)
}

async fn ran(fixture: &Fixture, minute: u64) {
    let identity = fixture.identity(at(minute), Lane::Scheduled);
    fixture.store.start(Started { identity, at: at(minute) });
    fixture.store.finish(&finished(identity, &[Verdict::Failed, Verdict::Passed], Micros(9))).await.unwrap();
}

#[tokio::test]
async fn an_export_begins_with_the_runs_of_then_and_its_position_outlives_a_kill() {
    let fixture = Fixture::new().await;
    ran(&fixture, 1).await;
    assert_eq!(fixture.store.trace_position().await.unwrap(), None);
    fixture.store.begin_trace_export().await.unwrap();
    let begin = fixture.store.trace_position().await.unwrap().unwrap();
    assert_eq!(fixture.store.trace_backlog(begin).await.unwrap(), TraceBacklog::default());
    assert!(fixture.store.next_traces(begin, 10).await.unwrap().is_empty());

    ran(&fixture, 2).await;
    let identity = fixture.identity(at(3), Lane::Scheduled);
    let missed = SkippedSlot { identity, at: at(3), verdict: Verdict::Missed, reason: Reason::GraceExceeded };
    fixture.store.settle_all(&[missed]).await.unwrap();
    ran(&fixture, 4).await;
    fixture.store.begin_trace_export().await.unwrap();
    assert_eq!(fixture.store.trace_position().await.unwrap(), Some(begin), "it has begun");
    let next = fixture.store.next_traces(begin, 10).await.unwrap();
    assert_eq!(next.iter().map(|next| next.is_run).collect::<Vec<_>>(), [true, false, true]);
    assert!(next.iter().all(|next| !next.passed_at_once && next.removed_before == 0));
    assert!(next.iter().all(|next| next.tenant.as_str() == "acme"));
    assert_eq!(fixture.store.next_traces(begin, 2).await.unwrap(), next[..2]);
    let backlog = fixture.store.trace_backlog(begin).await.unwrap();
    let first = fixture.store.trace_of(next[0].run).await.unwrap().unwrap();
    assert_eq!(backlog, TraceBacklog { runs: 3, oldest: Some(first.row.finished) });
    assert_eq!((first.row.slot, first.attempts.len()), (at(2), 2));

    fixture.store.traces_exported(next[1].run).await.unwrap();
    // An answer that comes late moves it nowhere.
    fixture.store.traces_exported(begin).await.unwrap();
    let (fixture, ..) = fixture.reopened().await;
    let position = fixture.store.trace_position().await.unwrap().unwrap();
    assert_eq!(position, next[1].run);
    assert_eq!(fixture.store.next_traces(position, 10).await.unwrap(), next[2..]);
    assert!(fixture.store.trace_of(RunCursor(next[2].run.0 + 1)).await.unwrap().is_none());

    fixture.store.end_trace_export().await.unwrap();
    assert_eq!(fixture.store.trace_position().await.unwrap(), None);
    fixture.store.begin_trace_export().await.unwrap();
    assert_eq!(fixture.store.trace_position().await.unwrap(), Some(next[2].run), "nothing of before");
}

#[tokio::test]
async fn rows_that_retention_removes_before_they_are_sent_are_known() {
    const DAY: u64 = 24 * 60;
    let fixture = Fixture::new().await;
    fixture.store.begin_trace_export().await.unwrap();
    let begin = fixture.store.trace_position().await.unwrap().unwrap();
    for minute in [1, 2, 3 * DAY] {
        ran(&fixture, minute).await;
    }
    let identity = fixture.identity(at(3 * DAY + 1), Lane::Scheduled);
    fixture.store.start(Started { identity, at: at(3 * DAY + 1) });
    fixture.store.finish(&finished(identity, &[Verdict::Passed], Micros(9))).await.unwrap();
    fixture.store.planned_until(fixture.location, at(9 * DAY));
    fixture.store.flush().await.unwrap();
    let kind = RetentionKind::Runs;
    let due = |before| Due { kind, tenants: vec![fixture.tenant], is_platforms: false, before };
    assert_eq!(remove(&fixture.store, &due(at(2 * DAY))).await, 2);

    assert_eq!(fixture.store.trace_backlog(begin).await.unwrap().runs, 4);
    let next = fixture.store.next_traces(begin, 10).await.unwrap();
    let known: Vec<_> = next.iter().map(|next| (next.removed_before, next.passed_at_once)).collect();
    assert_eq!(known, [(2, false), (0, true)]);

    // Where nothing is left, nothing waits; and an export that begins then begins after what there was.
    remove(&fixture.store, &due(at(8 * DAY))).await;
    assert_eq!(fixture.store.trace_backlog(begin).await.unwrap(), TraceBacklog::default());
    fixture.store.end_trace_export().await.unwrap();
    fixture.store.begin_trace_export().await.unwrap();
    assert_eq!(fixture.store.trace_position().await.unwrap(), Some(next[1].run));
}
